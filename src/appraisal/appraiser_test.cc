#include "appraisal/appraiser.h"

#include <gtest/gtest.h>

#include "evidence/azure/testing.h"
#include "evidence/snp/json.h"
#include "evidence/verify.h"
#include "policy/policy.h"

namespace cloister::appraisal {
namespace {

using evidence::kTestNow;
using token::EarStatus;

constexpr Seconds kDay = std::chrono::hours(24);

class AppraiserTest : public ::testing::Test {
 protected:
  // A guest of the simulated processor, verified.
  static evidence::VerifiedEvidence Verified(std::uint64_t policy) {
    const auto& processor = evidence::TestProcessor();
    const evidence::SimulatedSnpGuest guest{
        .measurement = Measurement(), .host_data = {}, .policy = {.bits = policy}, .report_id = {}};
    const auto report_data = evidence::TestNonce();
    const evidence::SnpEvidence shown{processor.Sign(processor.Report(guest, report_data, 0)), processor.Certificates()};
    const evidence::EvidencePart part{evidence::EvidenceKind::kSnp, ToBytes(evidence::SnpEvidenceToJson(shown)->Dump())};
    return *evidence::VerifyEvidence(part, {}, evidence::AnchorsNaming(processor),
                                     {evidence::ChosenNonce::Exactly(report_data), evidence::ChosenInitData::AnyInitData()}, kTestNow);
  }
  static crypto::Sha384Digest Measurement() {
    crypto::Sha384Digest measurement;
    measurement.fill(0x11);
    return measurement;
  }
  static ReferenceValues Endorsed(Time not_before, Time not_after) {
    ReferenceValues references;
    references.Add({Measurement(), "did:web:certifier.example", not_before, not_after});
    return references;
  }
  Appraisal Appraise(const std::string& policy, const ReferenceValues& references, std::uint64_t bits = 0x30000) {
    const auto appraiser = Appraiser::Create({"did:web:hospital.example", Seconds(300), policy}, key_);
    return *(*appraiser)->Appraise(Verified(bits), references, Bound(), AsBytes("nonce"), kTestNow);
  }
  static BoundClaims Bound() { return {formats::Json::Object{{"nonce", "n"}}, "00", "00", nullptr}; }
  crypto::SigningKey key_ = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
};

TEST(ReferenceValues, AreEnforcedToTheSecond) {
  ReferenceValues values;
  crypto::Sha384Digest measurement{};
  values.Add({measurement, "did:web:certifier.example", kTestNow, kTestNow + Seconds(10)});
  EXPECT_EQ(values.Find(measurement, kTestNow - Seconds(1)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(values.Find(measurement, kTestNow + Seconds(10)).error().code(), ErrorCode::kExpired);
  EXPECT_TRUE(values.Find(measurement, kTestNow + Seconds(9)));
  measurement[0] = 1;
  EXPECT_EQ(values.Find(measurement, kTestNow).error().code(), ErrorCode::kNotFound);
}

TEST_F(AppraiserTest, NeverAffirmsSimulatedHardware) {
  const Appraisal appraisal = Appraise("", Endorsed(kTestNow - kDay, kTestNow + kDay));
  EXPECT_TRUE(appraisal.simulated());
  EXPECT_EQ(appraisal.status(), EarStatus::kWarning);
  EXPECT_EQ(appraisal.trust().Get("executables"), 2);
  EXPECT_EQ(appraisal.trust().Get("configuration"), 2);
}

TEST_F(AppraiserTest, NeverAffirmsSimulatedHardwareWhateverThePolicySays) {
  const Appraisal appraisal = Appraise("package policy\ntrust_claims := {\"hardware\": 2, \"executables\": 2}", {});
  EXPECT_EQ(appraisal.status(), EarStatus::kWarning);
  EXPECT_EQ(Appraise("package policy\ntrust_claims := {\"executables\": 2}", {}).status(), EarStatus::kWarning);
}

TEST_F(AppraiserTest, DoesNotAffirmAMeasurementThatNobodyEndorsed) {
  EXPECT_EQ(Appraise("", {}).trust().Get("executables"), 33);
  EXPECT_EQ(Appraise("", Endorsed(kTestNow - kDay, kTestNow - Seconds(1))).trust().Get("executables"), 33);
}

TEST_F(AppraiserTest, DoesNotAffirmADebugGuest) {
  EXPECT_EQ(Appraise("", Endorsed(kTestNow - kDay, kTestNow + kDay), 0x30000 | 1u << 19).trust().Get("configuration"), 36);
  EXPECT_EQ(Appraise("", Endorsed(kTestNow - kDay, kTestNow + kDay), 0x30000 | 1u << 18).trust().Get("configuration"), 36);
}

TEST_F(AppraiserTest, RefusesAPolicyWithoutClaims) {
  for (const char* policy : {"package policy\nother := 1", "package policy\ntrust_claims := 2"}) {
    const auto appraiser = Appraiser::Create({"issuer", Seconds(300), policy}, key_);
    ASSERT_TRUE(appraiser) << policy;
    EXPECT_FALSE((*appraiser)->Appraise(Verified(0x30000), {}, Bound(), AsBytes("nonce"), kTestNow)) << policy;
  }
  EXPECT_FALSE(Appraiser::Create({"issuer", Seconds(300), "package policy\ntrust_claims := "}, key_));
}

class TrusteeDefects : public AppraiserTest {};

// In Trustee 258 becomes 2, which is affirming, and an unknown claim ends the request's task.
TEST_F(TrusteeDefects, Defect5_PolicysClaimsAreNeitherCutNorUnknown) {
  for (const char* claims : {R"({"hardware": 258})", R"({"hardware": 128})", R"({"hardware": -129})", R"({"hardware": -254})",
                             R"({"hardware": 4294967298})", R"({"hardware": 2.5})", R"({"hardware": "2"})",
                             R"({"hardware": null})", R"({"no-such-claim": 2})", R"({"hardware": 2, "Hardware": 2})"}) {
    const std::string policy = std::string("package policy\ntrust_claims := ") + claims;
    const auto appraiser = Appraiser::Create({"issuer", Seconds(300), policy}, key_);
    ASSERT_TRUE(appraiser) << claims;
    const auto appraisal = (*appraiser)->Appraise(Verified(0x30000), {}, Bound(), AsBytes("nonce"), kTestNow);
    ASSERT_FALSE(appraisal) << claims;
    EXPECT_EQ(appraisal.error().code(), ErrorCode::kMalformed) << claims;
  }
}

// What the policy of genuineness says of a part with these claims.
std::int64_t Genuine(const char* claim, std::string_view tee, formats::Json::Object claims) {
  using formats::Json;
  for (auto [name, value] : {std::pair{"simulated", Json(false)}, {"debug", Json(false)}, {"revocation", Json("checked")}}) {
    claims.emplace(name, value);
  }
  const policy::Module modules[] = {{"policy.rego", GenuinenessPolicy()}};
  const auto compiled = policy::Policy::Compile(modules, Json::Object{}, {});
  const auto result = compiled->Evaluate("data.policy.trust_claims", Json::Object{{std::string(tee), std::move(claims)}}, {});
  return *result->value->GetInt(claim);
}

TEST(GenuinenessPolicy, DoesNotAffirmTdsThatTheHostCanMove) {
  for (const char* tee : {"tdx", "az-tdx-vtpm"}) {
    EXPECT_EQ(Genuine("configuration", tee, {{"td_migratable", false}}), 2) << tee;
    EXPECT_EQ(Genuine("configuration", tee, {{"td_migratable", true}}), 36) << tee;
  }
}

TEST(GenuinenessPolicy, DoesNotAffirmKeysThatGoogleMadeForItsTests) {
  EXPECT_EQ(Genuine("hardware", "gcp-vtpm", {{"gce_production", true}}), 2);
  EXPECT_EQ(Genuine("hardware", "gcp-vtpm", {{"gce_production", false}}), 32);
  EXPECT_EQ(Genuine("hardware", "gcp-vtpm", {{"gce_production", false}, {"revocation", "not_checked"}}), 97);
}

class AzureAppraiserTest : public ::testing::Test {
 protected:
  static evidence::VerifiedEvidence Machine() {
    using namespace evidence;
    const auto json = AzureSnpEvidenceToJson(TestAzure().OnSnp(TestProcessor(), TpmTestNonce()));
    EvidenceCollateral collateral;
    collateral.snp = AzureSnpIssuers();
    return *VerifyEvidence({EvidenceKind::kAzSnpVtpm, ToBytes(json.Dump())}, collateral, AnchorsNaming(TestProcessor()),
                           {ChosenNonce::Exactly(TpmTestNonce()), ChosenInitData::AnyInitData()}, kTestNow);
  }
  static std::string Pcr(unsigned index) { return ToHex(evidence::TestAzure().tpm.banks.at(evidence::PcrBank::kSha256).at(index)); }
  // The value of `claim` under `policy`, given these reference values.
  int Trust(const char* claim, const std::string& policy, formats::Json references) {
    const auto appraiser = Appraiser::Create({"issuer", Seconds(300), policy, {}, std::move(references)}, key_);
    EXPECT_TRUE(appraiser) << appraiser.error().ToText();
    const auto appraisal = (*appraiser)->Appraise(Machine(), {}, {nullptr, "", "", nullptr}, AsBytes("nonce"), kTestNow);
    EXPECT_TRUE(appraisal) << appraisal.error().ToText();
    return appraisal->trust().Get(claim).value_or(-1);
  }
  crypto::SigningKey key_ = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
};

// All of Azure's machines have the same paravisor: its measurement alone says nothing of the guest.
TEST_F(AzureAppraiserTest, DoesNotAffirmAGuestWhoseRegistersNobodyEndorsed) {
  using formats::Json;
  const std::string paravisor = ToHex(Bytes(48, 0xAC));
  const auto with = [&](Json pcrs) { return Json::Object{{"measurement", paravisor}, {"pcrs", std::move(pcrs)}}; };
  EXPECT_EQ(Trust("executables", "", Json::Object{{"measurement", paravisor}}), 33);
  EXPECT_EQ(Trust("executables", "", with(Json::Object{})), 33);
  EXPECT_EQ(Trust("executables", "", with(Json::Object{{"pcr4", Json::Array{Pcr(4)}}, {"pcr11", Json::Array{Pcr(4)}}})), 33);
  EXPECT_EQ(Trust("executables", "", with(Json::Object{{"pcr99", Json::Array{Pcr(4)}}})), 33);
  const Json endorsed = Json::Object{{"pcr4", Json::Array{Pcr(4)}}, {"pcr11", Json::Array{"00", Pcr(11)}}};
  EXPECT_EQ(Trust("executables", "", with(endorsed)), 2);
  EXPECT_EQ(Trust("executables", "", Json::Object{{"pcrs", endorsed}}), 33);
}

// The names by which Trustee's own policies find claims of Azure's machines.
TEST_F(AzureAppraiserTest, RunsPoliciesWrittenForTrustee) {
  using formats::Json;
  const std::string policy = R"rego(package policy
import rego.v1
default executables := 33
executables := 3 if {
  input["az-snp-vtpm"].tpm.pcr11 in query_reference_value("snp_pcr11")
  input["az-snp-vtpm"].measurement in query_reference_value("measurement")
  input["az-snp-vtpm"].reported_tcb_snp in query_reference_value("tcb_snp")
  input["az-snp-vtpm"].platform_smt_enabled in query_reference_value("smt_enabled")
  input["az-snp-vtpm"].policy_abi_major in query_reference_value("abi_major")
}
trust_claims := {"executables": executables}
)rego";
  Json references = Json::Object{{"snp_pcr11", Json::Array{Pcr(11)}}, {"measurement", Json::Array{ToHex(Bytes(48, 0xAC))}}, {"tcb_snp", Json::Array{24}},
                                 {"smt_enabled", Json::Array{true}},  {"abi_major", Json::Array{0}}};
  EXPECT_EQ(Trust("executables", policy, references), 3);
  references.Set("snp_pcr11", Json::Array{Pcr(4)});
  EXPECT_EQ(Trust("executables", policy, references), 33);
}

TEST_F(AppraiserTest, SignsWhatItFoundWithThePolicysDigest) {
  const Appraisal appraisal = Appraise("", Endorsed(kTestNow - kDay, kTestNow + kDay));
  const std::vector keys = {token::NamedJwk{ToBase64Url(token::JwkThumbprint(key_.Public())), key_.Public()}};
  const auto verified = token::VerifyEar(appraisal.token(), keys,
                                         {"did:web:hospital.example", ToBytes("nonce"), Seconds(0)}, kTestNow);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(verified->Status(), EarStatus::kWarning);
  EXPECT_EQ(verified->claims(), appraisal.claims());
  EXPECT_TRUE(appraisal.claims().At("/submods/cpu0/ear.veraison.annotated-evidence/snp/root_sha256"));
}

}  // namespace
}  // namespace cloister::appraisal
