#include "crypto/register_hash.h"

#include <gtest/gtest.h>

namespace cloister::crypto {
namespace {

// FIPS 180-4 and GB/T 32905, the digests of "abc".
TEST(RegisterHash, GivesTheDigestsOfTheStandards) {
  const auto abc = [](RegisterHash algorithm) { return ToHex(*HashParts(algorithm, {AsBytes("a"), AsBytes("bc")})); };
  EXPECT_EQ(abc(RegisterHash::kSha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(abc(RegisterHash::kSha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(abc(RegisterHash::kSha384),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(abc(RegisterHash::kSha512),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  if (HashParts(RegisterHash::kSm3, {})) {
    EXPECT_EQ(abc(RegisterHash::kSm3), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  }
}

TEST(RegisterHash, SaysTheSizeOfEach) {
  for (const RegisterHash algorithm :
       {RegisterHash::kSha1, RegisterHash::kSha256, RegisterHash::kSha384, RegisterHash::kSha512}) {
    EXPECT_EQ(HashParts(algorithm, {})->size(), DigestSize(algorithm));
  }
  EXPECT_EQ(DigestSize(RegisterHash::kSm3), 32u);
}

}  // namespace
}  // namespace cloister::crypto
