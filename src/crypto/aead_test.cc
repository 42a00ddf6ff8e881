#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace cloister::crypto {
namespace {

Bytes Hex(std::string_view text) { return *FromHex(text); }
AeadKey Key(AeadAlgorithm algorithm, std::string_view hex) {
  return *AeadKey::Create(algorithm, SecretBytes::CopyOf(Hex(hex)));
}

class Aead : public testing::TestWithParam<AeadAlgorithm> {
 protected:
  const Bytes nonce_ = Hex("000102030405060708090a0b");
  AeadKey key_ = Key(GetParam(), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
};
INSTANTIATE_TEST_SUITE_P(Both, Aead, testing::Values(AeadAlgorithm::kAes256Gcm, AeadAlgorithm::kChaCha20Poly1305));

TEST_P(Aead, RefusesEveryFlippedByteAndEveryCut) {
  const Bytes associated = ToBytes("about");
  const Bytes sealed = *key_.Seal(nonce_, associated, AsBytes("secret text"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(key_.Open(nonce_, associated, changed).error().code(), ErrorCode::kUntrusted);
    const Result<SecretBytes> cut = key_.Open(nonce_, associated, ByteSpan(sealed).first(i));
    EXPECT_EQ(cut.error().code(), i < kAeadTagSize ? ErrorCode::kMalformed : ErrorCode::kUntrusted);
  }
  EXPECT_EQ(key_.Open(nonce_, AsBytes("abouT"), sealed).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(key_.Open(nonce_, {}, sealed).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(key_.Open(Bytes(12), associated, sealed).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(key_.Open(Bytes(11), associated, sealed).error().code(), ErrorCode::kUsage);
  EXPECT_TRUE(key_.Open(nonce_, associated, sealed));
}

TEST_P(Aead, ReusedContextGivesWhatAFreshOneGives) {
  for (const std::size_t size : {0u, 1u, 16u, 65536u, 100001u}) {
    DeterministicRandom random(size);
    const Bytes plaintext = RandomBytes(random, size), nonce = RandomBytes(random, 12);
    const Bytes associated = RandomBytes(random, size % 7);
    const Bytes sealed = *key_.Seal(nonce, associated, plaintext);
    Bytes out(size + kAeadTagSize);
    ASSERT_TRUE(key_.SealInto(nonce, associated, plaintext, out));
    EXPECT_EQ(out, sealed);
    Bytes opened(size);
    ASSERT_TRUE(key_.OpenInto(nonce, associated, sealed, opened));
    EXPECT_EQ(opened, plaintext);
    // In place.
    ASSERT_TRUE(key_.OpenInto(nonce, associated, out, MutableByteSpan(out).first(size)));
    EXPECT_TRUE(Equal(ByteSpan(out).first(size), plaintext));
  }
}

TEST_P(Aead, LeavesNothingOfWhatItRefused) {
  Bytes sealed = *key_.Seal(nonce_, {}, Bytes(100, 0x55));
  sealed.back() ^= 1;
  Bytes out(100, 0xAA);
  EXPECT_EQ(key_.OpenInto(nonce_, {}, sealed, out).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(out, Bytes(100));
  EXPECT_EQ(key_.OpenInto(nonce_, {}, sealed, MutableByteSpan(out).first(99)).error().code(), ErrorCode::kUsage);
  sealed.back() ^= 1;
  EXPECT_TRUE(key_.OpenInto(nonce_, {}, sealed, out)) << "a refusal must not spoil the context";
}

TEST(AeadKey, RefusesKeysOfAnotherLength) {
  EXPECT_EQ(AeadKey::Create(AeadAlgorithm::kAes256Gcm, SecretBytes(16)).error().code(), ErrorCode::kUsage);
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16
TEST(AeadKey, GivesTheGcmTestCase) {
  const AeadKey key =
      Key(AeadAlgorithm::kAes256Gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  EXPECT_EQ(
      ToHex(*key.Seal(Hex("cafebabefacedbaddecaf888"), Hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                      Hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
                          "49a6b525b16aedf5aa0de657ba637b39"))),
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a"
      "0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

// RFC 8439 §2.8.2
TEST(AeadKey, GivesTheChaChaTestCase) {
  const AeadKey key =
      Key(AeadAlgorithm::kChaCha20Poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const Bytes sealed = *key.Seal(Hex("070000004041424344454647"), Hex("50515253c0c1c2c3c4c5c6c7"),
                                 AsBytes("Ladies and Gentlemen of the class of '99: If I could offer you only one tip "
                                         "for the future, sunscreen would be it."));
  EXPECT_EQ(ToHex(ByteSpan(sealed).first(16)), "d31a8d34648e60db7b86afbc53ef7ec2");
  EXPECT_EQ(ToHex(ByteSpan(sealed).last(16)), "1ae10b594f09e26a7e902ecbd0600691");
}

class KeyWrap : public testing::Test {
 protected:
  const SecretBytes wrapping_ =
      SecretBytes::CopyOf(Hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
};

// RFC 3394 §4.6 and §4.3 (the same wrapping key with 128 bits of data: 4.3)
TEST_F(KeyWrap, GivesTheRfcsValues) {
  const SecretBytes key = SecretBytes::CopyOf(Hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(ToHex(*WrapKeyAes256(wrapping_, key)),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
  const SecretBytes small = SecretBytes::CopyOf(Hex("00112233445566778899aabbccddeeff"));
  EXPECT_EQ(ToHex(*WrapKeyAes256(wrapping_, small)), "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7");
}

TEST_F(KeyWrap, RefusesFlipsAndOtherLengths) {
  const SecretBytes key = RandomSecret(SystemRandom(), 32);
  const Bytes wrapped = *WrapKeyAes256(wrapping_, key);
  const Result<SecretBytes> unwrapped = UnwrapKeyAes256(wrapping_, wrapped);
  ASSERT_TRUE(unwrapped);
  EXPECT_TRUE(Equal(unwrapped->ExposeSecret(), key.ExposeSecret()));
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    Bytes changed = wrapped;
    changed[i] ^= 0x80;
    EXPECT_EQ(UnwrapKeyAes256(wrapping_, changed).error().code(), ErrorCode::kUntrusted);
    const ErrorCode code = UnwrapKeyAes256(wrapping_, ByteSpan(wrapped).first(i)).error().code();
    EXPECT_EQ(code, i % 8 == 0 && i >= 24 ? ErrorCode::kUntrusted : ErrorCode::kMalformed);
  }
  EXPECT_EQ(UnwrapKeyAes256(RandomSecret(SystemRandom(), 32), wrapped).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(UnwrapKeyAes256(SecretBytes(16), wrapped).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(WrapKeyAes256(wrapping_, SecretBytes(31)).error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace cloister::crypto
