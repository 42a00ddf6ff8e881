#include "training/internal/kernels.h"

#include "base/check.h"

namespace cloister::training::internal {

const Kernels& KernelsFor(VectorPath path) {
  CHECK(Supports(path));
#if defined(__x86_64__)
  if (path == VectorPath::kAvx512) return Avx512Kernels();
  if (path == VectorPath::kAvx2) return Avx2Kernels();
#endif
  return PortableKernels();
}

}  // namespace cloister::training::internal
