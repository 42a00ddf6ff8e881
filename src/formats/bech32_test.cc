#include "formats/bech32.h"

#include <gtest/gtest.h>

namespace cloister::formats {
namespace {

TEST(Bech32, RefusesTheInvalidStringsOfBip173) {
  // All of its list but the one that is only too long there: age keys have no such limit.
  for (const char* bad :
       {"\x20"
        "1nwldj5",
        "\x7f"
        "1axkwrx",
        "\x80"
        "1eym55h",
        "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff", "A1G7SGD8", "10a06t8", "1qzzfhee"}) {
    EXPECT_EQ(DecodeBech32(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
}

TEST(Bech32, TakesTheValidStringsOfBip173) {
  for (const char* good : {"A12UEL5L", "a12uel5l",
                           "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
                           "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
                           "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
                           "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "?1ezyfcl"}) {
    const auto decoded = DecodeBech32(good);
    ASSERT_TRUE(decoded) << good << ": " << decoded.error().message();
    EXPECT_EQ(EncodeBech32(decoded->prefix, decoded->data.ExposeSecret()), good);
  }
  EXPECT_EQ(ToHex(DecodeBech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")->data.ExposeSecret()),
            "00443214c74254b635cf84653a56d7c675be77df");
}

TEST(Bech32, RefusesAnyOneCharacterChanged) {
  const std::string key = EncodeBech32("age", Bytes(32, 0x5A));
  EXPECT_EQ(key.size(), 62u);
  for (std::size_t i = 0; i < key.size(); ++i) {
    for (const char c : {'q', 'p', '7', 'B', '1', ' '}) {
      std::string other = key;
      if (other[i] == c) continue;
      other[i] = c;
      EXPECT_FALSE(DecodeBech32(other)) << other;
    }
    EXPECT_FALSE(DecodeBech32(key.substr(0, i)));
  }
  EXPECT_FALSE(DecodeBech32("Age1" + key.substr(4)));
  EXPECT_EQ(DecodeBech32(std::string(5000, 'q')).error().code(), ErrorCode::kLimit);
}

TEST(Bech32, RoundTripsEveryLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes data(size, static_cast<std::uint8_t>(size * 31 + 7));
    for (const char* prefix : {"age", "AGE-SECRET-KEY-"}) {
      const auto decoded = DecodeBech32(EncodeBech32(prefix, data));
      ASSERT_TRUE(decoded);
      EXPECT_EQ(decoded->prefix, prefix);
      EXPECT_TRUE(Equal(decoded->data.ExposeSecret(), data));
    }
  }
}

}  // namespace
}  // namespace cloister::formats
