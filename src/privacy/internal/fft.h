// Fourier transform of real data whose length is a power of two.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace cloister::privacy::internal {

// Real and imaginary parts of the n/2 + 1 coefficients of non-negative frequency; the others are their conjugates.
struct Spectrum {
  std::vector<double> re;
  std::vector<double> im;
};

// A plan for one length. Copies share its tables and have scratch memory of their own: each thread uses a copy.
class RealFft {
 public:
  // `n`: a power of two, at least 4.
  explicit RealFft(std::size_t n);

  std::size_t size() const { return n_; }
  // data.size() == size().
  Spectrum Forward(std::span<const double> data);
  // The inverse, scaled so that Inverse(Forward(x)) == x up to rounding. It uses `spectrum` up; data.size() == size().
  void Inverse(Spectrum& spectrum, std::span<double> data);

 private:
  struct Turns {
    std::vector<double> cos;  // cos(2 pi k / n), k < n
    std::vector<double> sin;
  };
  // Of the first half of both parts; an element after them is left alone.
  void Transform(std::vector<double>& re, std::vector<double>& im);

  std::size_t n_;
  std::shared_ptr<const Turns> turns_;
  std::vector<double> scratch_re_;
  std::vector<double> scratch_im_;
};

// spectrum^power, coefficient by coefficient, by repeated squaring. Coefficients whose power would be below 1e-60 become 0,
// which keeps the loop away from denormal numbers.
void RaiseTo(std::uint64_t power, Spectrum& spectrum);
// a *= b.
void MultiplyBy(const Spectrum& b, Spectrum& a);

}  // namespace cloister::privacy::internal
