#include "privacy/internal/box_muller.h"

#include <bit>
#include <cmath>

namespace cloister::privacy::internal {
namespace {

constexpr std::uint64_t kMagicBits = 0x4330000000000000;  // 2^52, whose low 52 bits hold an integer
constexpr double kMagic = 4503599627370496.0;
constexpr std::uint64_t kRootOfHalf = 0x3FE6A09E667F3BCD;  // the bits of 2^-1/2, where the mantissas of the logarithm begin

// `value` < 2^52 plus 2^52 as a double, without the conversion that AVX2 lacks.
inline __attribute__((always_inline)) double Lifted(std::uint64_t value) {
  return std::bit_cast<double>(value | kMagicBits);
}

// -2 log(u), 0 < u < 1: u = m 2^k with m between 2^-1/2 and 2^1/2, log m from s = (m - 1) / (m + 1) by the polynomial of
// fdlibm's e_log.c, good to 2^-58.
inline __attribute__((always_inline)) double MinusTwoLog(double u) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(u);
  // k + 1024, so that nothing is shifted below zero.
  const std::uint64_t lifted = (bits - kRootOfHalf + (std::uint64_t{1024} << 52)) >> 52;
  const double k = Lifted(lifted) - (kMagic + 1024);
  const double m = std::bit_cast<double>(bits - (lifted << 52) + (std::uint64_t{1024} << 52));
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double series = 1.479819860511658591e-01;
  series = series * z + 1.531383769920937332e-01;
  series = series * z + 1.818357216161805012e-01;
  series = series * z + 2.222219843214978396e-01;
  series = series * z + 2.857142874366239149e-01;
  series = series * z + 3.999999999940941908e-01;
  series = series * z + 6.666666666666735130e-01;
  return (-2 * M_LN2) * k - (2 * s) * (series * z + 2.0);
}

struct Circle {
  double cos;
  double sin;
};

inline __attribute__((always_inline)) double WithSign(double value, std::uint64_t sign) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ sign);
}

// cos and sin of 2 pi v, 0 <= v < 1: within an eighth of a turn about the nearest quarter, by the polynomials of fdlibm's
// k_cos.c and k_sin.c.
inline __attribute__((always_inline)) Circle PointOnCircle(double v) {
  const double x = 4 * v;
  const double lifted = x + 1.5 * kMagic;  // rounds to the nearest of 0 … 4, which the low bits now hold
  const std::uint64_t quarter = std::bit_cast<std::uint64_t>(lifted);
  const double y = (x - (lifted - 1.5 * kMagic)) * M_PI_2;
  const double z = y * y;
  double s = 1.58969099521155010221e-10;
  s = s * z - 2.50507602534068634195e-08;
  s = s * z + 2.75573137070700676789e-06;
  s = s * z - 1.98412698298579493134e-04;
  s = s * z + 8.33333333332248946124e-03;
  s = s * z - 1.66666666666666324348e-01;
  s = (s * z) * y + y;
  double c = -1.13596475577881948265e-11;
  c = c * z + 2.08757232129817482790e-09;
  c = c * z - 2.75573143513906633035e-07;
  c = c * z + 2.48015872894767294178e-05;
  c = c * z - 1.38888888888741095749e-03;
  c = c * z + 4.16666666666666019037e-02;
  c = c * z - 0.5;
  c = c * z + 1.0;
  const bool odd = (quarter & 1) != 0;
  return {WithSign(odd ? s : c, ((quarter + 1) & 2) << 62), WithSign(odd ? c : s, (quarter & 2) << 62)};
}

inline __attribute__((always_inline)) void Loop(const std::uint64_t* __restrict bits, double* __restrict out,
                                                std::size_t pieces) {
  for (; pieces > 0; --pieces, bits += kPiece, out += kPiece) {
    for (std::size_t i = 0; i < kPairs; ++i) {
      // (word + 1/2) 2^-64: all 64 bits, so that the tail is fine where u is small. Never 0; 1 is brought below 1.
      const double whole = (Lifted(bits[i] >> 12) - kMagic) * 4096 + (Lifted(bits[i] & 0xFFF) - (kMagic - 0.5));
      const double scaled = whole * 0x1p-64;
      const double u = scaled < 1 ? scaled : 1 - 0x1p-53;
      const double radius = std::sqrt(MinusTwoLog(u));
      const Circle point = PointOnCircle((Lifted(bits[kPairs + i] >> 12) - kMagic) * 0x1p-52);
      out[i] = radius * point.cos;
      out[kPairs + i] = radius * point.sin;
    }
  }
}

inline __attribute__((always_inline)) void RoundLoop(const double* __restrict noise, double deviation, double grid,
                                                     double* __restrict values, std::size_t count) {
  const double per_grid = 1 / grid;
  for (std::size_t i = 0; i < count; ++i) {
    const double cells = (values[i] + deviation * noise[i]) * per_grid;
    // Adding and subtracting 1.5 * 2^52 rounds to the nearest integer and, unlike nearbyint, vectorises everywhere. What
    // has 2^51 cells or more has no bits left below the grid that matter.
    const double rounded = (cells + 0x1.8p52) - 0x1.8p52;
    values[i] = grid * (std::fabs(cells) < 0x1p51 ? rounded : cells);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void Loop256(const std::uint64_t* bits, double* out, std::size_t pieces) {
  Loop(bits, out, pieces);
}
__attribute__((target("avx2,fma"))) void RoundLoop256(const double* noise, double deviation, double grid, double* values,
                                                      std::size_t count) {
  RoundLoop(noise, deviation, grid, values, count);
}
#endif

}  // namespace

void BoxMuller(VectorPath path, const std::uint64_t* bits, double* out, std::size_t pieces) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx512) return BoxMuller512(bits, out, pieces);
  if (path == VectorPath::kAvx2) return Loop256(bits, out, pieces);
#endif
  Loop(bits, out, pieces);
}

void AddAndRound(VectorPath path, const double* noise, double deviation, double grid, double* values, std::size_t count) {
#if defined(__x86_64__)
  if (path == VectorPath::kAvx512) return AddAndRound512(noise, deviation, grid, values, count);
  if (path == VectorPath::kAvx2) return RoundLoop256(noise, deviation, grid, values, count);
#endif
  RoundLoop(noise, deviation, grid, values, count);
}

}  // namespace cloister::privacy::internal
