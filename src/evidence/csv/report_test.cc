#include "evidence/csv/report.h"

#include <gtest/gtest.h>

#include "evidence/csv/simulated.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::array<std::uint8_t, 64> ReportData() {
  std::array<std::uint8_t, 64> data;
  data.fill(0x77);
  return data;
}

ErrorCode CodeOf(const Json& evidence) {
  const auto read = UnverifiedCsv::Read(evidence, CsvCheck::kNothing);
  return read ? ErrorCode::kInternal : read.error().code();
}

// The evidence with one number of a byte array set.
Json WithByte(Json evidence, const char* object, const char* array, std::size_t at, Json value) {
  Json inner = **evidence.GetObject(object);
  Json::Array numbers = **inner.GetArray(array);
  numbers[at] = std::move(value);
  inner.Set(array, std::move(numbers));
  evidence.Set(object, std::move(inner));
  return evidence;
}

TEST(Csv, IsRefusedWhereSignaturesHaveToBeChecked) {
  const auto read = UnverifiedCsv::Read(SimulatedCsvEvidence(1, ReportData()), CsvCheck::kSignatures);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::kUnsupported);
}

TEST(Csv, ClaimsSayThatNothingWasChecked) {
  for (const unsigned version : {1u, 2u}) {
    const auto read = UnverifiedCsv::Read(SimulatedCsvEvidence(version, ReportData()), CsvCheck::kNothing);
    ASSERT_TRUE(read) << read.error().ToText();
    const Json claims = read->Claims();
    EXPECT_EQ(*claims.GetString("signature"), "not_checked");
    EXPECT_EQ(*claims.GetString("revocation"), "not_checked");
    EXPECT_EQ(claims.Find("root_sha256"), nullptr);
    EXPECT_EQ(*claims.GetString("version"), std::to_string(version));
    EXPECT_EQ(*claims.GetString("report_data"), ToHex(ReportData())) << "the mask is taken off";
    EXPECT_EQ(*claims.GetString("measure"), ToHex(Bytes(32, 0x33)));
    EXPECT_EQ(*claims.GetString("hardware_id"), "SIMULATED0001");
    EXPECT_FALSE(*claims.GetBool("debug"));
    EXPECT_EQ(*(*claims.At("/policy/csv3"))->AsInt(), 1);
    EXPECT_EQ(*(*claims.At("/policy/api_major"))->AsInt(), 2);
    EXPECT_EQ(claims.Find("rtmr4") != nullptr, version == 2);
    EXPECT_EQ(claims.Find("anonce") != nullptr, version == 1);
  }
}

TEST(Csv, ReadsAReportOfTheFirmware) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Bytes text = Vector("trustee/csv/csv_evidence.json");
  const auto read = UnverifiedCsv::Read(*Json::Parse(AsText(text)), CsvCheck::kNothing);
  ASSERT_TRUE(read) << read.error().ToText();
  EXPECT_EQ(read->serial_number(), "KPA64911240507");
  EXPECT_EQ(read->report().policy.bits, 0x45u);
  EXPECT_EQ(read->report().signature_usage, 0x1002u);
  EXPECT_EQ(read->report().signature_algorithm, 4u);
  EXPECT_EQ(ToHex(read->report().measure).substr(0, 16), "ae2a2cf1f41a485f");
  EXPECT_EQ(read->event_log().size(), 77u);
}

TEST(Csv, RefusesPartsThatDoNotBelongTogether) {
  const Json good = SimulatedCsvEvidence(2, ReportData());
  Json other = good;
  Json::Array serial = **good.GetArray("serial_number");
  serial[0] = 88;
  other.Set("serial_number", serial);
  EXPECT_EQ(CodeOf(other), ErrorCode::kMismatch);
  // The certificate inside the report, which begins at 1168 in version 2.
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "data", 1168 + 100, 1)), ErrorCode::kMismatch);
}

TEST(Csv, RefusesWhatIsMalformed) {
  const Json good = SimulatedCsvEvidence(1, ReportData());
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "data", 4095, 1)), ErrorCode::kMalformed) << "padding";
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "data", 0, 256)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "data", 0, -1)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "data", 0, "1")), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(WithByte(good, "attestation_report", "magic", 0, 1)), ErrorCode::kMalformed);
  for (const char* member : {"attestation_report", "cert_chain", "serial_number"}) {
    Json less = good;
    less.Remove(member);
    EXPECT_EQ(CodeOf(less), ErrorCode::kMalformed) << member;
  }
  Json more = good;
  more.Set("unknown", 1);
  EXPECT_EQ(CodeOf(more), ErrorCode::kMalformed);
  more = good;
  more.Set("cc_eventlog", "not base64");
  EXPECT_EQ(CodeOf(more), ErrorCode::kMalformed);
  more.Set("cc_eventlog", std::string(kMaximumCsvEventLog * 2, 'A'));
  EXPECT_EQ(CodeOf(more), ErrorCode::kLimit);
}

TEST(Csv, RefusesReportsOfAnotherSizeOrVersion) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{192}, kCsvReportSize - 1, kCsvReportSize + 1}) {
    EXPECT_FALSE(ParseCsvReport(Bytes(size), 1)) << size;
  }
  EXPECT_TRUE(ParseCsvReport(Bytes(kCsvReportSize), 1));
  EXPECT_TRUE(ParseCsvReport(Bytes(kCsvReportSize), 2));
  for (const unsigned version : {0u, 3u}) EXPECT_FALSE(ParseCsvReport(Bytes(kCsvReportSize), version));
  Json extended = SimulatedCsvEvidence(2, ReportData());
  Json wrapper = **extended.GetObject("attestation_report");
  wrapper.Set("flags", 2);
  extended.Set("attestation_report", std::move(wrapper));
  EXPECT_EQ(CodeOf(extended), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace cloister::evidence
