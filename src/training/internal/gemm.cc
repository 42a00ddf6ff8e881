#include "training/internal/gemm.h"

#include <algorithm>
#include <oneapi/dnnl/dnnl.h>

#include "base/check.h"

// Of libgomp, which oneDNN runs its threads on. Declared here because <omp.h> is the compiler's, and clang's is another's.
extern "C" void omp_set_num_threads(int count);

namespace cloister::training::internal {
namespace {

// Below this many multiplications the library's call costs more than the product.
constexpr std::size_t kTiny = 16'384;

void MultiplyPlainly(Turn turn_a, Turn turn_b, std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b,
                     bool add, float* c) {
  if (!add) std::fill(c, c + m * n, 0.0F);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t p = 0; p < k; ++p) {
      const float left = turn_a == Turn::kYes ? a[p * m + i] : a[i * k + p];
      if (turn_b == Turn::kNo) {
        for (std::size_t j = 0; j < n; ++j) c[i * n + j] += left * b[p * n + j];
      } else {
        for (std::size_t j = 0; j < n; ++j) c[i * n + j] += left * b[j * k + p];
      }
    }
  }
}

}  // namespace

void Multiply(Turn turn_a, Turn turn_b, std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b, bool add,
              float* c) {
  if (m == 0 || n == 0) return;
  if (k == 0 || m * n * k < kTiny) return MultiplyPlainly(turn_a, turn_b, m, n, k, a, b, add, c);
  const auto size = [](std::size_t value) { return static_cast<dnnl_dim_t>(value); };
  const dnnl_status_t status =
      dnnl_sgemm(turn_a == Turn::kYes ? 'T' : 'N', turn_b == Turn::kYes ? 'T' : 'N', size(m), size(n), size(k), 1.0F, a,
                 size(turn_a == Turn::kYes ? m : k), b, size(turn_b == Turn::kYes ? k : n), add ? 1.0F : 0.0F, c, size(n));
  CHECK(status == dnnl_success);
}

void SetThreads(int count) {
  CHECK(count >= 1);
  omp_set_num_threads(count);
}

}  // namespace cloister::training::internal
