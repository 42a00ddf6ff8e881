// Machines of every kind through the verifier that production has: the honest ones hold, and say SIMULATED; each fault is
// refused, or is in the claims for a policy to judge.
#include "simulator/machine.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/file.h"
#include "simulator/run.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using evidence::ExpectedDevices;
using evidence::PartFindings;
using formats::Json;

const Time kNow = *FromRfc3339("2026-03-15T12:00:00Z");
constexpr std::string_view kInitData = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n";

MachineOptions Options(EvidenceKind cpu, std::size_t gpus = 0, std::size_t switches = 0, std::string fault = "") {
  return {.cpu = cpu,
          .gpus = gpus,
          .switches = switches,
          .nonce = Bytes(32, 0x42),
          .init_data = cpu == EvidenceKind::kNitro ? "" : std::string(kInitData),
          .fault = std::move(fault),
          .rsa_bits = 2048};
}

// The collateral as a verifier has it in memory.
evidence::EvidenceCollateral CollateralOf(const ShownMachine& machine) {
  evidence::EvidenceCollateral collateral;
  evidence::IntelCollateral intel;
  evidence::NvidiaCollateral nvidia;
  for (const auto& [name, content] : machine.collateral) {
    if (name == "ask.der") collateral.snp.certificates.push_back({evidence::SnpCertificateType::kAsk, content});
    if (name == "ark.der") collateral.snp.certificates.push_back({evidence::SnpCertificateType::kArk, content});
    if (name == "ark.crl") collateral.snp.certificates.push_back({evidence::SnpCertificateType::kCrl, content});
    if (name == "tcb_info.json") intel.tcb_info = AsText(content);
    if (name == "tcb_info_issuer_chain.pem") intel.tcb_info_issuer_chain = AsText(content);
    if (name == "qe_identity.json") intel.qe_identity = AsText(content);
    if (name == "qe_identity_issuer_chain.pem") intel.qe_identity_issuer_chain = AsText(content);
    if (name == "root_ca_crl.der") intel.root_crl = content;
    if (name == "pck_crl.der") intel.pck_crl = content;
    if (name == "cca-platform-keys.json") collateral.cca_keys = *evidence::CcaPlatformKeys::ParseTrusteeStore(AsText(content));
    if (name == "tpm-keys.json") collateral.tpm_keys = *evidence::EnrolledTpmKeys::Parse(AsText(content));
    if (name.starts_with("vtpm-")) collateral.vtpm.certificates.push_back(content);
    if (name.ends_with(".xml")) nvidia.rims.push_back(content);
    if (name.ends_with(".ocsp")) nvidia.ocsp.push_back({content, std::nullopt});
  }
  collateral.intel = intel;
  collateral.nvidia = nvidia;
  return collateral;
}

Result<evidence::VerifiedEvidence> Verify(const MachineOptions& options) {
  const ShownMachine machine = TRY(ShowMachine(options, kNow, crypto::SystemRandom()));
  const auto anchors = TRY(evidence::TrustAnchors::VendorsAndSimulated(machine.anchors, machine.roots));
  const auto nonce = evidence::ChosenNonce::Exactly(options.nonce);
  if (options.cpu == EvidenceKind::kNitro) {
    return evidence::VerifyEvidence({EvidenceKind::kNitro, machine.evidence}, CollateralOf(machine), anchors,
                                    {nonce, evidence::ChosenInitData::AnyInitData()}, kNow);
  }
  const auto statement = TRY(evidence::KbsAttestation::FromJson(TRY(Json::Parse(AsText(machine.evidence), {.max_bytes = evidence::kMaxEvidence}))));
  std::map<EvidenceKind, std::size_t> devices;
  if (options.gpus > 0) devices[EvidenceKind::kNvidiaGpu] = options.gpus;
  if (options.switches > 0) devices[EvidenceKind::kNvidiaSwitch] = options.switches;
  return evidence::VerifyEvidence(statement, CollateralOf(machine), anchors,
                                  {nonce, evidence::ChosenInitData::AnyInitData(), ExpectedDevices::Exactly(devices), {}}, kNow);
}

