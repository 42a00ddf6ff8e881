#include "crypto/hash.h"

#include <gtest/gtest.h>

#include "crypto/mac.h"
#include "crypto/random.h"

namespace cloister::crypto {
namespace {

Bytes Hex(std::string_view text) { return *FromHex(text); }

TEST(Hash, GivesTheDigestsOfFips180) {
  const ByteSpan abc = AsBytes("abc");
  EXPECT_EQ(ToHex(Sha256(abc)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha384(abc)),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(
      ToHex(Sha512(abc)),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce8"
      "0e2a9ac94fa54ca49f");
  EXPECT_EQ(ToHex(Sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, IsTheSameInPieces) {
  Sha256Hasher hasher;
  for (int round = 0; round < 2; ++round) {
    hasher.Update(AsBytes("a"));
    hasher.Update({});
    hasher.Update(AsBytes("bc"));
    EXPECT_EQ(hasher.Finish(), Sha256(AsBytes("abc")));
  }
  EXPECT_EQ(Sha256Parts({AsBytes("a"), {}, AsBytes("bc")}), Sha256(AsBytes("abc")));
  EXPECT_EQ(Hash(HashAlgorithm::kSha512, AsBytes("abc")), ToBytes(ByteSpan(Sha512(AsBytes("abc")))));
}

TEST(Hash, IsTheSameInPiecesOfEverySizeAndWhenMoved) {
  const Bytes data(300, 0x5A);
  for (const auto algorithm : {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    for (std::size_t size = 0; size <= data.size(); ++size) {
      Hasher hasher(algorithm);
      hasher.Update(ByteSpan(data).first(size));
      Hasher moved = std::move(hasher);
      moved.Update(ByteSpan(data).subspan(size));
      const Bytes digest = moved.Finish();
      EXPECT_EQ(digest, Hash(algorithm, data)) << size;
      EXPECT_EQ(digest.size(), DigestSize(algorithm));
    }
  }
}

// RFC 4231 §4.3
TEST(Mac, GivesTheHmacOfTheRfc) {
  EXPECT_EQ(ToHex(HmacSha256(AsBytes("Jefe"), AsBytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(HmacSha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 5869 A.1 and A.3
TEST(Mac, GivesTheHkdfOfTheRfc) {
  const Bytes ikm(22, 0x0B);
  EXPECT_EQ(ToHex(HkdfSha256(ikm, Hex("000102030405060708090a0b0c"), Hex("f0f1f2f3f4f5f6f7f8f9"), 42).ExposeSecret()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(ToHex(HkdfSha256(ikm, {}, {}, 42).ExposeSecret()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// RFC 7518 appendix C
TEST(Mac, GivesTheConcatKdfOfTheRfc) {
  const Bytes z = {158, 86, 217, 29,  129, 113, 53,  211, 114, 131, 66,  131, 191, 132, 38,  156,
                   251, 49, 110, 163, 218, 128, 106, 72,  246, 218, 167, 121, 140, 254, 144, 196};
  const ConcatKdfInfo info{"A128GCM", AsBytes("Alice"), AsBytes("Bob")};
  EXPECT_EQ(ToBase64Url(ConcatKdfSha256(z, info, 16).ExposeSecret()), "VqqN6vgjbSBcIijNcacQGg");
}

// RFC 7914 §12
TEST(Mac, GivesTheScryptOfTheRfc) {
  const Result<SecretBytes> key = Scrypt(AsBytes("password"), AsBytes("NaCl"), {10, 8, 16}, 64);
  ASSERT_TRUE(key);
  EXPECT_EQ(
      ToHex(key->ExposeSecret()),
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee"
      "6d8360cbdfa2cc0640");
}

TEST(Mac, RefusesScryptThatNeedsTooMuch) {
  EXPECT_EQ(Scrypt({}, {}, {24, 8, 1}, 32).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(Scrypt({}, {}, {0, 8, 1}, 32).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(Scrypt({}, {}, {10, 8, 0}, 32).error().code(), ErrorCode::kLimit);
}

TEST(Mac, ComparesWholeSecrets) {
  EXPECT_TRUE(ConstantTimeEqual({}, {}));
  EXPECT_TRUE(ConstantTimeEqual(AsBytes("ab"), AsBytes("ab")));
  EXPECT_FALSE(ConstantTimeEqual(AsBytes("ab"), AsBytes("ac")));
  EXPECT_FALSE(ConstantTimeEqual(AsBytes("ab"), AsBytes("abc")));
}

TEST(Random, StreamGivesTheSameInPiecesAndNeverTwice) {
  DeterministicRandom whole(1), pieces(1), other(2);
  const Bytes expected = RandomBytes(whole, 200000);
  Bytes got;
  for (std::size_t size = 1; got.size() < expected.size(); size = size * 3 + 1) {
    const Bytes piece = RandomBytes(pieces, std::min(size, expected.size() - got.size()));
    got.insert(got.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(got, expected);
  EXPECT_NE(RandomBytes(other, 32), Bytes(expected.begin(), expected.begin() + 32));
  EXPECT_FALSE(std::equal(expected.begin(), expected.begin() + 1000, expected.begin() + 65536 - 32));
}

TEST(Random, SystemAndStreamsDiffer) {
  EXPECT_NE(RandomBytes(SystemRandom(), 32), RandomBytes(SystemRandom(), 32));
  RandomStream a(SystemRandom()), b(SystemRandom());
  EXPECT_NE(RandomBytes(a, 32), RandomBytes(b, 32));
}

TEST(Random, UuidHasVersionAndVariant) {
  DeterministicRandom random(7);
  const std::string id = NewUuidV4(random);
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_EQ(id[8], '-');
  EXPECT_NE(id, NewUuidV4(random));
}

}  // namespace
}  // namespace cloister::crypto
