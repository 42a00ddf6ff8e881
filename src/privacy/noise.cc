#include "privacy/noise.h"

#include <algorithm>
#include <cmath>

#include "privacy/internal/box_muller.h"

namespace cloister::privacy {
namespace {

constexpr std::size_t kPiece = NoiseField::kPiece;
constexpr std::size_t kBlock = 4096;  // numbers made at once: 32 KiB

static_assert(kPiece == internal::kPiece);

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
  internal::BoxMuller(path_, bits_.data(), ready_.data(), kBlock / internal::kPiece);
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
    internal::AddAndRound(path_, ready_.data() + next_, standard_deviation, grid, values.data(), count);
    next_ += count;
    values = values.subspan(count);
  }
}

double GaussianNoise::Noisy(double value, double standard_deviation) {
  AddTo({&value, 1}, standard_deviation);
  return value;
}

NoiseField::NoiseField(crypto::RandomSource& random, VectorPath path)
    : path_(path), keystream_(crypto::RandomSecret(random, crypto::Keystream::kKeySize).ExposeSecret()) {
  CHECK(Supports(path));
}

void NoiseField::Begin(crypto::RandomSource& random) {
  std::uint8_t key[crypto::Keystream::kKeySize];
  random.Fill(key);
  keystream_.SetKey(key);
  Wipe(key);
}

void NoiseField::AddTo(std::uint64_t first, std::span<double> values, double standard_deviation) const {
  CHECK(first % kPiece == 0);
  constexpr std::size_t kWidth = 8 * kPiece;  // small enough for words and numbers to stay in the nearest cache
  alignas(64) std::uint64_t words[kWidth];
  alignas(64) double numbers[kWidth];
  const double grid = GridFor(standard_deviation);
  std::uint64_t block = first / (crypto::Keystream::kBlockSize / sizeof(std::uint64_t));
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), kWidth);
    const std::size_t pieces = (count + kPiece - 1) / kPiece;
    keystream_.Read(block, BytesOf(std::span(words).first(pieces * kPiece)));
    internal::BoxMuller(path_, words, numbers, pieces);
    internal::AddAndRound(path_, numbers, standard_deviation, grid, values.data(), count);
    block += pieces * kPiece * sizeof(std::uint64_t) / crypto::Keystream::kBlockSize;
    values = values.subspan(count);
  }
  Wipe(BytesOf(std::span<std::uint64_t>(words)));
  Wipe(BytesOf(std::span<double>(numbers)));
}

Result<void> CheckNoise(VectorPath path) {
  using internal::kPairs;
  if (!Supports(path)) return Error(ErrorCode::kUnsupported, "expected a machine with " + std::string(Name(path)));
  std::uint64_t words[kPiece];
  double numbers[kPiece], values[kPiece];
  std::uint64_t state = 0;
  for (std::uint64_t& word : words) word = state = state * 6364136223846793005U + 1442695040888963407U;
  words[0] = 0;  // the end of the tail
  std::fill(std::begin(values), std::end(values), 0.3);
  internal::BoxMuller(path, words, numbers, 1);
  internal::AddAndRound(path, numbers, 3, 0x1p-11, values, kPiece);
  for (std::size_t i = 0; i < kPiece; ++i) {
    const double radius = std::sqrt(-2 * std::log((static_cast<double>(words[i % kPairs]) + 0.5) * 0x1p-64));
    const double angle = 2 * M_PI * std::ldexp(static_cast<double>(words[kPairs + i % kPairs] >> 12), -52);
    const double expected = radius * (i < kPairs ? std::cos(angle) : std::sin(angle));
    const bool on_grid = std::round(values[i] * 0x1p11) == values[i] * 0x1p11;
    if (!(std::fabs(numbers[i] - expected) < 1e-13 && on_grid && std::fabs(values[i] - 0.3 - 3 * expected) < 0x1.01p-12)) {
      return Error(ErrorCode::kInternal, "noise self-check: expected normal numbers as the library's functions give them on the " +
                                             std::string(Name(path)) + " path; this machine must not release anything");
    }
  }
  return {};
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
