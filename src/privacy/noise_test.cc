#include "privacy/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "privacy/internal/box_muller.h"

namespace cloister::privacy {
namespace {

double Normal(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }

// Largest distance between the empirical distribution and the normal one, times sqrt(n).
double KolmogorovSmirnov(std::vector<double> sample) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double worst = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double expected = Normal(sample[i]);
    worst = std::max({worst, expected - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - expected});
  }
  return worst * std::sqrt(n);
}

TEST(BoxMuller, AgreesWithTheLibrarysFunctions) {
  crypto::DeterministicRandom random(7);
  constexpr std::size_t kPairs = 1 << 14;
  std::vector<std::uint64_t> bits(2 * kPairs);
  random.Fill({reinterpret_cast<std::uint8_t*>(bits.data()), bits.size() * 8});
  bits[0] = 0, bits[1] = ~std::uint64_t{0}, bits[2] = 1, bits[kPairs] = 0, bits[kPairs + 1] = ~std::uint64_t{0};
  std::vector<double> out(2 * kPairs);
  internal::BoxMuller(bits.data(), out.data(), kPairs);
  for (std::size_t i = 0; i < kPairs; ++i) {
    const long double u = std::min((static_cast<long double>(bits[i]) + 0.5L) * 0x1p-64L, 1 - 0x1p-53L);
    const long double radius = std::sqrt(-2 * std::log(u));
    const long double angle = 2 * 3.14159265358979323846264338327950288L * (static_cast<long double>(bits[kPairs + i] >> 12) * 0x1p-52L);
    EXPECT_NEAR(out[i], static_cast<double>(radius * std::cos(angle)), 2e-14);
    EXPECT_NEAR(out[kPairs + i], static_cast<double>(radius * std::sin(angle)), 2e-14);
  }
}

TEST(GaussianNoise, IsStandardNormal) {
  crypto::DeterministicRandom random(1);
  GaussianNoise noise(random);
  std::vector<double> sample(1'000'000);
  noise.Fill(sample);
  EXPECT_LT(KolmogorovSmirnov(sample), 1.95);  // exceeded by chance once in 1000
  double mean = 0, square = 0, fourth = 0, lag = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    mean += sample[i];
    square += sample[i] * sample[i];
    fourth += std::pow(sample[i], 4);
    if (i > 0) lag += sample[i] * sample[i - 1];
  }
  const double n = static_cast<double>(sample.size());
  EXPECT_NEAR(mean / n, 0, 4e-3);
  EXPECT_NEAR(square / n, 1, 6e-3);
  EXPECT_NEAR(fourth / n, 3, 4e-2);
  EXPECT_NEAR(lag / n, 0, 4e-3);
}

TEST(GaussianNoise, ReleasesOnlyPointsOfTheGrid) {
  crypto::DeterministicRandom random(2);
  GaussianNoise noise(random);
  for (const double deviation : {1e-3, 1.0, 7.3, 1e4}) {
    const double grid = GridFor(deviation);
    EXPECT_LE(grid, deviation * 0x1p-12);
    EXPECT_GT(grid, deviation * 0x1p-13 * 0.999);
    std::vector<double> values(100'000, 0.1 * deviation);
    noise.AddTo(values, deviation);
    std::vector<double> standard;
    for (const double value : values) {
      EXPECT_EQ(value / grid, std::round(value / grid));
      standard.push_back((value - 0.1 * deviation) / deviation);
    }
    EXPECT_LT(KolmogorovSmirnov(standard), 1.95);
  }
}

TEST(GaussianNoise, DependsOnNothingButItsSource) {
  crypto::DeterministicRandom a(3), b(3), c(4);
  GaussianNoise first(a), same(b), other(c);
  EXPECT_EQ(first.Noisy(5, 2), same.Noisy(5, 2));
  EXPECT_NE(first.Noisy(5, 2), other.Noisy(5, 2));
}

TEST(PoissonSample, TakesEachWithItsProbabilityIndependently) {
  crypto::DeterministicRandom random(5);
  constexpr std::uint32_t kCount = 10'000;
  double total = 0, square = 0;
  constexpr int kDraws = 200;
  for (int i = 0; i < kDraws; ++i) {
    const auto chosen = PoissonSample(random, 0.03, kCount);
    EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end()));
    EXPECT_TRUE(chosen.empty() || chosen.back() < kCount);
    total += static_cast<double>(chosen.size());
    square += std::pow(static_cast<double>(chosen.size()) - 300, 2);
  }
  EXPECT_NEAR(total / kDraws, 300, 5);        // 4 standard errors
  EXPECT_NEAR(square / kDraws, 291, 100);     // a fixed-size sample would have none
  EXPECT_EQ(PoissonSample(random, 1, 5), (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(PoissonSample(random, 0.5, 0).empty());
}

}  // namespace
}  // namespace cloister::privacy
