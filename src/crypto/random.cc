#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "crypto/hash.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

constexpr std::size_t kBlockSize = 64 * 1024;
constexpr std::size_t kKeySize = 32;

class OpenSslRandom final : public RandomSource {
 public:
  void Fill(MutableByteSpan out) override {
    if (!out.empty()) CHECK(RAND_priv_bytes_ex(nullptr, out.data(), out.size(), 256) == 1);
  }
};

const EVP_CIPHER* Aes256Ctr() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

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

// Invariant: block_[0, used_) was given out or became the key, and is zeros.
class RandomStream::Generator {
 public:
  explicit Generator(ByteSpan key) : context_(EVP_CIPHER_CTX_new()), block_(kBlockSize) {
    CHECK(context_ != nullptr && key.size() == kKeySize);
    std::memcpy(block_.ExposeSecretForWriting().data(), key.data(), kKeySize);
    Refill();
  }

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
  // The first bytes of a block are the key of the next, and are overwritten by it.
  void Refill() {
    static constexpr std::uint8_t kCounter[16] = {};
    const MutableByteSpan block = block_.ExposeSecretForWriting();
    CHECK(EVP_EncryptInit_ex2(context_.get(), Aes256Ctr(), block.data(), kCounter, nullptr) == 1);
    std::memset(block.data(), 0, block.size());
    int size = 0;
    CHECK(EVP_EncryptUpdate(context_.get(), block.data(), &size, block.data(), static_cast<int>(kBlockSize)) == 1);
    CHECK(size == static_cast<int>(kBlockSize));
    used_ = kKeySize;
  }

  internal::OwnedCipherContext context_;
  SecretBytes block_;
  std::size_t used_ = 0;
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
