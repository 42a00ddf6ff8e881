#include "evidence/composite.h"

#include <gmock/gmock.h>

#include "evidence/csv/simulated.h"
#include "evidence/snp/json.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;
using testing::HasSubstr;

const Bytes kNonce(32, 0x42);

const token::TeePublicKey& Key() {
  static const token::TeePublicKey* const key = new token::TeePublicKey(token::TeePrivateKey::Generate().Public());
  return *key;
}

// What a simulated guest shows over `additional`.
KbsAttestation Machine(const std::string& additional, const std::string& init_data = "") {
  KbsAttestation machine{init_data, ToBase64(kNonce), Key(), {}, additional};
  SimulatedSnpGuest guest;
  if (!init_data.empty()) {
    Bytes digest = *KbsInitDataDigest(init_data);
    digest.resize(32);
    guest.host_data = *ToArray<32>(digest);
  }
  const auto report_data = *KbsReportData(additional, machine.nonce, Key());
  machine.primary_evidence = *SnpEvidenceToJson({TestProcessor().Sign(TestProcessor().Report(guest, report_data, 0)), TestProcessor().Certificates()});
  return machine;
}

MachineExpectations Expecting(std::vector<std::string> other_entries = {}) {
  return {ChosenNonce::Exactly(kNonce), ChosenInitData::AnyInitData(), ExpectedDevices::None(), std::move(other_entries)};
}

Result<VerifiedEvidence> Verify(const KbsAttestation& machine, const MachineExpectations& expected = Expecting()) {
  return VerifyEvidence(machine, {}, AnchorsNaming(TestProcessor()), expected, kTestNow);
}

ErrorCode CodeOf(const Result<VerifiedEvidence>& verified) { return verified ? ErrorCode::kInternal : verified.error().code(); }

TEST(CompositeEvidence, RefusesAnotherNonceKeyOrTextThanTheCpuSigned) {
  KbsAttestation machine = Machine("");
  ASSERT_TRUE(Verify(machine)) << Verify(machine).error().ToText();
  MachineExpectations other = Expecting();
  other.nonce = ChosenNonce::Exactly(Bytes(32, 0x43));
  EXPECT_EQ(CodeOf(Verify(machine, other)), ErrorCode::kMismatch);
  machine.nonce = ToBase64(Bytes(32, 0x43));
  EXPECT_EQ(CodeOf(Verify(machine, other)), ErrorCode::kMismatch);  // the nonce that was given, over the CPU's old evidence
  machine = Machine("");
  machine.tee_key = token::TeePrivateKey::Generate().Public();
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kMismatch);
  machine = Machine(R"({"cloister":{}})");
  ASSERT_TRUE(Verify(machine, Expecting({"cloister"})));
  machine.additional_evidence = R"({"cloister": {}})";  // the same JSON, other characters
  EXPECT_EQ(CodeOf(Verify(machine, Expecting({"cloister"}))), ErrorCode::kMismatch);
  machine.additional_evidence = "";
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kMismatch);
}

TEST(CompositeEvidence, RefusesEntriesThatNobodyAskedFor) {
  for (const char* additional : {R"({"cloister":{}})", R"({"sampledevice":{}})", R"({"snp":{}})", R"({"token":"e"})", R"({"":{}})"}) {
    EXPECT_EQ(CodeOf(Verify(Machine(additional))), ErrorCode::kMismatch) << additional;
  }
  EXPECT_TRUE(Verify(Machine(R"({"cloister":{}})"), Expecting({"cloister"})));
}

TEST(CompositeEvidence, RefusesAnEntryTwiceAndWhatIsNoObject) {
  for (const char* additional : {R"({"cloister":{},"cloister":{}})", R"({"nvidia":{},"nvidia":{}})", "[]", "{", "1", R"({"cloister":{}} )" "x"}) {
    EXPECT_EQ(CodeOf(Verify(Machine(additional), Expecting({"cloister"}))), ErrorCode::kMalformed) << additional;
  }
  EXPECT_FALSE(Verify(Machine(R"({"nvidia":{"device_evidence_list":[]}})")));
}

