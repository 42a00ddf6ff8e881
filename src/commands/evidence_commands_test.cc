#include "commands/evidence_commands.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "collateral/testing.h"
#include "commands/temporary_folder.h"
#include "evidence/azure/testing.h"
#include "evidence/intel/testing.h"
#include "evidence/kind.h"
#include "evidence/snp/json.h"
#include "evidence/snp/testing.h"

namespace cloister::commands {
namespace {

using evidence::TestProcessor;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int code;
  std::string out, err;
};

class EvidenceCommands : public testing::Test {
 protected:
  EvidenceCommands() : folder_(*TemporaryFolder::Make()) {
    Write("report.bin", ReportOf(0x30000));
    Write("vcek.der", TestProcessor().vcek.Der());
    std::filesystem::create_directory(folder_.path() / "collateral");
    Write("collateral/ask.der", TestProcessor().ask.Der());
    Write("collateral/ark.der", TestProcessor().ark.Der());
    Write("collateral/ark.crl", TestProcessor().crl.Der());
    Write("anchors.json", ToBytes(TestProcessor().Anchors().ToJson()));
  }
  static Bytes ReportOf(std::uint64_t policy) {
    const evidence::SimulatedSnpGuest guest{.measurement = {}, .host_data = {}, .policy = {.bits = policy}, .report_id = {}};
    return TestProcessor().Sign(TestProcessor().Report(guest, evidence::TestNonce(), 0));
  }
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }
  void Write(const std::string& name, ByteSpan content) const { ASSERT_TRUE(WriteFile(At(name), content, FileMode::kPublic)); }

  EvidenceVerifyOptions Good() const {
    EvidenceVerifyOptions options;
    options.files = {At("report.bin"), At("vcek.der")};
    options.collateral = At("collateral");
    options.at = ToRfc3339(evidence::kTestNow);
    options.nonce = ToHex(evidence::TestNonce());
    options.simulated_anchors = At("anchors.json");
    options.accept_simulated = {ToHex(TestProcessor().ark.Fingerprint())};
    return options;
  }
  static Ran Run(const EvidenceVerifyOptions& options) {
    std::ostringstream out, err;
    const int code = Finish("evidence verify", EvidenceVerify(options, {out, err}), err);
    return {code, out.str(), err.str()};
  }
  TemporaryFolder folder_;
};

TEST_F(EvidenceCommands, RefusesAChangedReport) {
  Bytes bad = ReportOf(0x30000);
  bad[0x90] ^= 1;
  Write("report.bin", bad);
  const Ran ran = Run(Good());
  EXPECT_EQ(ran.code, kExitNo);
  EXPECT_THAT(ran.err, HasSubstr("NOT VERIFIED"));
  EXPECT_EQ(ran.out, "");
  EvidenceVerifyOptions json = Good();
  json.json = true;
  EXPECT_THAT(Run(json).out, HasSubstr("\"verified\": false"));
}

TEST_F(EvidenceCommands, RefusesAnotherNonceAnExpiredChainAndAnUnnamedRoot) {
  EvidenceVerifyOptions options = Good();
  options.nonce = std::string(128, '0');
  EXPECT_EQ(Run(options).code, kExitNo);
  options = Good();
  options.at = "2036-01-01T00:00:00Z";
  EXPECT_EQ(Run(options).code, kExitNo);
  options = Good();
  options.accept_simulated.clear();
  EXPECT_EQ(Run(options).code, kExitNo);
  options = Good();
  options.simulated_anchors.clear();
  EXPECT_EQ(Run(options).code, kExitUsage);
}

TEST_F(EvidenceCommands, RefusesAFileOfOneGibibyteAtOnce) {
  const std::string big = At("big.bin");
  Write("big.bin", Bytes(1));
  std::filesystem::resize_file(big, std::uintmax_t{1} << 30);
  EvidenceVerifyOptions options = Good();
  options.files = {big};
  const auto start = std::chrono::steady_clock::now();
  const Ran ran = Run(options);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_THAT(ran.err, HasSubstr("expected at most 2097152 bytes"));
}

