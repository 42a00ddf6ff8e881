// Gaussian noise and Poisson sampling from a cryptographic generator.
//
// What is released is never sum + noise in floating point but that value rounded to a grid of about 2^-12 standard deviations.
// Rounding is post-processing of the ideal mechanism and costs nothing; it removes the low bits by which Mironov ("On significance
// of the least significant bits", CCS 2012) and others tell neighbours apart, because each grid cell collects some 2^30 outcomes
// of the sampler. The sampler itself is double precision (errors below 1e-14, tail cut at 9.4 standard deviations, which leaves
// out 2^-64 of the mass); it is not an exact discrete Gaussian, and we claim no proof at the level of single bits.
#pragma once

#include "base/cpu.h"
#include "crypto/keystream.h"
#include "crypto/random.h"

namespace cloister::privacy {

// The grid for noise of standard deviation `standard_deviation` > 0: the power of two next below 2^-12 of it.
double GridFor(double standard_deviation);

// Independent standard normal numbers, by Box and Muller's method on 64-bit uniforms. Not for use by two threads at once.
class GaussianNoise {
 public:
  // Borrows `random`.
  explicit GaussianNoise(crypto::RandomSource& random);
  ~GaussianNoise();  // wipes: noise known is noise removed
  GaussianNoise(const GaussianNoise&) = delete;
  GaussianNoise& operator=(const GaussianNoise&) = delete;

  void Fill(std::span<double> out);
  // values[i] := round to grid (values[i] + noise of `standard_deviation`).
  void AddTo(std::span<double> values, double standard_deviation);
  // One value, as AddTo does.
  double Noisy(double value, double standard_deviation);

 private:
  void Refill();

  const VectorPath path_ = BestVectorPath();
  crypto::RandomSource& random_;
  std::vector<std::uint64_t> bits_;
  std::vector<double> ready_;
  std::size_t next_ = 0;
};

// Noise for one release of many values, made in parts and by several threads at once: which number a value gets is decided by
// the release's key and the value's place alone, not by who asks when. The numbers are those of GaussianNoise, in kind.
class NoiseField {
 public:
  // Parts begin at multiples of this.
  static constexpr std::size_t kPiece = 128;

  // Draws a key of 256 bits from `random` and does not keep it. `path` must be supported here.
  NoiseField(crypto::RandomSource& random, VectorPath path);
  // From now on the noise of another release. Not while another thread adds.
  void Begin(crypto::RandomSource& random);

  // values[i] := round to grid (values[i] + noise number `first` + i, of `standard_deviation`). No two parts of one release
  // may overlap: the same number on two values would cancel in their difference. CHECKs that kPiece divides `first`.
  void AddTo(std::uint64_t first, std::span<double> values, double standard_deviation) const;

 private:
  VectorPath path_;
  crypto::Keystream keystream_;
};

// Makes a little noise from fixed words on `path` and compares it with the mathematical library's functions, on the machine that
// this runs on now. Some microseconds. kInternal: it differs; kUnsupported: this machine lacks the path.
Result<void> CheckNoise(VectorPath path);

// Each of 0 … count-1 with probability q (rounded down to a multiple of 2^-64), independently; ascending. 0 < q <= 1.
std::vector<std::uint32_t> PoissonSample(crypto::RandomSource& random, double q, std::uint32_t count);

}  // namespace cloister::privacy
