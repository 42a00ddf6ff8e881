// Box and Muller's method, eight pairs at once. Logarithm and circle start from tables of 16, which a register pair holds, so
// that short polynomials reach 2e-16 and nothing is divided.
#include "privacy/internal/box_muller.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cmath>
#include <numbers>

#define CLOISTER_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"), always_inline)) inline

namespace cloister::privacy::internal {
namespace {

constexpr std::uint64_t kFirstBin = 0x3FE6000000000000;  // 0.6875: where the mantissas of the logarithm begin

struct alignas(64) Tables {
  double inverse[16];   // about 1 / c for a c in the middle of each bin of mantissas
  double logarithm[16]; // log c
  double cosine[16];    // of i / 16 turns
  double sine[16];

  Tables() {
    for (std::size_t i = 0; i < 16; ++i) {
      // Bins are a sixteenth of a binade wide. That below 1 has c = 1, so that log u is exact to the last bit where u is near 1.
      const double low = i < 10 ? 0.6875 + static_cast<double>(i) / 32 : 1 + static_cast<double>(i - 10) / 16;
      const double middle = i == 9 ? 1 : low + (i < 10 ? 1.0 / 64 : 1.0 / 32);
      inverse[i] = 1 / middle;
      logarithm[i] = static_cast<double>(-std::log(static_cast<long double>(inverse[i])));
      const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(i) / 16;
      cosine[i] = static_cast<double>(std::cos(angle));
      sine[i] = static_cast<double>(std::sin(angle));
    }
    cosine[4] = cosine[12] = sine[0] = sine[8] = 0;
  }
};

const Tables& TheTables() {
  static const Tables tables;
  return tables;
}

CLOISTER_AVX512 __m512d Look(const double* table, __m512i index) {
  return _mm512_permutex2var_pd(_mm512_load_pd(table), index, _mm512_load_pd(table + 8));
}

CLOISTER_AVX512 __m512d Horner(__m512d x, __m512d sum) {
  (void)x;
  return sum;
}
// sum * x^n + …: coefficients from the highest power down.
template <class... Rest>
CLOISTER_AVX512 __m512d Horner(__m512d x, __m512d sum, double next, Rest... rest) {
  return Horner(x, _mm512_fmadd_pd(sum, x, _mm512_set1_pd(next)), rest...);
}

// sqrt(-2 log u) for u = (word + 1/2) 2^-64, brought below 1.
CLOISTER_AVX512 __m512d Radius(const Tables& tables, __m512i words) {
  const __m512d raw = _mm512_fmadd_pd(_mm512_cvtepu64_pd(words), _mm512_set1_pd(0x1p-64), _mm512_set1_pd(0x1p-65));
  const __m512i u = _mm512_castpd_si512(_mm512_min_pd(raw, _mm512_set1_pd(1 - 0x1p-53)));
  const __m512i offset = _mm512_sub_epi64(u, _mm512_set1_epi64(kFirstBin));
  const __m512i bin = _mm512_srli_epi64(offset, 48);  // Look takes its low four bits
  const __m512d exponent = _mm512_cvtepi64_pd(_mm512_srai_epi64(offset, 52));
  const __m512i mantissa = _mm512_sub_epi64(u, _mm512_and_si512(offset, _mm512_set1_epi64(-(std::int64_t{1} << 52))));
  const __m512d r = _mm512_fmsub_pd(_mm512_castsi512_pd(mantissa), Look(tables.inverse, bin), _mm512_set1_pd(1));
  const __m512d series = Horner(r, _mm512_set1_pd(-1.0 / 10), 1.0 / 9, -1.0 / 8, 1.0 / 7, -1.0 / 6, 1.0 / 5, -1.0 / 4, 1.0 / 3,
                                -1.0 / 2, 1.0);
  const __m512d rest = _mm512_fmadd_pd(series, r, Look(tables.logarithm, bin));
  const __m512d log = _mm512_fmadd_pd(exponent, _mm512_set1_pd(M_LN2), rest);
  return _mm512_sqrt_pd(_mm512_mul_pd(log, _mm512_set1_pd(-2)));
}

// cos and sin of 2 pi v for v = (word >> 12) 2^-52: the nearest sixteenth of a turn, and a rest of at most a 32nd.
CLOISTER_AVX512 void PointOnCircle(const Tables& tables, __m512i words, __m512d& cosine, __m512d& sine) {
  const __m512i v = _mm512_srli_epi64(words, 12);
  const __m512i near = _mm512_srli_epi64(_mm512_add_epi64(v, _mm512_set1_epi64(std::int64_t{1} << 47)), 48);
  const __m512d turn = _mm512_cvtepi64_pd(_mm512_sub_epi64(v, _mm512_slli_epi64(near, 48)));
  const __m512d y = _mm512_mul_pd(turn, _mm512_set1_pd(2 * M_PI * 0x1p-52));
  const __m512d z = _mm512_mul_pd(y, y);
  const __m512d s = Horner(z, _mm512_set1_pd(-1.0 / 39916800), 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6);
  const __m512d c = Horner(z, _mm512_set1_pd(-1.0 / 3628800), 1.0 / 40320, -1.0 / 720, 1.0 / 24, -1.0 / 2);
  const __m512d sin_y = _mm512_fmadd_pd(_mm512_mul_pd(s, z), y, y);
  const __m512d cos_y_less_1 = _mm512_mul_pd(c, z);
  const __m512d cos_near = Look(tables.cosine, near), sin_near = Look(tables.sine, near);
  cosine = _mm512_add_pd(cos_near, _mm512_fmsub_pd(cos_near, cos_y_less_1, _mm512_mul_pd(sin_near, sin_y)));
  sine = _mm512_add_pd(sin_near, _mm512_fmadd_pd(sin_near, cos_y_less_1, _mm512_mul_pd(cos_near, sin_y)));
}

}  // namespace

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))) void BoxMuller512(const std::uint64_t* bits, double* out,
                                                                                    std::size_t pieces) {
  const Tables& tables = TheTables();
  for (; pieces > 0; --pieces, bits += kPiece, out += kPiece) {
    for (std::size_t i = 0; i < kPairs; i += 8) {
      const __m512d radius = Radius(tables, _mm512_loadu_si512(bits + i));
      __m512d cosine, sine;
      PointOnCircle(tables, _mm512_loadu_si512(bits + kPairs + i), cosine, sine);
      _mm512_storeu_pd(out + i, _mm512_mul_pd(radius, cosine));
      _mm512_storeu_pd(out + kPairs + i, _mm512_mul_pd(radius, sine));
    }
  }
}

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))) void AddAndRound512(const double* noise, double deviation,
                                                                                      double grid, double* values,
                                                                                      std::size_t count) {
  const __m512d scale = _mm512_set1_pd(deviation), per_grid = _mm512_set1_pd(1 / grid), cell = _mm512_set1_pd(grid);
  for (std::size_t i = 0; i < count; i += 8) {
    const auto mask = static_cast<__mmask8>(count - i >= 8 ? 0xFF : (1U << (count - i)) - 1);
    const __m512d value = _mm512_maskz_loadu_pd(mask, values + i);
    const __m512d noisy = _mm512_fmadd_pd(scale, _mm512_maskz_loadu_pd(mask, noise + i), value);
    const __m512d cells = _mm512_roundscale_pd(_mm512_mul_pd(noisy, per_grid), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm512_mask_storeu_pd(values + i, mask, _mm512_mul_pd(cells, cell));
  }
}

}  // namespace cloister::privacy::internal

#endif
