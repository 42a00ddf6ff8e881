// Which vector instructions the numeric kernels of this program use.
#pragma once

#include <cstdint>
#include <string_view>

namespace cloister {

// Paths of one computation, slowest first. Each kernel exists for every path; results agree to rounding.
enum class VectorPath : std::uint8_t {
  kPortable = 1,  // what the compiler makes of plain code
  kAvx2 = 2,      // x86-64-v3: AVX2 and FMA
  kAvx512 = 3,    // x86-64-v4: AVX-512 F, BW, CD, DQ and VL
};

// Whether processor and operating system can run it. The portable one always runs.
bool Supports(VectorPath path);

// The fastest that this machine supports.
VectorPath BestVectorPath();

// "portable", "avx2" or "avx512".
std::string_view Name(VectorPath path);

}  // namespace cloister