TEST(CompositeEvidence, RefusesAMissingDevice) {
  MachineExpectations expected = Expecting();
  expected.devices = ExpectedDevices::Exactly({{EvidenceKind::kNvidiaGpu, 1}});
  const auto verified = Verify(Machine(""), expected);
  EXPECT_EQ(CodeOf(verified), ErrorCode::kMismatch);
  EXPECT_THAT(verified.error().message(), HasSubstr("expected 1 nvidia-gpu, got no device"));
}

TEST(CompositeEvidence, RefusesAMachineThatIsNone) {
  KbsAttestation machine = Machine("");
  machine.primary_evidence = *Json::Parse(R"({"device_evidence_list":[]})");
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kUnsupported);
  machine.primary_evidence = Json();
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kUnsupported);
}

TEST(CompositeEvidence, RefusesOtherInitDataThanTheMachineWasLaunchedWith) {
  const std::string toml = "version = \"0.1.0\"\nalgorithm = \"sha384\"\n[data]\n";
  KbsAttestation machine = Machine("", toml);
  ASSERT_TRUE(Verify(machine)) << Verify(machine).error().ToText();
  machine.init_data += "\n";
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kMismatch);
  MachineExpectations expected = Expecting();
  expected.init_data = ChosenInitData::Exactly(Bytes(48));
  EXPECT_EQ(CodeOf(Verify(Machine("", toml), expected)), ErrorCode::kMismatch);
  expected.init_data = ChosenInitData::Exactly(*KbsInitDataDigest(toml));
  EXPECT_TRUE(Verify(Machine("", toml), expected));
}

// Trustee takes evidence of CSV and of IBM's SE with any init-data, and compares it with nothing.
TEST(TrusteeDefects, Defect7_InitDataIsComparedOrTheEvidenceIsRefused) {
  const std::string toml = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n";
  KbsAttestation machine = Machine("", toml);
  machine.primary_evidence = SimulatedCsvEvidence(1, *KbsReportData("", machine.nonce, Key()));
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kUnsupported);
  machine.init_data.clear();
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kUnsupported);
  machine.primary_evidence = *Json::Parse(R"({"se_tag":"AAAA","evidence":"AAAA","image_hdr_tag":"AAAA"})");
  EXPECT_EQ(CodeOf(Verify(machine)), ErrorCode::kUnsupported);
  EXPECT_FALSE(EvidenceKindFromName("se"));
  // Where hardware or a token has no place for it, a value that was given is an error and never passed over.
  for (const EvidenceKind kind : {EvidenceKind::kNitro, EvidenceKind::kToken}) {
    const EvidenceExpectations expected{ChosenNonce::AnyNonce(), ChosenInitData::Exactly(Bytes(32, 1))};
    EXPECT_EQ(CodeOf(VerifyEvidence({kind, ToBytes("{}")}, {}, AnchorsNaming(TestProcessor()), expected, kTestNow)), ErrorCode::kUsage);
  }
}

TEST(CompositeEvidence, RefusesMoreThanItsMemoryTakes) {
  EXPECT_EQ(CodeOf(Verify(Machine(std::string(kMaxEvidence, ' ')))), ErrorCode::kLimit);
}

TEST(CompositeEvidence, SaysWhereNothingShowsThatItIsFresh) {
  MachineExpectations any = Expecting();
  any.nonce = ChosenNonce::AnyNonce();
  const auto verified = Verify(Machine(""), any);
  ASSERT_TRUE(verified);
  std::vector<std::string> not_checked;
  for (const NotChecked& one : verified->parts()[0].not_checked) not_checked.push_back(one.what);
  EXPECT_THAT(not_checked, testing::Contains("freshness"));
}

}  // namespace
}  // namespace cloister::evidence
