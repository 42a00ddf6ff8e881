#include "crypto/ecdh.h"

#include <gtest/gtest.h>

namespace cloister::crypto {
namespace {

Bytes Hex(std::string_view text) { return *FromHex(text); }
Bytes Url(std::string_view text) { return *FromBase64Url(text); }

// RFC 7748 §6.1
TEST(X25519, GivesTheSecretOfTheRfc) {
  const X25519PrivateKey alice = *X25519PrivateKey::FromBytes(
      SecretBytes::CopyOf(Hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")));
  EXPECT_EQ(ToHex(alice.Public().bytes()), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const X25519PublicKey bob =
      *X25519PublicKey::FromBytes(Hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  EXPECT_EQ(ToHex(alice.SharedSecret(bob)->ExposeSecret()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(X25519, RefusesPointsOfLowOrder) {
  const X25519PrivateKey key = X25519PrivateKey::Generate(SystemRandom());
  for (const char* low : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_EQ(key.SharedSecret(*X25519PublicKey::FromBytes(Hex(low))).error().code(), ErrorCode::kUntrusted);
  }
  EXPECT_EQ(X25519PublicKey::FromBytes(Bytes(31)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(X25519PrivateKey::FromBytes(SecretBytes(33)).error().code(), ErrorCode::kMalformed);
}

// RFC 7518 appendix C
TEST(Ecdh, GivesTheSecretOfTheRfc) {
  const EcdhPrivateKey alice = *EcdhPrivateKey::FromScalar(
      EcCurve::kP256, SecretBytes::CopyOf(Url("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo")));
  EXPECT_EQ(ToBase64Url(alice.Public().x()), "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0");
  EXPECT_EQ(ToBase64Url(alice.Public().y()), "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps");
  const EcdhPublicKey bob =
      *EcdhPublicKey::FromCoordinates(EcCurve::kP256, Url("weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"),
                                      Url("e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"));
  EXPECT_EQ(ToHex(alice.SharedSecret(bob)->ExposeSecret()),
            "9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4");
}

TEST(Ecdh, BothSidesAgreeOnEachCurve) {
  for (const EcCurve curve : {EcCurve::kP256, EcCurve::kP384, EcCurve::kP521}) {
    const EcdhPrivateKey a = EcdhPrivateKey::Generate(curve), b = EcdhPrivateKey::Generate(curve);
    const SecretBytes secret = std::move(*a.SharedSecret(b.Public()));
    EXPECT_EQ(secret.size(), EcCoordinateSize(curve));
    EXPECT_TRUE(Equal(secret.ExposeSecret(), b.SharedSecret(a.Public())->ExposeSecret()));
    const EcdhPrivateKey again = *EcdhPrivateKey::FromPem(a.ToPem().ExposeSecret());
    EXPECT_EQ(again.Public(), a.Public());
    Bytes y = a.Public().y();
    y.back() ^= 1;
    EXPECT_EQ(EcdhPublicKey::FromCoordinates(curve, a.Public().x(), y).error().code(), ErrorCode::kMalformed);
  }
  EXPECT_EQ(EcdhPrivateKey::Generate(EcCurve::kP256)
                .SharedSecret(EcdhPrivateKey::Generate(EcCurve::kP384).Public())
                .error()
                .code(),
            ErrorCode::kUsage);
}

class Rsa : public testing::Test {
 protected:
  static const RsaPrivateKey& Key() {
    static const RsaPrivateKey key = *RsaPrivateKey::Generate(2048);
    return key;
  }
  const SecretBytes content_ = RandomSecret(SystemRandom(), 32);
};

TEST_F(Rsa, EncryptsAndDecryptsKeys) {
  for (const RsaEncryption padding : {RsaEncryption::kOaepSha256, RsaEncryption::kPkcs1V15}) {
    const RsaPublicKey key = *RsaPublicKey::FromComponents(Key().Public().modulus(), Key().Public().exponent());
    const Bytes ciphertext = *key.Encrypt(padding, content_);
    const RsaPrivateKey again = *RsaPrivateKey::FromPem(Key().ToPem().ExposeSecret());
    EXPECT_TRUE(Equal(again.DecryptKey(padding, ciphertext, 32)->ExposeSecret(), content_.ExposeSecret()));
    EXPECT_EQ(key.Encrypt(padding, SecretBytes(250)).error().code(), ErrorCode::kUsage);
  }
}

TEST_F(Rsa, OaepRefusesChangesAndPkcs1GivesNoSign) {
  Bytes oaep = *Key().Public().Encrypt(RsaEncryption::kOaepSha256, content_);
  EXPECT_EQ(Key().DecryptKey(RsaEncryption::kOaepSha256, oaep, 31).error().code(), ErrorCode::kUntrusted);
  oaep[100] ^= 1;
  EXPECT_EQ(Key().DecryptKey(RsaEncryption::kOaepSha256, oaep, 32).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Key().DecryptKey(RsaEncryption::kOaepSha256, Bytes(255), 32).error().code(), ErrorCode::kMalformed);
  Bytes pkcs1 = *Key().Public().Encrypt(RsaEncryption::kPkcs1V15, content_);
  pkcs1[100] ^= 1;
  const Result<SecretBytes> random = Key().DecryptKey(RsaEncryption::kPkcs1V15, pkcs1, 32);
  ASSERT_TRUE(random);
  EXPECT_EQ(random->size(), 32u);
  EXPECT_FALSE(Equal(random->ExposeSecret(), content_.ExposeSecret()));
}

}  // namespace
}  // namespace cloister::crypto
