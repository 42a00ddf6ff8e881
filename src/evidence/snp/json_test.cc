#include "evidence/snp/json.h"

#include <gtest/gtest.h>

#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

SnpEvidence Evidence() {
  const auto& processor = TestProcessor();
  return {.report = processor.Sign(processor.Report(SimulatedSnpGuest{}, TestNonce(), 0)),
          .certificates = processor.Certificates()};
}

Json EvidenceJson() { return *SnpEvidenceToJson(Evidence()); }

// The JSON with one member of attestation_report changed.
ErrorCode CodeWith(std::string_view key, Json value) {
  Json json = EvidenceJson();
  Json report = *json.Find("attestation_report");
  report.Set(key, std::move(value));
  json.Set("attestation_report", std::move(report));
  const auto parsed = SnpEvidenceFromJson(json);
  return parsed ? ErrorCode::kInternal : parsed.error().code();
}

TEST(SnpJson, RefusesFieldsOutOfRange) {
  EXPECT_EQ(CodeWith("version", 4), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeWith("version", 2), ErrorCode::kMalformed);  // has CPUID
  EXPECT_EQ(CodeWith("sig_algo", 2), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("vmpl", -1), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("key_info", 32), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("key_info", 8), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("policy", 0), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("cpuid_step", nullptr), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("report_data", Json::Array(63, 1)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("report_data", Json::Array(64, 256)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("launch_mit_vector", 1), ErrorCode::kMalformed);
  EXPECT_EQ(CodeWith("chip_id", nullptr), ErrorCode::kMalformed);
}

TEST(SnpJson, RefusesTooManyCertificates) {
  Json json = EvidenceJson();
  Json::Array many(17, Json::Object{{"cert_type", "ASK"}, {"data", Json::Array{1}}});
  json.Set("cert_chain", std::move(many));
  EXPECT_EQ(SnpEvidenceFromJson(json).error().code(), ErrorCode::kLimit);
}

TEST(SnpJson, ComesBackAsTheSameBytes) {
  const SnpEvidence evidence = Evidence();
  const auto back = SnpEvidenceFromJson(*Json::Parse(SnpEvidenceToJson(evidence)->Dump()));
  ASSERT_TRUE(back) << back.error().ToText();
  EXPECT_EQ(back->report, evidence.report);
  EXPECT_EQ(back->certificates, evidence.certificates);
}

TEST(SnpJson, RealReportsComeBackAsTheSameBytes) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  for (const char* id : {"milan-v2-virtee", "milan-v3-vlek", "genoa-siena-v5"}) {
    const Bytes report = Vector("snp/" + std::string(id) + "/report.bin");
    const Json json = *SnpEvidenceToJson({report, {}});
    EXPECT_TRUE(json.Find("cert_chain")->is_null());
    EXPECT_EQ(SnpEvidenceFromJson(json)->report, report);
  }
}

TEST(SnpJson, PassesOverCertificatesOfOtherKinds) {
  Json json = EvidenceJson();
  Json::Array chain;
  chain.emplace_back(Json::Object{{"cert_type", Json::Object{{"OTHER", "uuid"}}}, {"data", Json::Array{1}}});
  chain.emplace_back(Json::Object{{"cert_type", "Empty"}, {"data", Json::Array{}}});
  json.Set("cert_chain", std::move(chain));
  EXPECT_TRUE(SnpEvidenceFromJson(json)->certificates.empty());
}

}  // namespace
}  // namespace cloister::evidence
