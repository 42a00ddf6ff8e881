#include "formats/pem.h"

#include <gtest/gtest.h>

namespace cloister::formats {
namespace {

TEST(Pem, RefusesWhatIsNotStrict) {
  const std::string begin = "-----BEGIN X-----\n";
  const std::string end = "-----END X-----\n";
  for (const std::string& bad : std::vector<std::string>{
           std::string(), std::string("\n"), begin, begin + "AAAA\n", begin + "AAAA\n-----END Y-----\n",
           "text\n" + begin + "AAAA\n" + end, begin + "AAAA\n" + end + "text\n", begin + "AAA\n" + end,
           begin + "AAA\n=\n" + end, begin + "AAAB==\n" + end, begin + "AAAA\n\n" + end,
           begin + "Proc-Type: 4\n\nAAAA\n" + end, begin + "AA\nAAAA\n" + end, begin + "AAAA\nAA\nAA\n" + end,
           "-----BEGIN X----\nAAAA\n" + end, "-----BEGIN x-----\nAAAA\n-----END x-----\n",
           "-----BEGIN -----\nAAAA\n-----END -----\n", begin + std::string(80, 'A') + "\n" + end,
           begin + " AAAA\n" + end}) {
    EXPECT_EQ(ParsePem(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(ParsePem(begin + "AAAA\n" + end, {.max_bytes = 10}).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(ParsePem(begin + end + begin + end, {.max_blocks = 1}).error().code(), ErrorCode::kLimit);
}

TEST(Pem, ReadsWhatItWrites) {
  for (const std::size_t size : {0, 1, 47, 48, 49, 96, 1000}) {
    const Bytes content(size, 0xA5);
    const auto blocks = ParsePem(EncodePem("PUBLIC KEY", content) + "\n" + EncodePem("CERTIFICATE", content));
    ASSERT_TRUE(blocks) << blocks.error().message();
    ASSERT_EQ(blocks->size(), 2u);
    EXPECT_EQ((*blocks)[0].label, "PUBLIC KEY");
    EXPECT_EQ((*blocks)[1].content, content);
  }
}

TEST(Pem, ReadsCrLfAndDemandsTheLabel) {
  const std::string text = "-----BEGIN CERTIFICATE-----\r\nAQID\r\n-----END CERTIFICATE-----";
  EXPECT_EQ(ToHex(ParsePemOf("CERTIFICATE", text)->front()), "010203");
  EXPECT_EQ(ParsePemOf("PUBLIC KEY", text).error().message(), "PEM: expected PUBLIC KEY, got CERTIFICATE");
}

}  // namespace
}  // namespace cloister::formats
