// Machines of other kinds than a room's, and machines with devices, at a broker.
#include <gmock/gmock.h>

#include "broker/broker.h"
#include "broker/world_for_tests.h"
#include "evidence/intel/json.h"
#include "evidence/intel/simulated.h"
#include "evidence/nvidia/json.h"
#include "evidence/nvidia/simulated.h"
#include "token/jwe.h"

namespace cloister::broker {
namespace {

using evidence::SimulatedNvidiaDevice;
using formats::Json;

constexpr Seconds kDay = std::chrono::hours(24);

struct Makers {
  Time now = *FromRfc3339("2026-06-01T00:00:00Z");
  evidence::SimulatedIntelPlatform intel = [this] {
    evidence::SimulatedIntelOptions options;
    options.not_before = options.issue_date = now - kDay;
    options.not_after = options.next_update = now + kDay;
    return *evidence::SimulatedIntelPlatform::Make(options, crypto::SystemRandom());
  }();
  evidence::SimulatedNvidia nvidia = *evidence::SimulatedNvidia::Make({.not_before = now - kDay, .not_after = now + kDay});
  std::vector<SimulatedNvidiaDevice> gpus = *nvidia.MakeSystem(2, 0, crypto::SystemRandom());

  evidence::TrustAnchors Trusted() const {
    evidence::SimulatedAnchors all = Processor().Anchors();
    std::vector<crypto::Sha256Digest> named = {Processor().ark.Fingerprint()};
    for (const auto& anchors : {intel.Anchors(), nvidia.Anchors()}) {
      for (const evidence::SimulatedRoot& root : anchors.roots()) {
        CHECK(all.Add(root).has_value());
        named.push_back(root.certificate.Fingerprint());
      }
    }
    return *evidence::TrustAnchors::VendorsAndSimulated(all, named);
  }
  evidence::EvidenceCollateral Collateral() const {
    evidence::EvidenceCollateral collateral;
    collateral.intel = intel.Collateral(evidence::IntelTee::kTdx);
    collateral.nvidia = nvidia.Collateral(gpus);
    return collateral;
  }
};

const Makers& TheMakers() {
  static const auto* const makers = new Makers();
  return *makers;
}

// What a client shows, each word of it open to change before it is sent.
struct Shown {
  std::string tee, nonce, additional;
  Json primary;
};

struct KindsOfMachines : World, testing::Test {
  std::unique_ptr<audit::AuditLog> audit =
      *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), Sample::kBank, TestKey(90), std::nullopt);
  token::TeePrivateKey tee_key = token::TeePrivateKey::Generate();
  std::unique_ptr<Broker> broker = *Broker::Open(
      {.owner = {Sample::kBank, {contract::NamedKey::Of(TestKey(1).Public())}, {Sample::Fill(101)}},
       .key = TestKey(Sample::kBrokerKeys),
       .store = *store,
       .ledger = *client,
       .ledger_trust = ledger->trust(),
       .ledger_max_age = Seconds(300),
       .anchors = TheMakers().Trusted(),
       .collateral = TheMakers().Collateral(),
       .token_key = TestKey(91),
       .token_keys = {},
       .audit = *audit,
       .clock = clock,
       .random = crypto::SystemRandom(),
       .sessions = {}});
  std::string session;

  Shown Begin(const std::string& tee) {
    const auto authed = broker->Auth(Json::Object{{"version", "0.4.0"}, {"tee", tee}, {"extra-params", ""}});
    CHECK(authed);
    session = authed->session;
    return {tee, *authed->challenge.GetString("nonce"), "", {}};
  }
  // The GPUs' word over this session's nonce and key.
  std::string Gpus(const std::string& nonce) {
    const auto digest = *evidence::KbsDeviceDigest(nonce, tee_key.Public());
    const auto chosen = *ToArray<32>(ByteSpan(digest).first(32));
    std::vector<evidence::NvidiaEvidence> all;
    for (const SimulatedNvidiaDevice& gpu : TheMakers().gpus) all.push_back(gpu.Evidence(chosen));
    return *Json(Json::Object{{"nvidia", evidence::NvidiaEvidenceToTrusteeJson(all)}}).Canonical();
  }
  std::array<std::uint8_t, 64> ReportData(const Shown& shown) {
    return *evidence::KbsReportData(shown.additional, shown.nonce, tee_key.Public());
  }
  Json Td(const Shown& shown) {
    return evidence::TdxEvidenceToJson({TheMakers().intel.Quote(TheMakers().intel.Td(ReportData(shown)), 4), std::nullopt});
  }
  Json Snp(const Shown& shown, std::uint32_t vmpl = 0) {
    const Bytes report = Processor().Sign(Processor().Report({}, ReportData(shown), vmpl));
    return *evidence::SnpEvidenceToJson({report, Processor().Certificates()});
  }
  Result<Json> Attest(const Shown& shown) {
    const Json attestation =
        Json::Object{{"init-data", Json()},
                     {"runtime-data", Json::Object{{"nonce", shown.nonce}, {"tee-pubkey", tee_key.Public().ToJwk()}}},
                     {"tee-evidence", Json::Object{{"primary_evidence", shown.primary}, {"additional_evidence", shown.additional}}}};
    const std::string token = TRY(broker->Attest(session, attestation, {}));
    const std::size_t first = token.find('.') + 1;
    return Json::Parse(AsText(TRY(FromBase64Url(token.substr(first, token.rfind('.') - first)))));
  }
  static ErrorCode CodeOf(const Result<Json>& result) { return result ? ErrorCode::kInternal : result.error().code(); }
};