// A pipe does not say how much will come: the command stops reading where no evidence is longer.
TEST_F(EvidenceCommands, RefusesStandardInputThatGoesOnForOneGibibyte) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::size_t written = 0;
  std::thread writer([&] {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    const Bytes block(1 << 16, ' ');
    while (written < std::size_t{1} << 30 && ::write(ends[1], block.data(), block.size()) > 0) written += block.size();
    ::close(ends[1]);
  });
  EvidenceVerifyOptions options = Good();
  options.files = {"/dev/fd/" + std::to_string(ends[0])};
  const Ran ran = Run(options);
  ::close(ends[0]);
  writer.join();
  EXPECT_EQ(ran.code, kExitFailure);
  EXPECT_THAT(ran.err, HasSubstr("expected at most 2097152 bytes"));
  EXPECT_LT(written, std::size_t{8} << 20);
}

TEST_F(EvidenceCommands, RefusesMoreFilesThanBelongToOnePiece) {
  EvidenceVerifyOptions options = Good();
  options.files.resize(evidence::kMaxAttachments + 2, At("vcek.der"));
  EXPECT_THAT(Run(options).err, HasSubstr("expected at most 17 files"));
}

// What comes through a pipe comes once.
TEST_F(EvidenceCommands, TakesEvidenceFromAPipe) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Bytes report = ReportOf(0x30000);
  ASSERT_EQ(::write(ends[1], report.data(), report.size()), static_cast<ssize_t>(report.size()));
  ::close(ends[1]);
  EvidenceVerifyOptions options = Good();
  options.files[0] = "/dev/fd/" + std::to_string(ends[0]);
  const Ran ran = Run(options);
  ::close(ends[0]);
  EXPECT_THAT(ran.out, HasSubstr("the secure processor's firmware signed this report"));
}

TEST_F(EvidenceCommands, TakesWhatATdsPlatformNeedsFromAStore) {
  const auto& platform = evidence::TestIntel();
  collateral::StoreOf(At("store"), evidence::AnchorsNaming(platform), collateral::TdItemsOf(platform));
  Write("quote.bin", evidence::TdQuote(platform));
  Write("intel.json", ToBytes(platform.Anchors().ToJson()));
  EvidenceVerifyOptions options = Good();
  options.files = {At("quote.bin")};
  options.collateral = At("store");
  options.nonce = ToHex(evidence::IntelNonce());
  options.simulated_anchors = At("intel.json");
  options.accept_simulated = {ToHex(platform.root.Fingerprint())};
  options.json = true;
  EXPECT_THAT(Run(options).out, AllOf(HasSubstr("UpToDate"), HasSubstr("\"checked\"")));
  // Without a current list in the store the evidence is refused.
  options.at = ToRfc3339(evidence::kIntelNow + std::chrono::days(21));
  EXPECT_THAT(Run(options).err, HasSubstr("NOT VERIFIED"));
}

// What revokes or ages a platform in the store counts for Azure's machines on it, too.
TEST_F(EvidenceCommands, TakesWhatAzuresTdsPlatformNeedsFromAStore) {
  const auto& platform = evidence::TestIntel();
  collateral::StoreOf(At("store"), evidence::AnchorsNaming(platform), collateral::TdItemsOf(platform));
  Write("azure.json", ToBytes(evidence::AzureTdxEvidenceToJson(evidence::TestAzure().OnTdx(platform, evidence::TpmTestNonce())).Dump()));
  Write("intel.json", ToBytes(platform.Anchors().ToJson()));
  EvidenceVerifyOptions options = Good();
  options.files = {At("azure.json")};
  options.collateral = At("store");
  options.nonce = ToHex(evidence::TpmTestNonce());
  options.simulated_anchors = At("intel.json");
  options.accept_simulated = {ToHex(platform.root.Fingerprint())};
  options.json = true;
  EXPECT_THAT(Run(options).out, AllOf(HasSubstr("UpToDate"), HasSubstr("\"checked\"")));
  options.at = ToRfc3339(evidence::kIntelNow + std::chrono::days(21));
  EXPECT_THAT(Run(options).err, HasSubstr("NOT VERIFIED"));
}

