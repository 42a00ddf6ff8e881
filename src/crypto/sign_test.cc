#include "crypto/sign.h"

#include <gtest/gtest.h>

#include <map>

#include "crypto/hash.h"

namespace cloister::crypto {
namespace {

using enum SignatureAlgorithm;

Bytes Hex(std::string_view text) { return *FromHex(text); }

// RFC 6979 A.2.5
const char kX[] = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const char kY[] = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const char kSample[] =
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const char kOrder[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

VerifyingKey Rfc6979Key() { return *VerifyingKey::FromEcPoint(kEs256, Hex(kX), Hex(kY)); }

// One key for each algorithm: making RSA keys takes most of the time here.
const SigningKey& KeyFor(SignatureAlgorithm algorithm) {
  static std::map<SignatureAlgorithm, SigningKey> keys;
  const auto found = keys.find(algorithm);
  if (found != keys.end()) return found->second;
  return keys
      .emplace(algorithm,
               IsRsa(algorithm) ? *SigningKey::GenerateRsa(algorithm, 2048) : SigningKey::Generate(algorithm))
      .first->second;
}

class EachAlgorithm : public testing::TestWithParam<SignatureAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(All, EachAlgorithm,
                         testing::Values(kEs256, kEs384, kEs512, kEdDsa, kPs256, kPs384, kPs512, kRs256, kEs512OnP256,
                                         kEd448),
                         [](const auto& each) { return "n" + std::to_string(static_cast<int>(each.param)); });

TEST_P(EachAlgorithm, RefusesEveryChange) {
  const SigningKey& key = KeyFor(GetParam());
  const VerifyingKey verifying = key.Public();
  const Bytes message = ToBytes("message"), signature = key.Sign(message);
  EXPECT_TRUE(verifying.Verify(message, signature));
  for (std::size_t i = 0; i < signature.size(); i += 5) {
    Bytes changed = signature;
    changed[i] ^= 1;
    EXPECT_EQ(verifying.Verify(message, changed).error().code(), ErrorCode::kUntrusted);
    EXPECT_EQ(verifying.Verify(message, ByteSpan(signature).first(i)).error().code(), ErrorCode::kUntrusted);
  }
  EXPECT_EQ(verifying.Verify(AsBytes("Message"), signature).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(verifying.Verify(message, Concat({signature, Bytes(1)})).error().code(), ErrorCode::kUntrusted);
  const VerifyingKey other = IsRsa(GetParam()) ? SigningKey::GenerateRsa(GetParam(), 2048)->Public()
                                               : SigningKey::Generate(GetParam()).Public();
  EXPECT_EQ(other.Verify(message, signature).error().code(), ErrorCode::kUntrusted);
}

TEST_P(EachAlgorithm, KeysSurviveTheirForms) {
  const SigningKey& key = KeyFor(GetParam());
  const VerifyingKey verifying = key.Public();
  EXPECT_EQ(*VerifyingKey::FromSpkiDer(GetParam(), verifying.SpkiDer()), verifying);
  EXPECT_EQ(*VerifyingKey::FromSpkiPem(GetParam(), verifying.SpkiPem()), verifying);
  if (GetParam() == kEs512OnP256) return;  // its PEM form says P-256, so comes back as ES256
  const SecretBytes pem = key.ToPem();
  const Result<SigningKey> again = IsRsa(GetParam()) ? SigningKey::FromRsaPem(GetParam(), pem.ExposeSecret())
                                                     : SigningKey::FromPem(pem.ExposeSecret());
  ASSERT_TRUE(again);
  EXPECT_TRUE(verifying.Verify(AsBytes("m"), again->Sign(AsBytes("m"))));
  if (IsEcdsa(GetParam())) {
    EXPECT_EQ(*VerifyingKey::FromEcPoint(GetParam(), verifying.EcX(), verifying.EcY()), verifying);
  } else if (IsRsa(GetParam())) {
    EXPECT_EQ(*VerifyingKey::FromRsa(GetParam(), verifying.RsaModulus(), verifying.RsaExponent()), verifying);
  }
}

TEST_P(EachAlgorithm, VerifiesADigestWhereTheMessageIsGone) {
  const SigningKey& key = KeyFor(GetParam());
  const Bytes signature = key.Sign(AsBytes("message"));
  const bool sha256 = GetParam() == kEs256 || GetParam() == kPs256 || GetParam() == kRs256;
  const bool sha384 = GetParam() == kEs384 || GetParam() == kPs384;
  const Bytes digest = Hash(sha256   ? HashAlgorithm::kSha256
                            : sha384 ? HashAlgorithm::kSha384
                                     : HashAlgorithm::kSha512,
                            AsBytes("message"));
  const Result<void> verified = key.Public().VerifyDigest(digest, signature);
  if (GetParam() == kEdDsa || GetParam() == kEd448) {
    EXPECT_EQ(verified.error().code(), ErrorCode::kUsage);
    return;
  }
  EXPECT_TRUE(verified);
  Bytes other = digest;
  other[0] ^= 1;
  EXPECT_EQ(key.Public().VerifyDigest(other, signature).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(key.Public().VerifyDigest(ByteSpan(digest).first(31), signature).error().code(), ErrorCode::kUsage);
}

TEST(Ecdsa, VerifiesTheSignatureOfRfc6979) {
  EXPECT_TRUE(Rfc6979Key().Verify(AsBytes("sample"), Hex(kSample)));
  const SecretBytes scalar =
      SecretBytes::CopyOf(Hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  EXPECT_EQ(SigningKey::FromEcScalar(kEs256, scalar)->Public(), Rfc6979Key());
}

TEST(Ecdsa, RefusesZeroAndOversizedNumbers) {
  const Bytes good = Hex(kSample), zero(32), order = Hex(kOrder), ones(32, 0xFF);
  const ByteSpan r = ByteSpan(good).first(32), s = ByteSpan(good).last(32);
  for (const Bytes& bad : {Concat({zero, s}), Concat({r, zero}), Concat({zero, zero}), Concat({order, s}),
                           Concat({r, order}), Concat({r, ones}), Concat({r, s, zero}), Bytes()}) {
    EXPECT_EQ(Rfc6979Key().Verify(AsBytes("sample"), bad).error().code(), ErrorCode::kUntrusted);
  }
}

TEST(Ecdsa, RefusesPointsOffTheCurve) {
  Bytes y = Hex(kY);
  y.back() ^= 1;
  EXPECT_EQ(VerifyingKey::FromEcPoint(kEs256, Hex(kX), y).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromEcPoint(kEs256, Bytes(32), Bytes(32)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromEcPoint(kEs256, Bytes(32, 0xFF), Hex(kY)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromEcPoint(kEs384, Hex(kX), Hex(kY)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromEcPoint(kEdDsa, Hex(kX), Hex(kY)).error().code(), ErrorCode::kUnsupported);
  const SecretBytes order = SecretBytes::CopyOf(Hex(kOrder));
  EXPECT_EQ(SigningKey::FromEcScalar(kEs256, order).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(SigningKey::FromEcScalar(kEs256, SecretBytes(32)).error().code(), ErrorCode::kMalformed);
}

TEST(Ecdsa, ConvertsDerStrictly) {
  const Bytes raw = Hex(kSample), der = *EcdsaSignatureToDer(kEs256, raw);
  EXPECT_EQ(*EcdsaSignatureFromDer(kEs256, der), raw);
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_EQ(EcdsaSignatureFromDer(kEs256, ByteSpan(der).first(i)).error().code(), ErrorCode::kMalformed);
  }
  EXPECT_EQ(EcdsaSignatureFromDer(kEs256, Concat({der, Bytes(1)})).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(EcdsaSignatureFromDer(kEs256, Hex("300702020001020101")).error().code(), ErrorCode::kMalformed);  // 00 01
  EXPECT_EQ(EcdsaSignatureFromDer(kEs256, Hex("30060201ff020101")).error().code(), ErrorCode::kMalformed);    // -1
  EXPECT_EQ(*EcdsaSignatureFromDer(kEs256, Hex("3006020101020102")),
            Hex(std::string(63, '0') + "1" + std::string(63, '0') + "2"));
}

// RFC 8032 §7.1, tests 1 and 3
TEST(Ed25519, GivesTheSignaturesOfTheRfc) {
  struct Case {
    const char *seed, *key, *message, *signature;
  };
  for (const Case& each : {Case{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
                                "701cf9b46bd25bf5f0595b"
                                "be24655141438e7a100b"},
                           Case{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
                                "60984dc6594a7c15e9716e"
                                "d28dc027beceea1ec40a"}}) {
    const SigningKey key = *SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Hex(each.seed)));
    EXPECT_EQ(ToHex(key.Public().Ed25519Bytes()), each.key);
    EXPECT_EQ(ToHex(key.Sign(Hex(each.message))), each.signature);
    EXPECT_TRUE(VerifyingKey::FromEd25519(Hex(each.key))->Verify(Hex(each.message), Hex(each.signature)));
  }
}

TEST(Keys, AreBoundToTheirAlgorithm) {
  const SigningKey key = SigningKey::Generate(kEs256);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(kEs384, key.Public().SpkiDer()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(kEdDsa, key.Public().SpkiDer()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(kRs256, key.Public().SpkiDer()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(key.Public().SpkiDer())->algorithm(), kEs256);
  const SigningKey rsa = *SigningKey::GenerateRsa(kPs256, 2048);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(rsa.Public().SpkiDer()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(SigningKey::FromPem(rsa.ToPem().ExposeSecret()).error().code(), ErrorCode::kUnsupported);
  const VerifyingKey pkcs1 = *VerifyingKey::FromSpkiDer(kRs256, rsa.Public().SpkiDer());
  EXPECT_FALSE(pkcs1 == rsa.Public());
  EXPECT_EQ(pkcs1.Verify(AsBytes("m"), rsa.Sign(AsBytes("m"))).error().code(), ErrorCode::kUntrusted);
}

// Their coordinates are longer than the order, which is what OpenSSL gives as the size of such a key.
TEST(Keys, RefuseOtherCurves) {
  constexpr const char* kOthers[] = {
      // c2pnb272w1, sect233k1, secp256k1
      "305d301306072a8648ce3d020106082a8648ce3d03001003460004d3bdb794c8cc0787eba9d71177b3bd4fd2d4b445ca6e80099658c442e35bc6dc40f1b441986115bf"
      "482a6a7e285093da1269f554f5b305f00c0bef8ed4dcbb1c92432108",
      "3052301006072a8648ce3d020106052b8104001a033e0004013634858ac2ad6fbdb6bad86eaac99c7357fac415fe609c1673ddf018f3008df83700f5458f691aec022b"
      "7fae9c570b9ef0f18e42610d43774edd95",
      "3056301006072a8648ce3d020106052b8104000a03420004d39bcef277cf5285c6ff13aa3145657fc05a4797a7184a87039a0e9e455b51619ff6d88b6fd296c2646025"
      "793324382a3e955f1c1ca79cae6c1aec8bf929864b"};
  for (const char* other : kOthers) {
    EXPECT_EQ(VerifyingKey::FromSpkiDer(Hex(other)).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(VerifyingKey::FromSpkiDer(kEs256, Hex(other)).error().code(), ErrorCode::kUnsupported);
  }
}

TEST(Keys, RefuseBrokenForms) {
  const Bytes der = SigningKey::Generate(kEs256).Public().SpkiDer();
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_FALSE(VerifyingKey::FromSpkiDer(kEs256, ByteSpan(der).first(i)));
  }
  EXPECT_EQ(VerifyingKey::FromSpkiDer(kEs256, Concat({der, Bytes(1)})).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromEd25519(Bytes(31)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(VerifyingKey::FromRsa(kPs256, Bytes(128, 0xFF), Bytes{1, 0, 1}).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(VerifyingKey::FromRsa(kPs256, Bytes(256, 0xFF), Bytes{1}).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(SigningKey::FromPem(AsBytes("no key")).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(SigningKey::GenerateRsa(kPs256, 1024).error().code(), ErrorCode::kUsage);
}

// Found by fuzzing: one bit of the scalar changed, and the key signed what its public half did not verify.
TEST(Keys, RefuseAPrivateKeyWithAnothersPublicHalf) {
  EXPECT_EQ(SigningKey::FromPem(AsBytes("-----BEGIN PRIVATE KEY-----\n"
                                        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxUTSav93d6rkjkzD\n"
                                        "4271lnK3CdICLNy6dj9fL/f+DLKhRANCAAREH+ZPGXDOHvOR4E0lI5RWjroV5KkG\n"
                                        "YhdBLsc0p2wID6W1nePW8fKt7NYaTEJr73lepgGC1aQO4EYoHhAzkQGk\n"
                                        "-----END PRIVATE KEY-----\n"))
                .error()
                .code(),
            ErrorCode::kMalformed);
}

TEST(Keys, EncryptedFormsOpenWithTheirPassphraseOnly) {
  const SigningKey key = SigningKey::Generate(kEdDsa);
  const SecretBytes pem = key.ToEncryptedPem(AsBytes("correct horse"));
  const Result<SigningKey> again = SigningKey::FromEncryptedPem(pem.ExposeSecret(), AsBytes("correct horse"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Public(), key.Public());
  EXPECT_EQ(SigningKey::FromEncryptedPem(pem.ExposeSecret(), AsBytes("wrong")).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(SigningKey::FromPem(pem.ExposeSecret()).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(SigningKey::FromEncryptedPem(key.ToPem().ExposeSecret(), AsBytes("x")).error().code(),
            ErrorCode::kMalformed);
}

}  // namespace
}  // namespace cloister::crypto
