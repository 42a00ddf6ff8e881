#include "privacy/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

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

std::vector<VectorPath> Paths() {
  std::vector<VectorPath> paths;
  for (const VectorPath path : {VectorPath::kPortable, VectorPath::kAvx2, VectorPath::kAvx512}) {
    if (Supports(path)) paths.push_back(path);
  }
  return paths;
}

TEST(BoxMuller, AgreesWithTheLibrarysFunctionsOnEachPath) {
  using internal::kPairs, internal::kPiece;
  crypto::DeterministicRandom random(7);
  constexpr std::size_t kPieces = 1 << 10;
  std::vector<std::uint64_t> bits(kPieces * kPiece);
  random.Fill({reinterpret_cast<std::uint8_t*>(bits.data()), bits.size() * 8});
  // Ends of the range, where the tail and the radii near 0 are; and each bin of the logarithm and of the circle at its edges.
  bits[0] = 0, bits[1] = ~std::uint64_t{0}, bits[2] = 1, bits[kPairs] = 0, bits[kPairs + 1] = ~std::uint64_t{0};
  for (std::size_t i = 0; i < 62; ++i) bits[kPiece + 2 + i % 62] = std::uint64_t{1} << (i + 1);
  for (std::size_t piece = 2; piece < 40; ++piece) {
    for (std::uint64_t i = 0; i < kPairs; ++i) {
      bits[piece * kPiece + i] = ((i / 2 + 32) << 58) - i % 2;
      bits[piece * kPiece + kPairs + i] = (i << 58) + (piece % 2 << 57) - (i + piece / 2) % 2;
    }
  }
  for (const VectorPath path : Paths()) {
    std::vector<double> out(bits.size());
    internal::BoxMuller(path, bits.data(), out.data(), kPieces);
    double worst = 0;
    for (std::size_t i = 0; i < bits.size(); i += i % kPiece == kPairs - 1 ? kPairs + 1 : 1) {
      const long double u = std::min((static_cast<long double>(bits[i]) + 0.5L) * 0x1p-64L, 1 - 0x1p-53L);
      const long double radius = std::sqrt(-2 * std::log(u));
      const long double turn = static_cast<long double>(bits[i + kPairs] >> 12) * 0x1p-52L;
      const long double angle = 2 * 3.14159265358979323846264338327950288L * turn;
      worst = std::max({worst, std::fabs(out[i] - static_cast<double>(radius * std::cos(angle))),
                        std::fabs(out[i + kPairs] - static_cast<double>(radius * std::sin(angle)))});
    }
    EXPECT_LT(worst, 1e-14) << Name(path);
    EXPECT_NEAR(std::hypot(out[0], out[kPairs]), std::sqrt(130 * M_LN2), 1e-12);  // the end of the tail
  }
}

TEST(NoiseField, IsStandardNormalOnEachPathUpToItsTails) {
  for (const VectorPath path : Paths()) {
    crypto::DeterministicRandom random(31);
    const NoiseField field(random, path);
    std::vector<double> sample(4'000'000);
    field.AddTo(0, sample, 1);
    double mean = 0, square = 0, third = 0, fourth = 0, sixth = 0, lag = 0;
    std::map<int, double> beyond;  // how many lie beyond so many standard deviations
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const double x = sample[i], x2 = x * x;
      mean += x, square += x2, third += x * x2, fourth += x2 * x2, sixth += x2 * x2 * x2;
      lag += i >= internal::kPairs ? x * sample[i - internal::kPairs] : 0;  // cosine and sine of one pair, and of neighbours
      for (const int bound : {1, 2, 3, 4, 5}) beyond[bound] += std::fabs(x) > bound ? 1 : 0;
    }
    // Each within 4.5 standard errors.
    const double n = static_cast<double>(sample.size()), error = 4.5 / std::sqrt(n);
    EXPECT_NEAR(mean / n, 0, error);
    EXPECT_NEAR(square / n, 1, error * std::sqrt(2));
    EXPECT_NEAR(third / n, 0, error * std::sqrt(15));
    EXPECT_NEAR(fourth / n, 3, error * std::sqrt(96));
    EXPECT_NEAR(sixth / n, 15, error * std::sqrt(10170));
    EXPECT_NEAR(lag / n, 0, error);
    for (const auto& [bound, count] : beyond) {
      // The grid of 2^-12 moves the edge by half a cell, and has no edge beyond which a number is lost.
      const double expected = n * std::erfc((bound + 0x1p-13) * M_SQRT1_2);
      EXPECT_NEAR(count, expected, 4.5 * std::sqrt(expected) + 1) << bound << " " << Name(path);
    }
    EXPECT_LT(KolmogorovSmirnov(std::move(sample)), 1.95);  // the grid adds less than 0.1 to it
  }
}

TEST(NoiseField, GivesAPlaceItsNumberInWhateverPartsItIsAsked) {
  for (const VectorPath path : Paths()) {
    crypto::DeterministicRandom random(32), again(32);
    const NoiseField field(random, path), same(again, path);
    std::vector<double> whole(5000), parts(5000);
    field.AddTo(0, whole, 3);
    same.AddTo(4992, std::span(parts).subspan(4992), 3);
    same.AddTo(1280, std::span(parts).subspan(1280, 3712), 3);
    same.AddTo(0, std::span(parts).first(1280), 3);
    EXPECT_EQ(whole, parts);
  }
}

TEST(NoiseField, PathsAgreeAndReleasesDiffer) {
  crypto::DeterministicRandom random(33);
  std::vector<std::vector<double>> made;
  for (const VectorPath path : Paths()) {
    crypto::DeterministicRandom same(34);
    std::vector<double> values(10'000, 0.3);
    NoiseField(same, path).AddTo(0, values, 1);
    made.push_back(values);
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], made[0][i], 0x1p-12);  // a cell at most
  }
  NoiseField field(random, BestVectorPath());
  std::vector<double> first(256), second(256);
  field.AddTo(0, first, 1);
  field.Begin(random);
  field.AddTo(0, second, 1);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < first.size(); ++i) equal += first[i] == second[i] ? 1 : 0;
  EXPECT_LT(equal, 4U);
  EXPECT_DEATH(field.AddTo(64, first, 1), "kPiece");
}

TEST(NoiseField, ReleasesOnlyPointsOfTheGridWhateverTheValues) {
  for (const VectorPath path : Paths()) {
    crypto::DeterministicRandom random(35);
    NoiseField field(random, path);
    for (const double deviation : {1e-3, 1.0, 7.3, 1e4}) {
      std::vector<double> values(1003, 0.123456789 * deviation);
      field.Begin(random);
      field.AddTo(0, values, deviation);
      for (const double value : values) EXPECT_EQ(value / GridFor(deviation), std::round(value / GridFor(deviation)));
    }
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
