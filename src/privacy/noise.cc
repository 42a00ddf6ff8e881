#include "privacy/noise.h"

#include <cmath>

#include "privacy/internal/box_muller.h"

namespace cloister::privacy {
namespace {

constexpr std::size_t kBlock = 4096;  // numbers made at once: 32 KiB

MutableByteSpan BytesOf(std::span<std::uint64_t> words) {
  return {reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()};
}
MutableByteSpan BytesOf(std::span<double> numbers) {
  return {reinterpret_cast<std::uint8_t*>(numbers.data()), numbers.size_bytes()};
}

}  // namespace

double GridFor(double standard_deviation) {
  CHECK(standard_deviation > 0 && std::isfinite(standard_deviation));
  return std::ldexp(1.0, std::ilogb(standard_deviation) - 12);
}

GaussianNoise::GaussianNoise(crypto::RandomSource& random)
    : random_(random), bits_(kBlock), ready_(kBlock), next_(kBlock) {}

GaussianNoise::~GaussianNoise() {
  Wipe(BytesOf(std::span(bits_)));
  Wipe(BytesOf(std::span(ready_)));
}

void GaussianNoise::Refill() {
  random_.Fill(BytesOf(std::span(bits_)));
  internal::BoxMuller(bits_.data(), ready_.data(), kBlock / 2);
  next_ = 0;
}

void GaussianNoise::Fill(std::span<double> out) {
  for (double& value : out) {
    if (next_ == kBlock) Refill();
    value = ready_[next_++];
  }
}

void GaussianNoise::AddTo(std::span<double> values, double standard_deviation) {
  const double grid = GridFor(standard_deviation);
  while (!values.empty()) {
    if (next_ == kBlock) Refill();
    const std::size_t count = std::min(values.size(), kBlock - next_);
    internal::AddAndRound(ready_.data() + next_, standard_deviation, grid, values.data(), count);
    next_ += count;
    values = values.subspan(count);
  }
}

double GaussianNoise::Noisy(double value, double standard_deviation) {
  AddTo({&value, 1}, standard_deviation);
  return value;
}

std::vector<std::uint32_t> PoissonSample(crypto::RandomSource& random, double q, std::uint32_t count) {
  CHECK(q > 0 && q <= 1);
  std::vector<std::uint32_t> chosen;
  chosen.reserve(static_cast<std::size_t>(1.1 * q * count) + 16);
  const bool everyone = q == 1;
  const auto threshold = everyone ? 0 : static_cast<std::uint64_t>(std::ldexp(q, 64));
  std::vector<std::uint64_t> words(std::min<std::size_t>(count, kBlock));
  for (std::size_t start = 0; start < count; start += kBlock) {
    const std::size_t width = std::min<std::size_t>(kBlock, count - start);
    if (!everyone) random.Fill(BytesOf(std::span(words).first(width)));
    for (std::size_t i = 0; i < width; ++i) {
      if (everyone || words[i] < threshold) chosen.push_back(static_cast<std::uint32_t>(start + i));
    }
  }
  return chosen;
}

}  // namespace cloister::privacy
