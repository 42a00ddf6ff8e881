#include "crypto/keystream.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "crypto/internal/aes_ctr_vaes.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

const EVP_CIPHER* Aes256Ctr() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

void ReadKeystreamOpenSsl(ByteSpan key, std::uint64_t first_block, MutableByteSpan out) {
  std::uint8_t counter[Keystream::kBlockSize] = {};
  for (std::size_t i = 0; i < 8; ++i) counter[15 - i] = static_cast<std::uint8_t>(first_block >> (8 * i));
  internal::OwnedCipherContext context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr && EVP_EncryptInit_ex2(context.get(), Aes256Ctr(), key.data(), counter, nullptr) == 1);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  constexpr std::size_t kMost = std::size_t{1} << 30;
  while (!out.empty()) {
    const std::size_t size = std::min(out.size(), kMost);
    int written = 0;
    CHECK(EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(size)) == 1);
    CHECK(written == static_cast<int>(size));
    out = out.subspan(size);
  }
}

// Our use of the processor's instructions against OpenSSL: a key with every byte different, places that carry into high bytes.
bool Agrees(internal::VaesWidth width) {
  if (!internal::Supports(width)) return false;
  std::uint8_t key[Keystream::kKeySize], round_keys[internal::kVaesRoundKeys], ours[1500], theirs[1500];
  for (std::size_t i = 0; i < sizeof(key); ++i) key[i] = static_cast<std::uint8_t>(37 * i + 11);
  internal::ExpandKeyVaes(key, round_keys);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{0xFFFFFFFA}, std::uint64_t{0x0123456789ABCDEF}}) {
    internal::ReadKeystreamVaes(width, round_keys, first, ours, sizeof(ours));
    ReadKeystreamOpenSsl(key, first, theirs);
    if (std::memcmp(ours, theirs, sizeof(ours)) != 0) return false;
  }
  return true;
}

// None: OpenSSL does it.
std::optional<internal::VaesWidth> Width() {
  static const auto width = []() -> std::optional<internal::VaesWidth> {
    for (const auto each : {internal::VaesWidth::k512, internal::VaesWidth::k256}) {
      if (Agrees(each)) return each;
    }
    return std::nullopt;
  }();
  return width;
}

}  // namespace

Keystream::Keystream(ByteSpan key) {
  keys_ = SecretBytes(kKeySize + (Width() ? internal::kVaesRoundKeys : 0));
  SetKey(key);
}

void Keystream::SetKey(ByteSpan key) {
  CHECK(key.size() == kKeySize);
  const MutableByteSpan keys = keys_.ExposeSecretForWriting();
  std::memmove(keys.data(), key.data(), kKeySize);
  if (keys.size() > kKeySize) internal::ExpandKeyVaes(keys.data(), keys.data() + kKeySize);
}

void Keystream::Read(std::uint64_t first_block, MutableByteSpan out) const {
  const ByteSpan keys = keys_.ExposeSecret();
  if (keys.size() == kKeySize) return ReadKeystreamOpenSsl(keys, first_block, out);
  internal::ReadKeystreamVaes(*Width(), keys.data() + kKeySize, first_block, out.data(), out.size());
}

}  // namespace cloister::crypto
