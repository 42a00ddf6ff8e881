#include "base/cpu.h"

namespace cloister {

bool Supports(VectorPath path) {
  switch (path) {
    case VectorPath::kPortable: return true;
#if defined(__x86_64__)
    case VectorPath::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    case VectorPath::kAvx512:
      return Supports(VectorPath::kAvx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    case VectorPath::kAvx2:
    case VectorPath::kAvx512: return false;
#endif
  }
  return false;
}

VectorPath BestVectorPath() {
  static const VectorPath best = Supports(VectorPath::kAvx512) ? VectorPath::kAvx512
                                 : Supports(VectorPath::kAvx2) ? VectorPath::kAvx2
                                                               : VectorPath::kPortable;
  return best;
}

std::string_view Name(VectorPath path) {
  switch (path) {
    case VectorPath::kPortable: return "portable";
    case VectorPath::kAvx2: return "avx2";
    case VectorPath::kAvx512: return "avx512";
  }
  return "unknown";
}

}  // namespace cloister
