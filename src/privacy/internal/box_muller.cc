#include "privacy/internal/box_muller.h"

#include <bit>
#include <cmath>

namespace cloister::privacy::internal {
namespace {

constexpr std::uint64_t kMagicBits = 0x4330000000000000;  // 2^52, whose low 52 bits hold an integer
constexpr double kMagic = 4503599627370496.0;

// `value` < 2^52 as a double, without the conversion that AVX2 lacks.
inline __attribute__((always_inline)) double Small(std::uint64_t value) {
  return std::bit_cast<double>(value | kMagicBits) - kMagic;
}

// -2 log(u), 0 < u < 1, by atanh's series about 1.
inline __attribute__((always_inline)) double MinusTwoLog(double u) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(u);
  const double exponent = Small(bits >> 52) - 1023;
  const double mantissa = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  const bool large = mantissa > M_SQRT2;
  const double m = large ? 0.5 * mantissa : mantissa;
  const double e = large ? exponent + 1 : exponent;
  const double f = (m - 1) / (m + 1);
  const double g = f * f;
  double series = 1.0 / 23;
  series = series * g + 1.0 / 21;
  series = series * g + 1.0 / 19;
  series = series * g + 1.0 / 17;
  series = series * g + 1.0 / 15;
  series = series * g + 1.0 / 13;
  series = series * g + 1.0 / 11;
  series = series * g + 1.0 / 9;
  series = series * g + 1.0 / 7;
  series = series * g + 1.0 / 5;
  series = series * g + 1.0 / 3;
  series = series * g + 1.0;
  return -2 * (e * M_LN2 + 2 * f * series);
}

struct Circle {
  double cos;
  double sin;
};

// cos and sin of 2 pi v, 0 <= v < 1: Taylor within an eighth of a turn about the nearest quarter.
inline __attribute__((always_inline)) Circle PointOnCircle(double v) {
  const double x = 4 * v;
  const double quarter = (x + 1.5 * kMagic) - 1.5 * kMagic;  // rounds to the nearest of 0 … 4
  const double y = (x - quarter) * M_PI_2;
  const double z = y * y;
  double s = -1.0 / 1307674368000;
  s = s * z + 1.0 / 6227020800;
  s = s * z - 1.0 / 39916800;
  s = s * z + 1.0 / 362880;
  s = s * z - 1.0 / 5040;
  s = s * z + 1.0 / 120;
  s = s * z - 1.0 / 6;
  s = y * (s * z + 1.0);
  double c = 1.0 / 20922789888000;
  c = c * z - 1.0 / 87178291200;
  c = c * z + 1.0 / 479001600;
  c = c * z - 1.0 / 3628800;
  c = c * z + 1.0 / 40320;
  c = c * z - 1.0 / 720;
  c = c * z + 1.0 / 24;
  c = c * z - 0.5;
  c = c * z + 1.0;
  const bool odd = (quarter == 1) | (quarter == 3);
  const double turned_cos = odd ? s : c;
  const double turned_sin = odd ? c : s;
  return {((quarter == 1) | (quarter == 2)) ? -turned_cos : turned_cos,
          ((quarter == 2) | (quarter == 3)) ? -turned_sin : turned_sin};
}

inline __attribute__((always_inline)) void Loop(const std::uint64_t* __restrict bits, double* __restrict out,
                                                std::size_t pieces) {
  for (; pieces > 0; --pieces, bits += kPiece, out += kPiece) {
    for (std::size_t i = 0; i < kPairs; ++i) {
      // (word + 1/2) 2^-64: all 64 bits, so that the tail is fine where u is small. Never 0; 1 is brought below 1.
      const double whole = Small(bits[i] >> 12) * 4096 + (Small(bits[i] & 0xFFF) + 0.5);
      const double scaled = whole * 0x1p-64;
      const double u = scaled < 1 ? scaled : 1 - 0x1p-53;
      const double radius = std::sqrt(MinusTwoLog(u));
      const Circle point = PointOnCircle(Small(bits[kPairs + i] >> 12) * 0x1p-52);
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