std::string Name(const MachineOptions& options) {
  return std::string(evidence::EvidenceKindName(options.cpu)) + "+" + std::to_string(options.gpus) + "+" + std::to_string(options.switches) +
         " " + options.fault;
}

// Whether a policy that looks at the claims sees that something is wrong.
bool SaysIt(const evidence::VerifiedEvidence& verified, const std::string& fault) {
  for (const evidence::LeftToPolicy& left : FindLeftToPolicy(verified.parts()[0])) {
    if (fault == "debug" && left.claim == "debug") return true;
    if (fault == "out-of-date" && left.claim == "tcb_status") return true;
  }
  return false;
}

TEST(SimulatedMachines, AreRefusedOrSayWhatIsWrongWithThem) {
  std::set<std::string_view> played;
  for (const EvidenceKind cpu : SimulatedCpus()) {
    // Devices' own faults need no CPU but one.
    const bool with_devices = cpu == EvidenceKind::kTdx;
    for (const MachineFault& fault : MachineFaults()) {
      const MachineOptions options = with_devices ? Options(cpu, 2, 1, std::string(fault.name)) : Options(cpu, 0, 0, std::string(fault.name));
      if (!fault.applies(options)) continue;
      played.insert(fault.name);
      const auto verified = Verify(options);
      if (fault.is == FaultIs::kRefused) {
        EXPECT_FALSE(verified) << Name(options);
      } else {
        ASSERT_TRUE(verified) << Name(options) << ": " << verified.error().ToText();
        EXPECT_TRUE(SaysIt(*verified, options.fault)) << Name(options);
      }
    }
  }
  EXPECT_EQ(played.size(), MachineFaults().size());
}

TEST(SimulatedMachines, AreSimulatedAndNothingElse) {
  for (const EvidenceKind cpu : SimulatedCpus()) {
    const auto verified = Verify(Options(cpu));
    ASSERT_TRUE(verified) << Name(Options(cpu)) << ": " << verified.error().ToText();
    EXPECT_TRUE(verified->simulated());
    // A TPM alone keeps nobody out of the memory.
    const bool by_tpm_alone = cpu == EvidenceKind::kTpm || cpu == EvidenceKind::kGcpVtpm;
    EXPECT_EQ(SaysIt(*verified, "debug"), by_tpm_alone) << Name(Options(cpu));
    EXPECT_FALSE(SaysIt(*verified, "out-of-date"));
  }
}

TEST(SimulatedMachines, HaveEightGpusAndFourSwitches) {
  for (const EvidenceKind cpu : {EvidenceKind::kSnp, EvidenceKind::kTdx, EvidenceKind::kSgx, EvidenceKind::kCca}) {
    const auto verified = Verify(Options(cpu, 8, 4));
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_EQ(verified->parts().size(), 13u);
    for (const PartFindings& part : verified->parts()) EXPECT_TRUE(*part.claims.GetBool("simulated"));
  }
}

TEST(SimulatedMachines, AreNotMadeOfWhatDoesNotFitTogether) {
  const auto refused = [](MachineOptions options) {
    const auto shown = ShowMachine(options, kNow, crypto::SystemRandom());
    return !shown && shown.error().code() == ErrorCode::kUsage;
  };
  EXPECT_TRUE(refused(Options(EvidenceKind::kNitro, 1)));
  EXPECT_TRUE(refused(Options(EvidenceKind::kSnp, 0, 1)));
  EXPECT_TRUE(refused(Options(EvidenceKind::kSnp, 33)));
  EXPECT_TRUE(refused(Options(EvidenceKind::kNvidia)));
  EXPECT_TRUE(refused(Options(EvidenceKind::kSnp, 0, 0, "gpu-added")));
  EXPECT_TRUE(refused(Options(EvidenceKind::kSnp, 0, 0, "nonsense")));
  MachineOptions without_nonce = Options(EvidenceKind::kSnp);
  without_nonce.nonce.clear();
  EXPECT_TRUE(refused(without_nonce));
}

}  // namespace
}  // namespace cloister::simulator