TEST_F(EvidenceCommands, TakesWhatAzuresSnpMachineNeedsFromAFolder) {
  const auto json = evidence::AzureSnpEvidenceToJson(evidence::TestAzure().OnSnp(TestProcessor(), evidence::TpmTestNonce()));
  Write("azure.json", ToBytes(json.Dump()));
  EvidenceVerifyOptions options = Good();
  options.files = {At("azure.json")};
  options.nonce = ToHex(evidence::TpmTestNonce());
  options.json = true;
  EXPECT_THAT(Run(options).out, HasSubstr("\"checked\""));
}

TEST_F(EvidenceCommands, SaysSimulatedAndNeverYesOnASimulatedRoot) {
  const std::string affirm = "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 2, \"executables\": 2, \"configuration\": 2}\n";
  Write("affirm.rego", ToBytes(affirm));
  EvidenceVerifyOptions options = Good();
  for (const bool no_policy : {false, true}) {
    options.no_policy = no_policy;
    options.policies.clear();
    if (!no_policy) options.policies = {At("affirm.rego")};
    const Ran ran = Run(options);
    EXPECT_EQ(ran.code, kExitNo) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("NO  SIMULATED"), Not(HasSubstr("YES"))));
    options.json = true;
    EXPECT_THAT(Run(options).out, AllOf(HasSubstr("\"SIMULATED\": true"), HasSubstr("\"yes\": false"), Not(HasSubstr("\"status\": \"affirming\""))));
    options.json = false;
  }
}

TEST_F(EvidenceCommands, NeverSkipsThePolicySilently) {
  // Nothing said: the built-in one judges, and is named with its digest.
  EXPECT_THAT(Run(Good()).out, AllOf(HasSubstr("built-in"), HasSubstr("sha256"), HasSubstr("configuration: affirming")));
  // One that gives nothing, fails, is empty or isn't there is no yes, whatever was verified.
  EvidenceVerifyOptions options = Good();
  for (const char* text : {"package policy\n", "package other\ntrust_claims := {\"hardware\": 2}", "package policy\ntrust_claims := {", ""}) {
    Write("bad.rego", ToBytes(text));
    options.policies = {At("bad.rego")};
    const Ran ran = Run(options);
    EXPECT_NE(ran.code, kExitYes) << text;
    EXPECT_EQ(ran.out, "") << text;
  }
  options.policies = {At("absent.rego")};
  EXPECT_EQ(Run(options).code, kExitFailure);
  // Left out aloud: the verdict says that nothing was judged. Together with a policy it makes no sense.
  options = Good();
  options.no_policy = true;
  EXPECT_THAT(Run(options).out, HasSubstr("NOT APPRAISED"));
  options.policies = {At("affirm.rego")};
  EXPECT_EQ(Run(options).code, kExitUsage);
}

