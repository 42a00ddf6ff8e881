#include "token/jwe.h"

#include "crypto/aead.h"
#include "crypto/mac.h"
#include "token/internal/jose.h"

namespace cloister::token {
namespace {

using crypto::EcdhPrivateKey;
using crypto::EcdhPublicKey;
using formats::Json;

constexpr std::string_view kContentEncryption = "A256GCM";
constexpr std::size_t kMaximumHeader = 16 * 1024;

// RFC 7518 §4.6.2 with empty PartyUInfo and PartyVInfo.
SecretBytes WrappingKey(const SecretBytes& shared_secret) {
  const crypto::ConcatKdfInfo info{KeyEncryptionName(KeyEncryption::kEcdhEsA256Kw), {}, {}};
  return crypto::ConcatKdfSha256(shared_secret.ExposeSecret(), info, crypto::kAeadKeySize);
}

struct EncryptedKey {
  std::string epk;  // `,"epk":{…}`, or nothing
  Bytes bytes;
};

Result<EncryptedKey> EncryptKey(const TeePublicKey& key, const SecretBytes& content_key) {
  if (key.rsa() != nullptr) {
    const crypto::RsaEncryption padding = key.encryption() == KeyEncryption::kRsaOaep256
                                              ? crypto::RsaEncryption::kOaepSha256
                                              : crypto::RsaEncryption::kPkcs1V15;
    EncryptedKey encrypted;
    encrypted.bytes = TRY(key.rsa()->Encrypt(padding, content_key));
    return encrypted;
  }
  if (key.ec()->curve() == crypto::EcCurve::kP384) {
    return Error(ErrorCode::kUnsupported, "JWE: guests have no ECDH on P-384");
  }
  const EcdhPrivateKey ephemeral = EcdhPrivateKey::Generate(key.ec()->curve());
  const SecretBytes wrapping = WrappingKey(TRY(ephemeral.SharedSecret(*key.ec())));
  EncryptedKey encrypted;
  // Json writes members in order of name, which is the order the guest's library has.
  encrypted.epk = ",\"epk\":" + internal::JwkOfEcdhKey(ephemeral.Public()).Dump();
  encrypted.bytes = TRY(crypto::WrapKeyAes256(wrapping, content_key));
  return encrypted;
}

Result<SecretBytes> DecryptKey(const TeePrivateKey& key, const Json& header, ByteSpan encrypted) {
  if (key.rsa() != nullptr) {
    const crypto::RsaEncryption padding = key.encryption() == KeyEncryption::kRsaOaep256
                                              ? crypto::RsaEncryption::kOaepSha256
                                              : crypto::RsaEncryption::kPkcs1V15;
    return key.rsa()->DecryptKey(padding, encrypted, crypto::kAeadKeySize);
  }
  const Json* epk = TRY(header.GetObject("epk"));
  const EcdhPublicKey ephemeral = TRY_WITH("epk", internal::EcdhKeyFromJwk(*epk));
  if (ephemeral.curve() != key.ec()->curve()) return Error(ErrorCode::kMismatch, "epk: on another curve than our key");
  const SecretBytes wrapping = WrappingKey(TRY(key.ec()->SharedSecret(ephemeral)));
  return crypto::UnwrapKeyAes256(wrapping, encrypted);
}

// The header's members; `apu` and `apv` would change the key agreement, `zip` the content.
Result<void> CheckHeader(const Json& header, KeyEncryption encryption) {
  for (const std::string_view name : {"crit", "zip", "apu", "apv"}) {
    if (header.Find(name) != nullptr) {
      return Error(ErrorCode::kUnsupported, "header member \"" + std::string(name) + "\"");
    }
  }
  if (TRY(header.GetString("enc")) != kContentEncryption) {
    return Error(ErrorCode::kUnsupported, "expected \"enc\" A256GCM");
  }
  if (TRY(header.GetString("alg")) != KeyEncryptionName(encryption)) {
    return Error(ErrorCode::kMismatch, "\"alg\" is not our key's " + std::string(KeyEncryptionName(encryption)));
  }
  return {};
}

Result<Bytes> Field(const Json& jwe, std::string_view name) {
  const std::string text = TRY(jwe.GetString(name));
  return TRY_WITH(name, FromBase64Url(text));
}

Result<SecretBytes> Decrypt(const TeePrivateKey& key, std::string_view text) {
  const Json jwe = TRY(Json::Parse(text, {.max_bytes = kMaxJweBytes, .max_depth = 2}));
  TRY(jwe.RefuseUnknownMembers({"protected", "encrypted_key", "iv", "ciphertext", "tag"}));
  const std::string protected_text = TRY(jwe.GetString("protected"));
  const Bytes header_bytes = TRY_WITH("protected", FromBase64Url(protected_text));
  const Json header =
      TRY_WITH("protected", Json::Parse(AsText(header_bytes), {.max_bytes = kMaximumHeader, .max_depth = 4}));
  TRY(CheckHeader(header, key.encryption()));
  const Bytes encrypted_key = TRY(Field(jwe, "encrypted_key"));
  const Bytes nonce = TRY(Field(jwe, "iv"));
  const Bytes ciphertext = TRY(Field(jwe, "ciphertext"));
  const Bytes tag = TRY(Field(jwe, "tag"));
  if (nonce.size() != crypto::kAeadNonceSize || tag.size() != crypto::kAeadTagSize) {
    return Error(ErrorCode::kMalformed, "expected an iv of 12 and a tag of 16 bytes");
  }
  SecretBytes content_key = TRY(DecryptKey(key, header, encrypted_key));
  const crypto::AeadKey aead = TRY(crypto::AeadKey::Create(crypto::AeadAlgorithm::kAes256Gcm, std::move(content_key)));
  return aead.Open(nonce, AsBytes(protected_text), Concat({ciphertext, tag}));
}

}  // namespace

Result<std::string> EncryptJwe(const TeePublicKey& key, ByteSpan plaintext) {
  SecretBytes content_key = crypto::RandomSecret(crypto::SystemRandom(), crypto::kAeadKeySize);
  const EncryptedKey encrypted = TRY_WITH("JWE", EncryptKey(key, content_key));
  const std::string header = "{\"alg\":\"" + std::string(KeyEncryptionName(key.encryption())) + "\",\"enc\":\"" +
                             std::string(kContentEncryption) + "\"" + encrypted.epk + "}";
  const std::string protected_text = ToBase64Url(AsBytes(header));
  const Bytes nonce = crypto::RandomBytes(crypto::SystemRandom(), crypto::kAeadNonceSize);
  const crypto::AeadKey aead = TRY(crypto::AeadKey::Create(crypto::AeadAlgorithm::kAes256Gcm, std::move(content_key)));
  const Bytes sealed = TRY_WITH("JWE", aead.Seal(nonce, AsBytes(protected_text), plaintext));
  const ByteSpan all(sealed);
  const Json jwe = Json::Object{{"protected", protected_text},
                                {"encrypted_key", ToBase64Url(encrypted.bytes)},
                                {"iv", ToBase64Url(nonce)},
                                {"ciphertext", ToBase64Url(all.first(plaintext.size()))},
                                {"tag", ToBase64Url(all.last(crypto::kAeadTagSize))}};
  return jwe.Dump();
}

Result<SecretBytes> DecryptJwe(const TeePrivateKey& key, std::string_view jwe) {
  return TRY_WITH("JWE", Decrypt(key, jwe));
}

}  // namespace cloister::token
