#if defined(__x86_64__)

#include <cstddef>

namespace {
constexpr std::size_t kLanes = 8, kRows = 4, kAcross = 2;
}  // namespace

#include "training/internal/kernels_impl.h"

namespace cloister::training::internal {

const Kernels& Avx2Kernels() {
  static constexpr Kernels kernels = MakeKernels(VectorPath::kAvx2);
  return kernels;
}

}  // namespace cloister::training::internal

#endif
