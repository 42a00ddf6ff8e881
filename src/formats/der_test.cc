#include "formats/der.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace cloister::formats {
namespace {

TEST(Der, RefusesLengthsThatAreNotDer) {
  for (const char* bad : {"", "04", "0401", "040200", "048100", "04817f", "0482", "048200ff", "0480000000",
                          "04850000000001", "0484ffffffff", "04ff00"}) {
    const Bytes raw = *FromHex(bad);
    EXPECT_EQ(DerReader(raw).Next().error().code(), ErrorCode::kMalformed) << bad;
  }
  const Bytes high_tag = *FromHex("bf8a4e00");
  EXPECT_EQ(DerReader(high_tag).Next().error().code(), ErrorCode::kUnsupported);
}

TEST(Der, RefusesIntegersThatAreNotTheShortest) {
  const std::pair<const char*, ErrorCode> cases[] = {{"0200", ErrorCode::kMalformed},
                                                     {"02020001", ErrorCode::kMalformed},
                                                     {"0202ff80", ErrorCode::kMalformed},
                                                     {"0201ff", ErrorCode::kUnsupported},
                                                     {"0209010000000000000000", ErrorCode::kUnsupported},
                                                     {"040101", ErrorCode::kMalformed}};
  for (const auto& [hex, code] : cases) {
    const Bytes raw = *FromHex(hex);
    EXPECT_EQ(DerReader(raw).Uint64().error().code(), code) << hex;
  }
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{256}, UINT64_MAX}) {
    const Bytes raw = DerInteger(value);
    EXPECT_EQ(*DerReader(raw).Uint64(), value);
  }
  EXPECT_EQ(ToHex(DerInteger(128)), "02020080");
}

TEST(Der, ReadsAndWritesOids) {
  const std::pair<const char*, const char*> cases[] = {{"1.2.840.113549.1.1.10", "06092a864886f70d01010a"},
                                                       {"1.3.6.1.4.1.3704.1.3.1", "060a2b060104019c78010301"},
                                                       {"2.999.3", "0603883703"},
                                                       {"0.39", "060127"}};
  for (const auto& [text, hex] : cases) {
    const Bytes raw = *FromHex(hex);
    EXPECT_EQ(*DerReader(raw).Oid(), text);
    EXPECT_EQ(ToHex(*DerOid(text)), hex);
  }
  for (const char* bad : {"", "1", "1.", ".1", "1.2.", "3.1", "1.40", "1.02", "1.a", "1.-2", "1..2"}) {
    EXPECT_EQ(DerOid(bad).error().code(), ErrorCode::kUsage) << bad;
  }
  for (const char* bad : {"0600", "06028001", "060180", "060a2b81ffffffffffffffff7f"}) {
    const Bytes raw = *FromHex(bad);
    EXPECT_FALSE(DerReader(raw).Oid()) << bad;
  }
}

TEST(Der, ReadsAnExtensionLikeAmds) {
  const Bytes raw = DerSequence({*DerOid("1.3.6.1.4.1.3704.1.2"), DerBoolean(false), DerIa5String("Milan-B0"),
                                 DerConstructed(DerContext(3), {DerOctetString(*FromHex("c0ffee"))}), DerInteger(115)});
  DerReader outer(raw);
  DerReader inner = *outer.Enter();
  EXPECT_TRUE(outer.Finish());
  EXPECT_EQ(*inner.Oid(), "1.3.6.1.4.1.3704.1.2");
  EXPECT_EQ(*inner.Boolean(), false);
  EXPECT_EQ(*inner.Text(DerTag::kIa5String), "Milan-B0");
  EXPECT_EQ(inner.Peek(), DerContext(3));
  EXPECT_EQ(ToHex(*inner.Enter(DerContext(3))->OctetString()), "c0ffee");
  EXPECT_EQ(inner.OctetString().error().message(), "DER: expected tag 0x04, got tag 0x02");
  EXPECT_EQ(*inner.Uint64(), 115u);
  EXPECT_TRUE(inner.Finish());
  EXPECT_FALSE(DerReader(raw).Finish());
  for (std::size_t size = 0; size < raw.size(); ++size) EXPECT_FALSE(DerReader(ByteSpan(raw).first(size)).Enter());
}

TEST(Der, RefusesStringsWithOtherCharacters) {
  const Bytes ia5 = *FromHex("160261e9");
  EXPECT_FALSE(DerReader(ia5).Text(DerTag::kIa5String));
  const Bytes utf8 = *FromHex("0c0261e9");
  EXPECT_FALSE(DerReader(utf8).Text(DerTag::kUtf8String));
  const Bytes boolean = *FromHex("010101");
  EXPECT_FALSE(DerReader(boolean).Boolean());
  const Bytes bits = *FromHex("03020180");
  EXPECT_EQ(DerReader(bits).BitString().error().code(), ErrorCode::kUnsupported);
}

TEST(Der, WalksACertificateOfAmd) {
  const auto file = ReadFile(CLOISTER_SHARED_DIR "/vectors/_common/amd_ark_milan.der", 100000);
  if (!file) GTEST_SKIP() << "no shared vectors at " CLOISTER_SHARED_DIR;
  DerReader certificate = *DerReader(*file).Enter();
  DerReader body = *certificate.Enter();
  EXPECT_EQ(*body.Enter(DerContext(0))->Uint64(), 2u);  // v3
  EXPECT_EQ(*body.Uint64(), 0x10000u);
  EXPECT_EQ(*body.Enter()->Oid(), "1.2.840.113549.1.1.10");
  EXPECT_EQ(*certificate.Enter()->Oid(), "1.2.840.113549.1.1.10");
  EXPECT_EQ(certificate.BitString()->size(), 512u);
  EXPECT_TRUE(certificate.Finish());
}

}  // namespace
}  // namespace cloister::formats