TEST_F(KindsOfMachines, RefuseEvidenceOfAnotherKindThanTheSessionIsFor) {
  Shown shown = Begin("snp");
  shown.primary = Td(shown);
  EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kMismatch);
  shown = Begin("tdx");
  shown.primary = Snp(shown);
  EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kMismatch);
  for (const char* tee : {"sample", "se", "", "TDX"}) {
    shown = Begin(tee);
    shown.primary = Td(shown);
    EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kUnsupported) << tee;
  }
}

TEST_F(KindsOfMachines, RefuseDevicesThatTheCpuDoesNotCoverOrOfAnotherSession) {
  Shown shown = Begin("tdx");
  shown.primary = Td(shown);
  shown.additional = Gpus(shown.nonce);  // added after the CPU signed
  EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kMismatch);
  const std::string earlier = Gpus(shown.nonce);
  shown = Begin("tdx");
  shown.additional = earlier;
  shown.primary = Td(shown);
  EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kMismatch);
}

TEST_F(KindsOfMachines, RefuseAdditionalEvidenceThatNobodyReads) {
  for (const char* additional : {R"({"sampledevice":{}})", R"({"nvidia":{"device_evidence_list":[]}})", "[]", "x"}) {
    Shown shown = Begin("tdx");
    shown.additional = additional;
    shown.primary = Td(shown);
    EXPECT_FALSE(Attest(shown)) << additional;
  }
}

TEST_F(KindsOfMachines, RefuseAnSnpReportOfAnotherVmpl) {
  Shown shown = Begin("snp");
  shown.primary = Snp(shown, 1);
  EXPECT_EQ(CodeOf(Attest(shown)), ErrorCode::kMismatch);
}

TEST_F(KindsOfMachines, TakeATdAndSayWhatItIs) {
  for (int again = 0; again < 2; ++again) {  // then from what was verified before
    Shown shown = Begin("tdx");
    shown.primary = Td(shown);
    const auto claims = Attest(shown);
    ASSERT_TRUE(claims) << claims.error().ToText();
    const Json& evidence = **claims->At("/submods/cpu0/ear.veraison.annotated-evidence");
    EXPECT_EQ(*evidence.GetString("report_data"), ToHex(ReportData(shown)));
    EXPECT_EQ(*(*evidence.Get("tdx"))->GetString("tcb_status"), "UpToDate");
    EXPECT_TRUE(*(*evidence.Get("tdx"))->GetBool("simulated"));
    EXPECT_EQ(*(*claims->At("/submods/cpu0/ear.status"))->AsString(), "warning");
  }
}

TEST_F(KindsOfMachines, GiveSecretsToAMachineWithGpusUnderAPolicyThatAsksForThem) {
  const auto path = *ResourcePath::Parse("app/secret/one");
  ASSERT_TRUE(broker->SetResource(path, AsBytes("hello")));
  ASSERT_TRUE(broker->SetPolicy(PolicyKind::kResource, R"rego(package policy
import rego.v1
default allow := false
allow if {
  input.submods.cpu0["ear.veraison.annotated-evidence"].tdx
  input.submods.gpu0["ear.veraison.annotated-evidence"].nvidia.measurements_compared
  input.submods.gpu1
}
)rego"));
  Shown shown = Begin("tdx");
  shown.primary = Td(shown);
  ASSERT_TRUE(Attest(shown));
  EXPECT_EQ(broker->ResourceForSession(session, path).error().code(), ErrorCode::kRefused);
  shown = Begin("tdx");
  shown.additional = Gpus(shown.nonce);
  shown.primary = Td(shown);
  const auto claims = Attest(shown);
  ASSERT_TRUE(claims) << claims.error().ToText();
  const auto jwe = broker->ResourceForSession(session, path);
  ASSERT_TRUE(jwe) << jwe.error().ToText();
  EXPECT_EQ(AsText(token::DecryptJwe(tee_key, *jwe)->ExposeSecret()), "hello");
  EXPECT_THAT(std::string(AsText(*audit->ReadAll())), testing::AllOf(testing::HasSubstr("\"devices\":2"), testing::HasSubstr("\"tee\":\"tdx\"")));
}

// Contracts know SNP alone so far: whatever else a machine is, no key under a contract goes to it.
TEST_F(KindsOfMachines, GetNoKeyUnderAContract) {
  Shown shown = Begin("tdx");
  shown.primary = Td(shown);
  ASSERT_TRUE(Attest(shown));
  const auto reserved = broker->Reserve(session, Json::Object{}, {});
  EXPECT_FALSE(reserved);
}

}  // namespace
}  // namespace cloister::broker
