#include "privacy/internal/fft.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/cpu.h"

namespace cloister::privacy::internal {
namespace {

struct Planes {
  const double* re;
  const double* im;
  double* out_re;
  double* out_im;
};

// One pass of Stockham's self-sorting transform, radix 4: `length` is the length of the sub-transforms, `stride` their number.
// Inlined, so that short strides and the instructions are known where it is compiled.
[[gnu::always_inline]] inline void PassRadix4(const Planes& x, std::size_t length, std::size_t stride, const double* cos,
                                              const double* sin, std::size_t table_step) {
  const std::size_t quarter = length / 4;
  for (std::size_t p = 0; p < quarter; ++p) {
    const double c1 = cos[p * table_step], s1 = -sin[p * table_step];
    const double c2 = cos[2 * p * table_step], s2 = -sin[2 * p * table_step];
    const double c3 = cos[3 * p * table_step], s3 = -sin[3 * p * table_step];
    const double* const re = x.re + stride * p;
    const double* const im = x.im + stride * p;
    double* __restrict const out_re = x.out_re + stride * 4 * p;
    double* __restrict const out_im = x.out_im + stride * 4 * p;
    const std::size_t step = stride * quarter;
    for (std::size_t i = 0; i < stride; ++i) {
      const double ar = re[i], br = re[i + step], cr = re[i + 2 * step], dr = re[i + 3 * step];
      const double ai = im[i], bi = im[i + step], ci = im[i + 2 * step], di = im[i + 3 * step];
      const double sum_ac_r = ar + cr, sum_ac_i = ai + ci, diff_ac_r = ar - cr, diff_ac_i = ai - ci;
      const double sum_bd_r = br + dr, sum_bd_i = bi + di, turn_r = di - bi, turn_i = br - dr;  // i (b - d)
      const double u1r = diff_ac_r - turn_r, u1i = diff_ac_i - turn_i;
      const double u2r = sum_ac_r - sum_bd_r, u2i = sum_ac_i - sum_bd_i;
      const double u3r = diff_ac_r + turn_r, u3i = diff_ac_i + turn_i;
      out_re[i] = sum_ac_r + sum_bd_r;
      out_im[i] = sum_ac_i + sum_bd_i;
      out_re[i + stride] = u1r * c1 - u1i * s1;
      out_im[i + stride] = u1r * s1 + u1i * c1;
      out_re[i + 2 * stride] = u2r * c2 - u2i * s2;
      out_im[i + 2 * stride] = u2r * s2 + u2i * c2;
      out_re[i + 3 * stride] = u3r * c3 - u3i * s3;
      out_im[i + 3 * stride] = u3r * s3 + u3i * c3;
    }
  }
}

[[gnu::always_inline]] inline void AnyPassRadix4(const Planes& x, std::size_t length, std::size_t stride, const double* cos,
                                                 const double* sin, std::size_t table_step) {
  switch (stride) {
    case 1: return PassRadix4(x, length, 1, cos, sin, table_step);
    case 4: return PassRadix4(x, length, 4, cos, sin, table_step);
    default: return PassRadix4(x, length, stride, cos, sin, table_step);
  }
}

// The last pass of a length that is no power of four.
void PassRadix2(const Planes& x, std::size_t stride) {
  for (std::size_t i = 0; i < stride; ++i) {
    x.out_re[i] = x.re[i] + x.re[i + stride];
    x.out_im[i] = x.im[i] + x.im[i + stride];
    x.out_re[i + stride] = x.re[i] - x.re[i + stride];
    x.out_im[i + stride] = x.im[i] - x.im[i + stride];
  }
}

// br + i bi to the power `power`, each of `width` at most kBlock numbers.
constexpr std::size_t kBlock = 512;  // stays in the first-level cache through all squarings
[[gnu::always_inline]] inline void RaiseBlock(std::uint64_t power, double smallest, std::size_t width, double* br, double* bi) {
  double rr[kBlock], ri[kBlock];
  for (std::size_t i = 0; i < width; ++i) {
    const bool keep = br[i] * br[i] + bi[i] * bi[i] >= smallest;
    br[i] = keep ? br[i] : 0;
    bi[i] = keep ? bi[i] : 0;
    rr[i] = 1, ri[i] = 0;
  }
  for (std::uint64_t left = power; left > 0; left >>= 1) {
    for (std::size_t i = 0; (left & 1) != 0 && i < width; ++i) {
      const double r = rr[i] * br[i] - ri[i] * bi[i];
      ri[i] = rr[i] * bi[i] + ri[i] * br[i];
      rr[i] = r;
    }
    for (std::size_t i = 0; left > 1 && i < width; ++i) {
      const double r = br[i] * br[i] - bi[i] * bi[i];
      bi[i] = 2 * br[i] * bi[i];
      br[i] = r;
    }
  }
  for (std::size_t i = 0; i < width; ++i) br[i] = rr[i], bi[i] = ri[i];
}

// The same operations in the same order, so the same results, by wider registers where there are some.
struct Kernels {
  void (*pass_radix4)(const Planes&, std::size_t, std::size_t, const double*, const double*, std::size_t);
  void (*raise_block)(std::uint64_t, double, std::size_t, double*, double*);
};
void PortablePass(const Planes& x, std::size_t length, std::size_t stride, const double* cos, const double* sin,
                  std::size_t table_step) {
  AnyPassRadix4(x, length, stride, cos, sin, table_step);
}
void PortableRaise(std::uint64_t power, double smallest, std::size_t width, double* br, double* bi) {
  RaiseBlock(power, smallest, width, br, bi);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] void Avx2Pass(const Planes& x, std::size_t length, std::size_t stride, const double* cos,
                                      const double* sin, std::size_t table_step) {
  AnyPassRadix4(x, length, stride, cos, sin, table_step);
}
[[gnu::target("avx2")]] void Avx2Raise(std::uint64_t power, double smallest, std::size_t width, double* br, double* bi) {
  RaiseBlock(power, smallest, width, br, bi);
}
#endif

const Kernels& BestKernels() {
#if defined(__x86_64__)
  static constexpr Kernels kAvx2{Avx2Pass, Avx2Raise};
  if (Supports(VectorPath::kAvx2)) return kAvx2;
#endif
  static constexpr Kernels kPortable{PortablePass, PortableRaise};
  return kPortable;
}

}  // namespace

RealFft::RealFft(std::size_t n) : n_(n) {
  CHECK(n >= 4 && (n & (n - 1)) == 0);
  Turns turns{std::vector<double>(n), std::vector<double>(n)};
  // An eighth of a turn by the library, the rest by symmetry; every entry is right to the last bit or two.
  const double turn = 2 * M_PI / static_cast<double>(n);
  const std::size_t quarter = n / 4;
  for (std::size_t k = 0; k <= quarter / 2; ++k) {
    const double c = std::cos(turn * static_cast<double>(k));
    const double s = std::sin(turn * static_cast<double>(k));
    turns.cos[k] = c, turns.sin[k] = s;
    turns.cos[quarter - k] = s, turns.sin[quarter - k] = c;
  }
  for (std::size_t k = quarter; k < n; ++k) {
    turns.cos[k] = -turns.sin[k - quarter];
    turns.sin[k] = turns.cos[k - quarter];
  }
  turns_ = std::make_shared<const Turns>(std::move(turns));
}

void RealFft::Transform(std::vector<double>& re, std::vector<double>& im) {
  const Kernels& kernels = BestKernels();
  scratch_re_.resize(re.size());
  scratch_im_.resize(im.size());
  std::size_t length = n_ / 2;
  std::size_t stride = 1;
  while (length > 1) {
    const Planes planes{re.data(), im.data(), scratch_re_.data(), scratch_im_.data()};
    if (length == 2) {
      PassRadix2(planes, stride);
      length = 1;
    } else {
      kernels.pass_radix4(planes, length, stride, turns_->cos.data(), turns_->sin.data(), n_ / length);
      length /= 4;
      stride *= 4;
    }
    re.swap(scratch_re_);
    im.swap(scratch_im_);
  }
}

Spectrum RealFft::Forward(std::span<const double> data) {
  CHECK(data.size() == n_);
  const std::size_t half = n_ / 2;
  // Even samples as real parts, odd ones as imaginary parts of a transform of half the length.
  Spectrum out{std::vector<double>(half + 1), std::vector<double>(half + 1)};
  std::vector<double>&re = out.re, &im = out.im;
  for (std::size_t i = 0; i < half; ++i) {
    re[i] = data[2 * i];
    im[i] = data[2 * i + 1];
  }
  Transform(re, im);
  const double *const cos = turns_->cos.data(), *const sin = turns_->sin.data();
  re[half] = re[0], im[half] = im[0];
  // Coefficients k and half - k come from the same two of the transform.
  for (std::size_t k = 0; k <= half / 2; ++k) {
    const std::size_t m = half - k;
    const double even_r = 0.5 * (re[k] + re[m]), even_i = 0.5 * (im[k] - im[m]);
    const double odd_r = 0.5 * (im[k] + im[m]), odd_i = -0.5 * (re[k] - re[m]);
    re[k] = even_r + cos[k] * odd_r + sin[k] * odd_i;
    im[k] = even_i + cos[k] * odd_i - sin[k] * odd_r;
    re[m] = even_r + cos[m] * odd_r - sin[m] * odd_i;
    im[m] = -even_i - cos[m] * odd_i - sin[m] * odd_r;
  }
  return out;
}

void RealFft::Inverse(Spectrum& spectrum, std::span<double> data) {
  const std::size_t half = n_ / 2;
  CHECK(spectrum.re.size() == half + 1 && spectrum.im.size() == half + 1 && data.size() == n_);
  std::vector<double>&re = spectrum.re, &im = spectrum.im;
  const double scale = 1 / static_cast<double>(n_);
  const double *const cos = turns_->cos.data(), *const sin = turns_->sin.data();
  for (std::size_t k = 0; k <= half / 2; ++k) {
    const std::size_t m = half - k;
    const double even_r = re[k] + re[m], even_i = im[k] - im[m];
    const double diff_r = re[k] - re[m], diff_i = im[k] + im[m];
    const double odd_r = diff_r * cos[k] - diff_i * sin[k], odd_i = diff_r * sin[k] + diff_i * cos[k];
    const double other_r = -diff_r * cos[m] - diff_i * sin[m], other_i = -diff_r * sin[m] + diff_i * cos[m];
    re[k] = scale * (even_r - odd_i);
    im[k] = scale * (even_i + odd_r);
    re[m] = scale * (even_r - other_i);
    im[m] = scale * (-even_i + other_r);
  }
  Transform(im, re);  // exchanging the parts turns the forward transform into the inverse one
  for (std::size_t i = 0; i < half; ++i) {
    data[2 * i] = re[i];
    data[2 * i + 1] = im[i];
  }
}

void RaiseTo(std::uint64_t power, Spectrum& spectrum) {
  CHECK(power >= 1);
  const Kernels& kernels = BestKernels();
  const std::size_t count = spectrum.re.size();
  const double smallest = std::pow(10.0, -120.0 / static_cast<double>(power));  // of the squared magnitude
  for (std::size_t start = 0; start < count; start += kBlock) {
    kernels.raise_block(power, smallest, std::min(kBlock, count - start), spectrum.re.data() + start,
                        spectrum.im.data() + start);
  }
}

void MultiplyBy(const Spectrum& b, Spectrum& a) {
  CHECK(a.re.size() == b.re.size());
  for (std::size_t i = 0; i < a.re.size(); ++i) {
    const double r = a.re[i] * b.re[i] - a.im[i] * b.im[i];
    a.im[i] = a.re[i] * b.im[i] + a.im[i] * b.re[i];
    a.re[i] = r;
  }
}

}  // namespace cloister::privacy::internal
