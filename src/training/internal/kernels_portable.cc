#include <cstddef>

namespace {
constexpr std::size_t kLanes = 4, kRows = 4, kAcross = 2;
}  // namespace

#include "training/internal/kernels_impl.h"

namespace cloister::training::internal {

const Kernels& PortableKernels() {
  static constexpr Kernels kernels = MakeKernels(VectorPath::kPortable);
  return kernels;
}

}  // namespace cloister::training::internal
