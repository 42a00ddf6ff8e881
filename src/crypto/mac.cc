#include "crypto/mac.h"

#include <openssl/hmac.h>

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "crypto/internal/openssl.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;

constexpr std::size_t kHashSize = 32;

}  // namespace

bool ConstantTimeEqual(ByteSpan a, ByteSpan b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

Bytes Hmac(HashAlgorithm algorithm, ByteSpan key, ByteSpan data) {
  static constexpr std::uint8_t kNothing = 0;
  Bytes mac(DigestSize(algorithm));
  unsigned size = 0;
  const std::uint8_t* key_data = key.empty() ? &kNothing : key.data();  // a null key would mean "the one before"
  CHECK(HMAC(internal::Md(algorithm), key_data, internal::ToInt(key.size()), data.data(), data.size(), mac.data(),
             &size) != nullptr);
  CHECK(size == mac.size());
  return mac;
}

Sha256Digest HmacSha256(ByteSpan key, ByteSpan data) { return *ToArray<32>(Hmac(HashAlgorithm::kSha256, key, data)); }

SecretBytes HkdfSha256Extract(ByteSpan input_key, ByteSpan salt) {
  Sha256Digest key = HmacSha256(salt, input_key);  // HMAC pads an empty salt with zeros by itself
  SecretBytes secret = SecretBytes::CopyOf(key);
  Wipe(key);
  return secret;
}

SecretBytes HkdfSha256Expand(ByteSpan pseudo_random_key, ByteSpan info, std::size_t length) {
  CHECK(length <= 255 * kHashSize);
  SecretBytes out(length);
  Bytes block;  // T(i-1) || info || i, RFC 5869 §2.3
  Sha256Digest mac{};
  for (std::size_t done = 0, i = 1; done < length; ++i) {
    block.clear();
    block.reserve(kHashSize + info.size() + 1);
    if (i > 1) block.insert(block.end(), mac.begin(), mac.end());
    block.insert(block.end(), info.begin(), info.end());
    block.push_back(static_cast<std::uint8_t>(i));
    mac = HmacSha256(pseudo_random_key, block);
    const std::size_t count = std::min(kHashSize, length - done);
    std::memcpy(out.ExposeSecretForWriting().data() + done, mac.data(), count);
    done += count;
    Wipe(block);
  }
  Wipe(mac);
  return out;
}

SecretBytes HkdfSha256(ByteSpan input_key, ByteSpan salt, ByteSpan info, std::size_t length) {
  return HkdfSha256Expand(HkdfSha256Extract(input_key, salt).ExposeSecret(), info, length);
}

SecretBytes ConcatKdfSha256(ByteSpan shared_secret, const ConcatKdfInfo& info, std::size_t length) {
  Bytes other;
  for (const ByteSpan field : {AsBytes(info.algorithm_id), info.party_u, info.party_v}) {
    AppendBe<std::uint32_t>(other, static_cast<std::uint32_t>(field.size()));
    other.insert(other.end(), field.begin(), field.end());
  }
  AppendBe<std::uint32_t>(other, static_cast<std::uint32_t>(length * 8));  // SuppPubInfo: bits wanted
  SecretBytes out(length);
  Sha256Hasher hasher;
  for (std::size_t done = 0, round = 1; done < length; ++round) {
    Bytes counter;
    AppendBe<std::uint32_t>(counter, static_cast<std::uint32_t>(round));
    hasher.Update(counter);
    hasher.Update(shared_secret);
    hasher.Update(other);
    Sha256Digest digest = hasher.Finish();
    const std::size_t count = std::min(kHashSize, length - done);
    std::memcpy(out.ExposeSecretForWriting().data() + done, digest.data(), count);
    done += count;
    Wipe(digest);
  }
  return out;
}

Result<SecretBytes> Scrypt(ByteSpan passphrase, ByteSpan salt, const ScryptCost& cost, std::size_t length) {
  const ErrorScope errors;
  constexpr std::uint64_t kMaximum = std::uint64_t{1} << 30;
  if (cost.log2_n == 0 || cost.log2_n > 30 || cost.r == 0 || cost.r > 1024 || cost.p == 0 || cost.p > 1024) {
    return Error(ErrorCode::kLimit, "scrypt: cost out of range");
  }
  const std::uint64_t n = std::uint64_t{1} << cost.log2_n;
  if (n > kMaximum / (128 * std::uint64_t{cost.r})) {
    return Error(ErrorCode::kLimit, "scrypt: needs more than 1 GiB of memory");
  }
  SecretBytes out(length);
  const MutableByteSpan key = out.ExposeSecretForWriting();
  // OpenSSL counts some blocks on top of 128 * N * r, so its own limit is twice ours.
  if (EVP_PBE_scrypt(reinterpret_cast<const char*>(passphrase.data()), passphrase.size(), salt.data(), salt.size(), n,
                     cost.r, cost.p, 2 * kMaximum, key.data(), key.size()) != 1) {
    return Error(ErrorCode::kInternal, "scrypt: OpenSSL failed");
  }
  return out;
}

}  // namespace cloister::crypto
