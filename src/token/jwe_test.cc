#include "token/jwe.h"

#include <gtest/gtest.h>

namespace cloister::token {
namespace {

using crypto::EcCurve;
using crypto::EcdhPrivateKey;
using crypto::RsaEncryption;
using crypto::RsaPrivateKey;
using formats::Json;

const crypto::RsaPrivateKey& RsaKey() {
  static const RsaPrivateKey key = *RsaPrivateKey::Generate(2048);
  return key;
}

std::vector<TeePrivateKey> AllKeys() {
  std::vector<TeePrivateKey> keys;
  keys.push_back(TeePrivateKey::Generate());
  keys.emplace_back(EcdhPrivateKey::Generate(EcCurve::kP521));
  for (const RsaEncryption padding : {RsaEncryption::kOaepSha256, RsaEncryption::kPkcs1V15}) {
    keys.emplace_back(*RsaPrivateKey::FromPem(RsaKey().ToPem().ExposeSecret()), padding);
  }
  return keys;
}

TEST(Jwe, EachKindOfKeyOpensItsOwn) {
  const Bytes plaintext = ToBytes("the file key");
  for (const TeePrivateKey& key : AllKeys()) {
    const TeePublicKey read = *TeePublicKey::FromJwk(key.Public().ToJwk());
    const std::string jwe = *EncryptJwe(read, plaintext);
    const Result<SecretBytes> opened = DecryptJwe(key, jwe);
    ASSERT_TRUE(opened) << opened.error().ToText();
    EXPECT_TRUE(Equal(opened->ExposeSecret(), plaintext));
    EXPECT_FALSE(DecryptJwe(TeePrivateKey::Generate(), jwe));
  }
}

TEST(Jwe, HeaderIsTheOneFormThatGuestsRebuild) {
  for (const TeePrivateKey& key : AllKeys()) {
    const Json jwe = *Json::Parse(*EncryptJwe(key.Public(), {}));
    EXPECT_TRUE(jwe.RefuseUnknownMembers({"protected", "encrypted_key", "iv", "ciphertext", "tag"}));
    const std::string header(AsText(*FromBase64Url(*jwe.GetString("protected"))));
    if (key.rsa() != nullptr) {
      EXPECT_EQ(header, "{\"alg\":\"" + std::string(KeyEncryptionName(key.encryption())) + "\",\"enc\":\"A256GCM\"}");
      continue;
    }
    const Json epk = **(*Json::Parse(header)).GetObject("epk");
    EXPECT_EQ(header, R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":")" + *epk.GetString("crv") +
                          R"(","kty":"EC","x":")" + *epk.GetString("x") + R"(","y":")" + *epk.GetString("y") + "\"}}");
  }
}

TEST(Jwe, RefusesEveryChange) {
  for (const TeePrivateKey& key : AllKeys()) {
    const Json jwe = *Json::Parse(*EncryptJwe(key.Public(), AsBytes("secret")));
    for (const char* name : {"protected", "encrypted_key", "iv", "ciphertext", "tag"}) {
      const Bytes bytes = *FromBase64Url(*jwe.GetString(name));
      for (std::size_t i = 0; i < bytes.size(); i += 7) {
        Bytes changed = bytes;
        changed[i] ^= 1;
        Json other = jwe;
        other.Set(name, ToBase64Url(changed));
        EXPECT_FALSE(DecryptJwe(key, other.Dump())) << name << " " << i;
      }
      Json missing = jwe;
      missing.Remove(name);
      EXPECT_EQ(DecryptJwe(key, missing.Dump()).error().code(), ErrorCode::kMalformed);
    }
    Json more = jwe;
    more.Set("aad", "AA");
    EXPECT_EQ(DecryptJwe(key, more.Dump()).error().code(), ErrorCode::kMalformed);
  }
}

TEST(Jwe, RefusesOtherAlgorithms) {
  const TeePrivateKey key = TeePrivateKey::Generate();
  const Json jwe = *Json::Parse(*EncryptJwe(key.Public(), AsBytes("secret")));
  const auto with_header = [&](std::string_view header) {
    Json other = jwe;
    other.Set("protected", ToBase64Url(AsBytes(header)));
    return DecryptJwe(key, other.Dump()).error().code();
  };
  EXPECT_EQ(with_header(R"({"alg":"RSA1_5","enc":"A256GCM"})"), ErrorCode::kMismatch);
  EXPECT_EQ(with_header(R"({"alg":"ECDH-ES+A256KW","enc":"A128GCM"})"), ErrorCode::kUnsupported);
  EXPECT_EQ(with_header(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","zip":"DEF"})"), ErrorCode::kUnsupported);
  EXPECT_EQ(with_header(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM"})"), ErrorCode::kMalformed);
  EXPECT_EQ(EncryptJwe(TeePublicKey(EcdhPrivateKey::Generate(EcCurve::kP384).Public()), {}).error().code(),
            ErrorCode::kUnsupported);
}

TEST(TeePublicKey, RefusesWhatIsNoTeeKey) {
  Json jwk = TeePrivateKey::Generate().Public().ToJwk();
  EXPECT_EQ(*jwk.GetString("alg"), "ECDH-ES+A256KW");
  jwk.Set("alg", "ES256");
  EXPECT_EQ(TeePublicKey::FromJwk(jwk).error().code(), ErrorCode::kUnsupported);
  jwk.Remove("alg");
  EXPECT_EQ(TeePublicKey::FromJwk(jwk).error().code(), ErrorCode::kMalformed);
  jwk.Set("alg", "ECDH-ES+A256KW");
  jwk.Set("y", jwk.GetString("x")->c_str());
  EXPECT_EQ(TeePublicKey::FromJwk(jwk).error().code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace cloister::token
