#include "sealed/internal/age_stanza.h"

#include "crypto/aead.h"
#include "crypto/mac.h"

namespace cloister::sealed {
namespace {

using crypto::X25519PublicKey;

constexpr std::string_view kInfo = "age-encryption.org/v1/X25519";
constexpr std::array<std::uint8_t, crypto::kAeadNonceSize> kZeroNonce{};  // the key is used once

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "age X25519 stanza: " + message); }

Result<crypto::AeadKey> WrapKey(const SecretBytes& shared, const X25519PublicKey& share,
                                const X25519PublicKey& recipient) {
  const Bytes salt = Concat({share.bytes(), recipient.bytes()});
  return crypto::AeadKey::Create(crypto::AeadAlgorithm::kChaCha20Poly1305,
                                 crypto::HkdfSha256(shared.ExposeSecret(), salt, AsBytes(kInfo), crypto::kAeadKeySize));
}

}  // namespace

Result<AgeStanza> WrapX25519(const Recipient& recipient, const FileKey& file_key, crypto::RandomSource& random) {
  const auto ephemeral = crypto::X25519PrivateKey::Generate(random);
  const X25519PublicKey share = ephemeral.Public();
  const SecretBytes shared = TRY_WITH("age recipient", ephemeral.SharedSecret(recipient.key()));
  const crypto::AeadKey key = TRY(WrapKey(shared, share, recipient.key()));
  Bytes body = TRY(key.Seal(kZeroNonce, {}, file_key.secret().ExposeSecret()));
  return AgeStanza{std::string(kX25519Type), {ToBase64NoPad(share.bytes())}, std::move(body)};
}

Result<FileKey> UnwrapX25519(const AgeStanza& stanza, const Identity& identity) {
  if (stanza.arguments.size() != 1) {
    return Malformed("expected 1 argument, got " + std::to_string(stanza.arguments.size()));
  }
  const Bytes share_bytes = TRY_WITH("age X25519 stanza: share", FromBase64NoPad(stanza.arguments[0]));
  const X25519PublicKey share = TRY_WITH("age X25519 stanza: share", X25519PublicKey::FromBytes(share_bytes));
  constexpr std::size_t kBodySize = FileKey::kSize + crypto::kAeadTagSize;
  if (stanza.body.size() != kBodySize) {
    return Malformed("expected a body of 32 bytes, got " + std::to_string(stanza.body.size()));
  }
  const auto shared = identity.key().SharedSecret(share);
  if (!shared) return Malformed("share is a point of low order");
  const crypto::AeadKey key = TRY(WrapKey(*shared, share, identity.recipient().key()));
  auto file_key = key.Open(kZeroNonce, {}, stanza.body);
  if (!file_key) return Error(ErrorCode::kMismatch, "age X25519 stanza: not for this identity");
  return FileKey::FromBytes(*std::move(file_key));
}

}  // namespace cloister::sealed
