#include "formats/cbor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

namespace cloister::formats {
namespace {

constexpr auto kStrict = CborForm::kDeterministic;
constexpr auto kAny = CborForm::kAnyWellFormed;

Result<Cbor> Decoded(std::string_view hex, CborForm form, const CborLimits& limits = {}) {
  // The value borrows its encoding, so tests that look at it keep the bytes themselves.
  return Cbor::Decode(*FromHex(hex), form, limits);
}

TEST(Cbor, RefusesWhatIsNotWellFormed) {  // RFC 8949 Appendix F, and what it leaves to the decoder
  for (const char* bad : {"",
                          "18",
                          "19",
                          "1a",
                          "1b",
                          "1901",
                          "1a0102",
                          "1b01020304050607",
                          "38",
                          "58",
                          "78",
                          "98",
                          "9a01ff00",
                          "b8",
                          "d8",
                          "f8",
                          "f900",
                          "fa0000",
                          "fb000000",
                          "41",
                          "61",
                          "5affffffff00",
                          "5bffffffffffffffff010203",
                          "7affffffff00",
                          "7b7fffffffffffffff010203",
                          "81",
                          "818181818181",
                          "8200",
                          "a1",
                          "a20102",
                          "a100",
                          "a2000000",
                          "c0",
                          "5f4100",
                          "7f6100",
                          "9f",
                          "9f0102",
                          "bf",
                          "bf01020102",
                          "819f",
                          "9f8000",
                          "9f9f9f9f9fffffffff",
                          "fc",
                          "fd",
                          "fe",
                          "1c",
                          "1d",
                          "1e",
                          "3c",
                          "5c",
                          "7c",
                          "9c",
                          "bc",
                          "dc",
                          "f800",
                          "f801",
                          "f818",
                          "f81f",
                          "5f00ff",
                          "5f21ff",
                          "5f6100ff",
                          "5f80ff",
                          "7f4100ff",
                          "5f5f4100ffff",
                          "7f7f6100ffff",
                          "ff",
                          "81ff",
                          "8200ff",
                          "a1ff",
                          "a1ff00",
                          "a100ff",
                          "bf00ff",
                          "bf000000ff",
                          "1f",
                          "3f",
                          "df",
                          "61ff",
                          "62c080",
                          "63eda080",
                          "0000",
                          "9b7fffffffffffffff",
                          "bb7fffffffffffffff"}) {
    EXPECT_EQ(Decoded(bad, kAny).error().code(), ErrorCode::kMalformed) << bad;
    EXPECT_EQ(Decoded(bad, kStrict).error().code(), ErrorCode::kMalformed) << bad;
  }
}

TEST(Cbor, RefusesAKeyThatComesTwice) {
  EXPECT_FALSE(Decoded("a201020103", kAny));
  EXPECT_FALSE(Decoded("a20102180103", kAny));  // 1 in two lengths
  EXPECT_FALSE(Decoded("bf616101616102ff", kAny));
  EXPECT_FALSE(Decoded("a201020103", kStrict));
}

TEST(Cbor, RefusesOtherThanDeterministicFormWhereAsked) {
  for (const char* other :
       {"1817", "190017", "1a00000017", "1b00000000ffffffff", "3800", "5800", "a202010102", "a2616101 00 00",
        "fa3fc00000", "fb3ff0000000000000", "f97e01", "fa7fc00000", "fb7ff8000000000000", "9fff", "5fff"}) {
    std::string hex(other);
    std::erase(hex, ' ');
    EXPECT_EQ(Decoded(hex, kStrict).error().code(), ErrorCode::kMalformed) << hex;
  }
  EXPECT_TRUE(Decoded("a202010102", kAny));
  EXPECT_EQ(*Decoded("1817", kAny)->AsUint(), 23u);
}

TEST(Cbor, RefusesMoreThanItsLimits) {
  EXPECT_EQ(Decoded("83010203", kStrict, {.max_bytes = 3}).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(Decoded("83010203", kStrict, {.max_items = 3}).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(Decoded("83010203", kStrict, {.max_items = 4}));
  EXPECT_EQ(Decoded("818101", kStrict, {.max_depth = 2}).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(Decoded("818101", kStrict, {.max_depth = 3}));
  EXPECT_EQ(Decoded("5f41004100ff", kAny, {.max_items = 2}).error().code(), ErrorCode::kLimit);
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "81";
  EXPECT_EQ(Decoded(deep + "00", kAny).error().code(), ErrorCode::kLimit);
}

TEST(Cbor, AgreesWithAppendixAOfRfc8949) {
  std::ifstream file(std::string(CLOISTER_TESTDATA_DIR) + "/cbor/rfc8949_appendix_a.tsv");
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    const std::string hex = line.substr(0, line.find('\t'));
    const bool roundtrip = line.find("\troundtrip\t") != std::string::npos;
    const auto any = Decoded(hex, kAny);
    ASSERT_TRUE(any) << hex << any.error().message();
    EXPECT_EQ(ToHex(any->Encode()) == hex, roundtrip) << hex;
    EXPECT_EQ(Decoded(hex, kStrict).has_value(), roundtrip) << hex;
    EXPECT_EQ(*Cbor::Decode(any->Encode(), kStrict), *any) << hex;
  }
  EXPECT_EQ(cases, 81);
}

TEST(Cbor, ReadsTheValuesOfAppendixA) {
  EXPECT_EQ(*Decoded("1bffffffffffffffff", kStrict)->AsUint(), UINT64_MAX);
  EXPECT_FALSE(Decoded("1bffffffffffffffff", kStrict)->AsInt());
  EXPECT_EQ(*Decoded("3b7fffffffffffffff", kStrict)->AsInt(), INT64_MIN);
  EXPECT_FALSE(Decoded("3bffffffffffffffff", kStrict)->AsInt());
  const std::pair<const char*, double> floats[] = {{"f90000", 0.0},
                                                   {"f93c00", 1.0},
                                                   {"fb3ff199999999999a", 1.1},
                                                   {"f97bff", 65504.0},
                                                   {"fa47c35000", 100000.0},
                                                   {"fa7f7fffff", 3.4028234663852886e+38},
                                                   {"fb7e37e43c8800759c", 1.0e+300},
                                                   {"f90001", 5.960464477539063e-8},
                                                   {"f90400", 0.00006103515625},
                                                   {"f9c400", -4.0},
                                                   {"fbc010666666666666", -4.1},
                                                   {"f97c00", INFINITY},
                                                   {"f9fc00", -INFINITY}};
  for (const auto& [hex, value] : floats) {
    EXPECT_EQ(*Decoded(hex, kStrict)->AsFloat(), value) << hex;
    EXPECT_EQ(ToHex(Cbor(value).Encode()), hex);
  }
  EXPECT_TRUE(std::signbit(*Decoded("f98000", kStrict)->AsFloat()));
  EXPECT_TRUE(std::isnan(*Decoded("f97e00", kStrict)->AsFloat()));
  EXPECT_EQ(*Decoded("7f657374726561646d696e67ff", kAny)->AsText(), "streaming");
  EXPECT_EQ(ToHex(*Decoded("5f42010243030405ff", kAny)->AsBytes()), "0102030405");
  EXPECT_EQ(*(*Decoded("c11a514b67b0", kStrict)->AsTagged(1))->AsUint(), 1363896240u);
  EXPECT_EQ(*(*Decoded("bf6346756ef563416d7421ff", kAny)->Get("Amt"))->AsInt(), -2);
}

TEST(Cbor, HalvesKeepEveryValue) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const Bytes raw = {0xF9, static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
    const auto value = Cbor::Decode(raw, kAny);
    ASSERT_TRUE(value);
    const bool nan = std::isnan(*value->AsFloat());
    EXPECT_EQ(value->Encode(), nan ? *FromHex("f97e00") : raw);
  }
  // Just beside a half: must stay a single.
  for (const float value :
       {65536.0f, 65505.0f, 1.0f + 0x1p-11f, 0x1p-25f, 0x1.8p-24f, std::numeric_limits<float>::denorm_min()}) {
    EXPECT_EQ(Cbor(static_cast<double>(value)).Encode().size(), 5u) << value;
    EXPECT_EQ(*Cbor::Decode(Cbor(static_cast<double>(value)).Encode(), kStrict)->AsFloat(), static_cast<double>(value));
  }
}

TEST(Cbor, BuildsAndSortsMaps) {
  const std::array<std::uint8_t, 2> id = {0xAB, 0xCD};
  const Cbor header =
      Cbor::Map{{"b", 1}, {-1, id}, {100, nullptr}, {"aa", true}, {10, Cbor::Array{1, "x"}}, {false, 2}};
  // RFC 8949 §4.2.1: 10, 100, -1, "b", "aa", false by the bytes of their encodings.
  EXPECT_EQ(ToHex(header.Encode()),
            "a60a82016178"
            "1864f6"
            "2042abcd"
            "616201"
            "626161f5"
            "f402");
  EXPECT_EQ(*Cbor::Decode(header.Encode(), kStrict), header);
  EXPECT_EQ(ToHex(*header.GetBytes(-1)), "abcd");
  EXPECT_EQ(header.GetText(10).error().message(), "key 10: expected a text string, got an array");
  EXPECT_EQ(header.GetText(11).error().message(), "expected key 11, got none");
  EXPECT_EQ(header.RefuseUnknownKeys({-1, 10, 100, "aa", "b"}).error().message(), "unknown key that is a boolean");
  EXPECT_DEATH(static_cast<void>(Cbor(Cbor::Map{{1, 1}, {1, 2}}).Encode()), "CHECK");
  Cbor built;
  built.Set(1, 2);
  built.Set(1, 3);
  EXPECT_EQ(ToHex(built.Encode()), "a10103");
}

TEST(Cbor, KeepsTheEncodedSliceOfEachElement) {
  const Bytes raw = *FromHex("d28443a10126a1190104d8204101404102");  // tag 18, COSE_Sign1 shape
  const auto value = Cbor::Decode(raw, kStrict);
  ASSERT_TRUE(value) << value.error().message();
  const Cbor::Array& parts = **(*value->AsTagged(18))->AsArrayOf(4);
  EXPECT_EQ(ToHex(parts[0].encoded()), "43a10126");
  EXPECT_EQ(ToHex(parts[1].encoded()), "a1190104d8204101");
  EXPECT_EQ(ToHex((*parts[1].Get(260))->encoded()), "d8204101");
  EXPECT_EQ(ToHex(value->encoded()), ToHex(raw));
  EXPECT_FALSE((*value->AsTagged(18))->AsArrayOf(3));
  EXPECT_TRUE(Cbor(1).encoded().empty());
}

TEST(Cbor, ReadsSequences) {
  const Bytes raw = *FromHex("01820203f5");
  ByteSpan rest = raw;
  EXPECT_EQ(*Cbor::DecodeFirst(&rest, kStrict)->AsUint(), 1u);
  EXPECT_TRUE(Cbor::DecodeFirst(&rest, kStrict)->AsArray());
  EXPECT_EQ(ToHex(rest), "f5");
}

}  // namespace
}  // namespace cloister::formats
