#if defined(__x86_64__)

#include <cstddef>

namespace {
constexpr std::size_t kLanes = 16, kRows = 8, kAcross = 2;
}  // namespace

#include "training/internal/kernels_impl.h"

namespace cloister::training::internal {

const Kernels& Avx512Kernels() {
  static constexpr Kernels kernels = MakeKernels(VectorPath::kAvx512);
  return kernels;
}

}  // namespace cloister::training::internal

#endif