TEST_F(EvidenceCommands, GivesPoliciesOfTrusteeWhatTheyAskFor) {
  // In the names of Trustee's policies: claims of input.snp, query_reference_value, integers of AR4SI.
  Write("trustee.rego", ToBytes(R"(package policy
import rego.v1
default executables := 33
default hardware := 97
default configuration := 36
executables := 3 if input.snp.measurement in query_reference_value("snp_launch_measurement")
hardware := 2 if {
	input.snp.reported_tcb_bootloader in query_reference_value("snp_bootloader")
	input.snp.reported_tcb_microcode in query_reference_value("snp_microcode")
	input.snp.reported_tcb_snp in query_reference_value("snp_snp_svn")
	input.snp.reported_tcb_tee in query_reference_value("snp_tee_svn")
}
configuration := 2 if {
	input.snp.platform_smt_enabled in query_reference_value("snp_smt_enabled")
	input.snp.platform_tsme_enabled in query_reference_value("snp_tsme_enabled")
	input.snp.policy_abi_major in query_reference_value("snp_guest_abi_major")
	input.snp.policy_abi_minor in query_reference_value("snp_guest_abi_minor")
	input.snp.policy_single_socket in query_reference_value("snp_single_socket")
	input.snp.policy_smt_allowed in query_reference_value("snp_smt_allowed")
	input.snp.policy_debug_allowed == false
	input.report_data != ""
	query_reference_value("no-such-value") == null
}
trust_claims := {"executables": executables, "hardware": hardware, "configuration": configuration}
)"));
  Write("values.json", ToBytes(R"({"snp_launch_measurement": [")" + std::string(96, '0') + R"("], "snp_bootloader": [4], "snp_microcode": [219],
    "snp_snp_svn": [24], "snp_tee_svn": [0], "snp_smt_enabled": [true, false], "snp_tsme_enabled": [true, false], "snp_guest_abi_major": [0],
    "snp_guest_abi_minor": [0], "snp_single_socket": [false], "snp_smt_allowed": [true]})"));
  EvidenceVerifyOptions options = Good();
  options.policies = {At("trustee.rego")};
  options.reference_values = At("values.json");
  // All are as good as the policy can make them, but for the simulated root.
  EXPECT_THAT(Run(options).out, AllOf(HasSubstr("executables: affirming (3)"), HasSubstr("configuration: affirming (2)"), HasSubstr("hardware: warning (32)")));
  Write("values.json", ToBytes("{}"));
  EXPECT_THAT(Run(options).out, AllOf(HasSubstr("executables: warning (33)"), HasSubstr("hardware: contraindicated (97)")));
}

TEST_F(EvidenceCommands, JudgesTheMeasurementByItsReferenceValue) {
  EvidenceVerifyOptions options = Good();
  options.reference_values = At("values.json");
  Write("values.json", ToBytes(R"({"measurement": [")" + std::string(96, '0') + R"("]})"));
  EXPECT_THAT(Run(options).out, HasSubstr("executables: affirming (2)"));
  Write("values.json", ToBytes(R"({"measurement": [")" + std::string(96, '1') + R"("]})"));
  EXPECT_THAT(Run(options).out, HasSubstr("executables: warning (33)"));
}

TEST_F(EvidenceCommands, SaysUnverifiedOnEachLineItShows) {
  Bytes forged = ReportOf(0x30000 | 1u << 19);
  forged[0x90] ^= 1;
  Write("forged.bin", forged);
  std::ostringstream out, err;
  EXPECT_EQ(Finish("evidence show", EvidenceShow({{At("forged.bin")}, "auto", false}, {out, err}), err), kExitYes);
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(line.starts_with("UNVERIFIED  ")) << line;
  EXPECT_THAT(out.str(), HasSubstr("debug: true"));
  EXPECT_EQ(Finish("evidence show", EvidenceShow({{At("vcek.der")}, "auto", false}, {out, err}), err), kExitUsage);
}

TEST_F(EvidenceCommands, ShowsWhatDiffersBetweenTwoMachines) {
  Write("other.bin", ReportOf(0x30000 | 1u << 19));
  std::ostringstream out, err;
  EXPECT_EQ(Finish("evidence diff", EvidenceDiff({At("report.bin"), At("report.bin"), "auto", false}, {out, err}), err), kExitYes);
  EXPECT_EQ(Finish("evidence diff", EvidenceDiff({At("report.bin"), At("other.bin"), "auto", false}, {out, err}), err), kExitNo);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("/debug: one can be looked into"), HasSubstr("UNVERIFIED    + true"), Not(HasSubstr("/measurement"))));
}

TEST_F(EvidenceCommands, VerifiesRealReports) {
  if (!evidence::HaveVectors()) GTEST_SKIP() << "no shared vectors here";
  const std::string vectors = evidence::SharedVectors().string();
  EvidenceVerifyOptions options;
  options.files = {vectors + "/snp/milan-v3-cleanroom/report.bin", vectors + "/snp/milan-v3-cleanroom/vcek.der"};
  options.at = "2026-03-15T00:00:00Z";
  options.collateral = At("amd");
  std::filesystem::create_directory(At("amd"));
  for (const char* name : {"amd_sev_milan.der", "amd_ark_milan.der", "amd_crl_ark_milan.crl"}) {
    std::filesystem::copy_file(vectors + "/_common/" + name, At("amd") + "/" + name);
  }
  const Ran ran = Run(options);
  EXPECT_EQ(ran.code, kExitYes) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("YES"), Not(HasSubstr("SIMULATED"))));
  options.files = {vectors + "/snp/neg-milan-wrong-chip/report.bin", vectors + "/snp/neg-milan-wrong-chip/vcek.der"};
  EXPECT_EQ(Run(options).code, kExitNo);
}

}  // namespace
}  // namespace cloister::commands
