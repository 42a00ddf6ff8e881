#include "evidence/intel/quote.h"

#include "base/byte_reader.h"
#include "evidence/intel/json.h"
#include "evidence/intel/testing.h"

namespace cloister::evidence {
namespace {

TdReport Td15() {
  TdReport report = TestIntel().Td(IntelNonce());
  report.td15 = TdReport15{.tee_tcb_svn2 = {5, 1, 2}, .mr_service_td = {}};
  return report;
}

// One of each kind.
std::vector<Bytes> AllKinds() {
  const auto& platform = TestIntel();
  const TdReport td = platform.Td(IntelNonce());
  const SgxReport enclave = platform.Enclave(IntelNonce());
  return {platform.Quote(enclave, 3), platform.Quote(enclave, 4), platform.Quote(enclave, 5),
          platform.Quote(td, 4),      platform.Quote(td, 5),      platform.Quote(Td15(), 5)};
}

void Put16(Bytes& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  bytes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

void Put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  Put16(bytes, at, value & 0xFFFF);
  Put16(bytes, at + 2, value >> 16);
}

TEST(IntelQuote, RefusesEachTruncation) {
  for (const Bytes& quote : AllKinds()) {
    for (std::size_t size = 0; size < quote.size(); ++size) {
      ASSERT_EQ(CodeOf(ParseIntelQuote(ByteSpan(quote).first(size))), "malformed") << size;
    }
  }
}

TEST(IntelQuote, IsWrittenBackToTheSameBytes) {
  for (const Bytes& quote : AllKinds()) {
    const auto parsed = ParseIntelQuote(quote);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().ToText();
    EXPECT_EQ(SerializeIntelQuote(*parsed), quote);
    EXPECT_EQ(SerializeIntelSignedPart(*parsed), parsed->signed_part);
    EXPECT_EQ(SerializeSgxReport(parsed->qe_report), ToBytes(parsed->qe_report_bytes));
  }
}

TEST(IntelQuote, CountsAndDropsWhatFollows) {
  Bytes quote = TdQuote(TestIntel());
  const Bytes exact = quote;
  for (const std::size_t padding : {39, 70, 3065}) {
    quote = exact;
    quote.resize(exact.size() + padding, 0xEE);
    const auto parsed = ParseIntelQuote(quote);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->trailing_bytes, padding);
    EXPECT_EQ(SerializeIntelQuote(*parsed), exact);
  }
  quote.resize(kMaximumIntelQuote + 1);
  EXPECT_EQ(CodeOf(ParseIntelQuote(quote)), "limit");
}

TEST(IntelQuote, RefusesOtherVersionsKeysTeesAndVendors) {
  const Bytes td = TdQuote(TestIntel());
  const auto with16 = [&](std::size_t at, unsigned value) {
    Bytes changed = td;
    Put16(changed, at, value);
    return CodeOf(ParseIntelQuote(changed));
  };
  for (const unsigned version : {0, 1, 2, 6, 0x400}) EXPECT_EQ(with16(0, version), "unsupported") << version;
  EXPECT_EQ(with16(0, 3), "unsupported");  // version 3 has no TDs
  for (const unsigned type : {0, 1, 3}) EXPECT_EQ(with16(2, type), "unsupported") << type;
  EXPECT_EQ(with16(4, 0x82), "unsupported");
  EXPECT_EQ(with16(12, 0), "unsupported");
}

TEST(IntelQuote, RefusesBodyDescriptorsThatDoNotFit) {
  const Bytes v5 = TestIntel().Quote(Td15(), 5);
  const auto with = [&](unsigned type, std::uint32_t size) {
    Bytes changed = v5;
    Put16(changed, 48, type);
    Put32(changed, 50, size);
    return CodeOf(ParseIntelQuote(changed));
  };
  EXPECT_EQ(with(3, 648), "accepted");
  EXPECT_EQ(with(3, 584), "malformed");
  EXPECT_EQ(with(2, 648), "malformed");
  EXPECT_EQ(with(3, 0xFFFFFFFF), "malformed");
  EXPECT_EQ(with(1, 384), "malformed");  // an enclave where the header says TD
  EXPECT_EQ(with(0, 648), "unsupported");
  EXPECT_EQ(with(4, 648), "unsupported");
}

TEST(IntelQuote, RefusesLengthsThatDoNotFitExactly) {
  const Bytes quote = TdQuote(TestIntel());
  const std::size_t data = 48 + kTdReport10Size;  // sig_data_len
  const std::size_t inner = data + 4 + 128 + 2;   // length of the QE report certification data
  const std::size_t auth = inner + 4 + 384 + 64;  // length of the authentication data
  const std::size_t certification = auth + 2 + 32 + 2;
  const ByteSpan all(quote);
  for (const std::size_t at : {data, inner, certification}) {
    const auto length = *ByteReader(all.subspan(at)).Le<std::uint32_t>();
    for (const std::uint32_t wrong : {0U, 1U, length - 1, length + 1, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
      Bytes changed = quote;
      Put32(changed, at, wrong);
      EXPECT_EQ(CodeOf(ParseIntelQuote(changed)), "malformed") << at << " " << wrong;
    }
  }
  for (const unsigned wrong : {0U, 31U, 33U, 0xFFFFU}) {
    Bytes changed = quote;
    Put16(changed, auth, wrong);
    EXPECT_EQ(CodeOf(ParseIntelQuote(changed)), "malformed") << wrong;
  }
}

TEST(IntelQuote, RefusesReservedBytesOfEnclaveReports) {
  const Bytes report = SerializeSgxReport(TestIntel().Enclave(IntelNonce()));
  for (const std::size_t at : {20, 31, 96, 127, 160, 191, 262, 303}) {
    Bytes changed = report;
    changed[at] = 1;
    EXPECT_EQ(CodeOf(ParseSgxReport(changed)), "malformed") << at;
  }
  EXPECT_EQ(CodeOf(ParseTdReport(Bytes(600))), "malformed");
}

TEST(IntelQuote, GoesThroughTheJsonOfTheKbsProtocol) {
  const TdxEvidence td{.quote = TdQuote(TestIntel()), .event_log = Bytes{1, 2, 3}};
  const auto back = TdxEvidenceFromJson(TdxEvidenceToJson(td));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->quote, td.quote);
  EXPECT_EQ(back->event_log, td.event_log);
  EXPECT_FALSE(TdxEvidenceFromJson(TdxEvidenceToJson({td.quote, std::nullopt}))->event_log.has_value());
  EXPECT_EQ(SgxEvidenceFromJson(SgxEvidenceToJson({td.quote}))->quote, td.quote);
  using formats::Json;
  EXPECT_EQ(CodeOf(TdxEvidenceFromJson(Json::Object{{"quote", "AA"}})), "malformed");
  EXPECT_EQ(CodeOf(TdxEvidenceFromJson(Json::Object{{"quote", 1}})), "malformed");
  EXPECT_EQ(CodeOf(SgxEvidenceFromJson(Json::Object{})), "malformed");
  EXPECT_EQ(CodeOf(SgxEvidenceFromJson(Json::Object{{"quote", std::string(100000, 'A')}})), "limit");
}

}  // namespace
}  // namespace cloister::evidence
