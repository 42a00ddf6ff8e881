#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "crypto/hash.h"
#include "crypto/keystream.h"

namespace cloister::crypto {
namespace {

constexpr std::size_t kBlockSize = 64 * 1024;
constexpr std::size_t kKeySize = Keystream::kKeySize;

class OpenSslRandom final : public RandomSource {
 public:
  void Fill(MutableByteSpan out) override {
    if (!out.empty()) CHECK(RAND_priv_bytes_ex(nullptr, out.data(), out.size(), 256) == 1);
  }
};

}  // namespace

RandomSource& SystemRandom() {
  static OpenSslRandom random;
  return random;
}

Bytes RandomBytes(RandomSource& random, std::size_t count) {
  Bytes bytes(count);
  random.Fill(bytes);
  return bytes;
}

SecretBytes RandomSecret(RandomSource& random, std::size_t count) {
  SecretBytes secret(count);
  random.Fill(secret.ExposeSecretForWriting());
  return secret;
}

std::string NewUuidV4(RandomSource& random) {
  std::array<std::uint8_t, 16> id;
  random.Fill(id);
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | 0x40);  // version 4
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);  // variant 10
  std::string text = ToHex(id);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

// Invariant: block_[0, used_) was given out or became the key of keystream_, and is zeros.
class RandomStream::Generator {
 public:
  explicit Generator(ByteSpan key) : keystream_(key), block_(kBlockSize) {}

  void Fill(MutableByteSpan out) {
    while (!out.empty()) {
      if (used_ == kBlockSize) Refill();
      const MutableByteSpan block = block_.ExposeSecretForWriting();
      const std::size_t count = std::min(out.size(), kBlockSize - used_);
      std::memcpy(out.data(), block.data() + used_, count);
      std::memset(block.data() + used_, 0, count);
      used_ += count;
      out = out.subspan(count);
    }
  }

 private:
  // The first bytes of a block are the key of the next; the key of this one is gone as soon as the block is there.
  void Refill() {
    const MutableByteSpan block = block_.ExposeSecretForWriting();
    keystream_.Read(0, block);
    keystream_.SetKey(block.first(kKeySize));
    std::memset(block.data(), 0, kKeySize);
    used_ = kKeySize;
  }

  Keystream keystream_;
  SecretBytes block_;
  std::size_t used_ = kBlockSize;
};

RandomStream::RandomStream(ByteSpan key) : generator_(std::make_unique<Generator>(key)) {}
RandomStream::RandomStream(RandomSource& seed_source)
    : RandomStream(RandomSecret(seed_source, kKeySize).ExposeSecret()) {}
RandomStream::~RandomStream() = default;
RandomStream::RandomStream(RandomStream&&) noexcept = default;
RandomStream& RandomStream::operator=(RandomStream&&) noexcept = default;

void RandomStream::Fill(MutableByteSpan out) { generator_->Fill(out); }

DeterministicRandom::DeterministicRandom(std::uint64_t seed)
    : RandomStream(Sha256(ToBytes("cloister test seed " + std::to_string(seed)))) {}

}  // namespace cloister::crypto
