#include <gtest/gtest.h>

#include "base/bounded_vector.h"
#include "base/byte_reader.h"
#include "base/file.h"
#include "base/secret_bytes.h"
#include "base/time.h"

namespace cloister {
namespace {

Result<std::uint32_t> ParseNumber(ByteSpan raw) {
  ByteReader reader(raw);
  const auto value = TRY(reader.Le<std::uint32_t>());
  TRY(reader.Finish());
  return value;
}

TEST(ByteReader, RefusesShortAndTrailingBytes) {
  EXPECT_EQ(ParseNumber(*FromHex("010203")).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(ParseNumber(*FromHex("0102030405")).error().message(), "1 trailing bytes");
  EXPECT_EQ(*ParseNumber(*FromHex("01020304")), 0x04030201u);
}

TEST(ByteReader, ReadsBothByteOrders) {
  const Bytes raw = *FromHex("0102");
  EXPECT_EQ(*ByteReader(raw).Be<std::uint16_t>(), 0x0102);
  EXPECT_EQ(*ByteReader(raw).Le<std::uint16_t>(), 0x0201);
}

TEST(BoundedVector, HoldsUpToItsMaximum) {
  BoundedVector<int, 3> numbers = {7, 8};
  numbers.push_back(9);
  EXPECT_EQ(numbers, (BoundedVector<int, 3>{7, 8, 9}));
  EXPECT_NE(numbers, (BoundedVector<int, 3>{7, 8}));
  EXPECT_EQ(std::span<const int>(numbers).back(), 9);
  EXPECT_DEATH(numbers.push_back(10), "size_");
  EXPECT_DEATH(static_cast<void>(numbers[3]), "size_");
  EXPECT_DEATH(numbers.Truncate(4), "size_");
  numbers.Truncate(1);
  EXPECT_EQ(numbers, (BoundedVector<int, 3>{7}));
}

TEST(Base64, TakesOnlyTheCanonicalForm) {
  EXPECT_FALSE(FromBase64("QQ"));
  EXPECT_FALSE(FromBase64("QR=="));
  EXPECT_FALSE(FromBase64("QQ=\n"));
  EXPECT_FALSE(FromBase64("A"));
  EXPECT_FALSE(FromBase64Url("QQ=="));
  EXPECT_FALSE(FromBase64Url("+A"));
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes bytes(size, static_cast<std::uint8_t>(size * 37 + 250));
    EXPECT_EQ(*FromBase64(ToBase64(bytes)), bytes);
    EXPECT_EQ(*FromBase64Url(ToBase64Url(bytes)), bytes);
    EXPECT_EQ(*FromBase64NoPad(ToBase64NoPad(bytes)), bytes);
  }
}

TEST(Hex, RefusesOddLengthAndOtherCharacters) {
  EXPECT_FALSE(FromHex("abc"));
  EXPECT_FALSE(FromHex("zz"));
  EXPECT_EQ(ToHex(*FromHex("00fFa0")), "00ffa0");
}

TEST(Time, ReadsAndWritesRfc3339) {
  EXPECT_EQ(ToRfc3339(FromUnixSeconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(ToRfc3339(*FromRfc3339("2026-11-20T13:00:00.123+02:00")), "2026-11-20T11:00:00Z");
  EXPECT_EQ(ToRfc3339(*FromRfc3339("9999-12-31T23:59:59Z")), "9999-12-31T23:59:59Z");
  for (const char* bad : {"", "2026-11-20", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
                          "2026-11-20T13:00:00", "2026-11-20T13:00:00Zx", "2026-11-20T13:00:00.Z"}) {
    EXPECT_FALSE(FromRfc3339(bad)) << bad;
  }
}

TEST(SecretBytes, MovesAndEmptiesItsSource) {
  SecretBytes secret = SecretBytes::CopyOf(*FromHex("c0ffee"));
  SecretBytes moved = std::move(secret);
  EXPECT_EQ(ToHex(moved.ExposeSecret()), "c0ffee");
  EXPECT_TRUE(secret.empty());  // NOLINT: moved-from is empty by contract
}

TEST(File, RefusesWhatIsTooLargeAndKeepsTheOldFileOnFailure) {
  const auto path = std::filesystem::temp_directory_path() / ("cloister_file_test." + std::to_string(getpid()));
  ASSERT_TRUE(WriteFile(path, AsBytes("hello"), FileMode::kPrivate));
  EXPECT_EQ(ReadFile(path, 4).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(*ReadTextFile(path, 5), "hello");
  EXPECT_EQ(ToHex(ReadSecretFile(path, 100)->ExposeSecret()), ToHex(AsBytes("hello")));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(ReadFile(path / "below", 5).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(ReadFile(path.string() + ".absent", 5).error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(WriteFile(path / "below", AsBytes("x"), FileMode::kPublic));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace cloister
