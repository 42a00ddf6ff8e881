#include "evidence/azure/json.h"

#include <gtest/gtest.h>

#include "evidence/azure/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::string SnpCode(const Json& json) { return TpmCode(AzureSnpEvidenceFromJson(json, DemandedPcrs::All())); }

Json Good() { return AzureSnpEvidenceToJson(TestAzure().OnSnp(TestProcessor(), TpmTestNonce())); }

Json With(Json json, const char* member, Json value) {
  json.Set(member, std::move(value));
  return json;
}

Json WithQuote(const char* member, Json value) {
  Json quote = *Good().Find("tpm_quote");
  quote.Set(member, std::move(value));
  return With(Good(), "tpm_quote", std::move(quote));
}

TEST(AzureJson, RefusesOtherForms) {
  EXPECT_EQ(SnpCode(Good()), "accepted");
  EXPECT_EQ(SnpCode(Json::Object{}), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "version", 3)), "unsupported");
  EXPECT_EQ(SnpCode(With(Good(), "version", "2")), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "hcl_report", "+/")), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "hcl_report", "AAAA=")), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "hcl_report", "AA=A")), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "hcl_report", Json::Array{256})), "malformed");
  EXPECT_EQ(SnpCode(With(Good(), "hcl_report", std::string(100'000, 'A'))), "limit");
  EXPECT_EQ(SnpCode(With(Good(), "vcek", "AAAA")), "accepted");  // no certificate, as its verifier will find
  EXPECT_EQ(SnpCode(With(Good(), "vcek", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), "malformed");
  EXPECT_EQ(SnpCode(WithQuote("message", "abc")), "malformed");
  EXPECT_EQ(SnpCode(WithQuote("message", std::string(10'000, 'a'))), "limit");
  EXPECT_EQ(SnpCode(WithQuote("pcrs", Json::Array(23, Json(std::string(64, '0'))))), "mismatch");
  EXPECT_EQ(SnpCode(WithQuote("pcrs", Json::Array(25, Json(std::string(64, '0'))))), "limit");
}

TEST(AzureJson, IsReadAsItWasWritten) {
  const auto snp = AzureSnpEvidenceFromJson(Good(), DemandedPcrs::All());
  ASSERT_TRUE(snp) << snp.error().ToText();
  EXPECT_EQ(snp->user_data, AzureUserData::kMustBeNonce);
  EXPECT_TRUE(VerifySnpMachine(snp->evidence));
  const auto tdx = AzureTdxEvidenceFromJson(AzureTdxEvidenceToJson(TestAzure().OnTdx(TestIntel(), TpmTestNonce())), DemandedPcrs::All());
  ASSERT_TRUE(tdx) << tdx.error().ToText();
  EXPECT_TRUE(VerifyTdxMachine(tdx->evidence));
}

TEST(AzureJson, ReadsWhatOurAttesterCollects) {
  const AzureSnpEvidence machine = TestAzure().OnSnp(TestProcessor(), TpmTestNonce());
  Json json = TpmEvidenceToJson(TestAzure().tpm.Evidence(TpmTestNonce()));
  json.Set("hcl_report", ToBase64(machine.hcl_report));
  auto collected = AzureSnpEvidenceFromJson(json, DemandedPcrs::All());
  ASSERT_TRUE(collected) << collected.error().ToText();
  EXPECT_TRUE(collected->evidence.certificates.empty());
  collected->evidence.certificates = machine.certificates;
  EXPECT_TRUE(VerifySnpMachine(collected->evidence));
  json.Set("hcl_report", 1);
  EXPECT_EQ(SnpCode(json), "malformed");
}

TEST(AzureJson, AsksForTheNonceInUserDataFromVersion2On) {
  const auto version_1 = AzureSnpEvidenceFromJson(With(Good(), "version", 1), DemandedPcrs::All());
  ASSERT_TRUE(version_1);
  EXPECT_EQ(version_1->user_data, AzureUserData::kAnyOrNone);
}

}  // namespace
}  // namespace cloister::evidence
