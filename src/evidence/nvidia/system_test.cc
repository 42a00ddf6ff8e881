#include "evidence/nvidia/system.h"

#include "evidence/nvidia/json.h"
#include "evidence/nvidia/testing.h"

namespace cloister::evidence {
namespace {

constexpr std::size_t kGpus = 8, kSwitches = 4;

std::vector<SimulatedNvidiaDevice> NewMachine() { return *TestNvidia().MakeSystem(kGpus, kSwitches, crypto::SystemRandom()); }

std::vector<SimulatedNvidiaDevice>& Machine() {
  static auto* const machine = new std::vector<SimulatedNvidiaDevice>(NewMachine());
  return *machine;
}

const NvidiaCollateral& Collateral() {
  static const auto* const collateral = new NvidiaCollateral(TestNvidia().Collateral(Machine()));
  return *collateral;
}

std::vector<NvidiaEvidence> EvidenceOf(const std::vector<SimulatedNvidiaDevice>& devices) {
  std::vector<NvidiaEvidence> evidence;
  for (const auto& device : devices) evidence.push_back(device.Evidence(TestNvidiaNonce()));
  return evidence;
}

NvidiaSystemExpectations Expected(const NvidiaExpectations& device = NvidiaReportOnly()) {
  return {.device = device, .gpus = kGpus, .switches = kSwitches, .topology = NvidiaTopology::kProtectedPcie};
}

Result<VerifiedNvidiaSystem> Verify(std::span<const NvidiaEvidence> evidence,
                                    const NvidiaSystemExpectations& expected = Expected()) {
  return VerifyNvidiaSystem(evidence, {}, TestNvidia().Trusted(), expected, kTestNow);
}

TEST(NvidiaSystem, TakesEightGpusAndFourSwitchesWithEverythingChecked) {
  const auto verified = VerifyNvidiaSystem(EvidenceOf(Machine()), Collateral(), TestNvidia().Trusted(),
                                           Expected(NvidiaEverything()), kTestNow);
  ASSERT_TRUE(verified.has_value()) << verified.error().ToText();
  const auto claims = verified->Claims();
  EXPECT_EQ((*claims.GetArray("devices"))->size(), kGpus + kSwitches);
  EXPECT_EQ(*claims.GetString("topology"), "protected_pcie");
  EXPECT_EQ(*claims.GetString("revocation"), "checked");
  EXPECT_TRUE(*claims.GetBool("simulated"));
}

TEST(NvidiaSystem, TakesIndependentGpusWithoutSwitches) {
  auto expected = Expected();
  expected.switches = 0;
  expected.topology = NvidiaTopology::kIndependent;
  auto evidence = EvidenceOf(Machine());
  evidence.resize(kGpus);
  EXPECT_TRUE(Verify(evidence, expected).has_value());
}

TEST(NvidiaSystemPitfalls, AMissingDeviceRefusesTheWhole) {
  const auto all = EvidenceOf(Machine());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(RefusalOf(Verify(fewer)), ErrorCode::kMismatch) << i;
  }
}

TEST(NvidiaSystemPitfalls, ADeviceThatIsThereTwiceRefusesTheWhole) {
  auto doubled = EvidenceOf(Machine());
  doubled[3] = doubled[0];
  EXPECT_EQ(RefusalOf(Verify(doubled)), ErrorCode::kMismatch);
  doubled = EvidenceOf(Machine());
  doubled[kGpus + 1] = doubled[kGpus];
  EXPECT_EQ(RefusalOf(Verify(doubled)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, AnUnknownDeviceMoreRefusesTheWhole) {
  auto more = EvidenceOf(Machine());
  more.push_back(TestGpu().Evidence(TestNvidiaNonce()));
  EXPECT_EQ(RefusalOf(Verify(more)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, ASwitchOfAnotherMachineRefusesTheWhole) {
  const auto other = NewMachine();
  auto mixed = EvidenceOf(Machine());
  mixed[kGpus] = other[kGpus].Evidence(TestNvidiaNonce());
  EXPECT_EQ(RefusalOf(Verify(mixed)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, AGpuOfAnotherMachineRefusesTheWhole) {
  const auto other = NewMachine();
  auto mixed = EvidenceOf(Machine());
  mixed[0] = other[0].Evidence(TestNvidiaNonce());
  EXPECT_EQ(RefusalOf(Verify(mixed)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, AnotherNonceInOneDeviceRefusesTheWhole) {
  auto evidence = EvidenceOf(Machine());
  evidence[5] = Machine()[5].Evidence(NvidiaNonce{});
  EXPECT_EQ(RefusalOf(Verify(evidence)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, AGpuThatIsNotInProtectedPcieModeRefusesTheWhole) {
  NvidiaReport report = Machine()[2].Report(TestNvidiaNonce());
  report.opaque.Set(NvidiaField::kProtectedPcie, Bytes{kNvidiaDisabled});
  auto evidence = EvidenceOf(Machine());
  evidence[2] = Machine()[2].Evidence(report);
  EXPECT_EQ(RefusalOf(Verify(evidence)), ErrorCode::kMismatch);
}

TEST(NvidiaSystemPitfalls, OneBadSignatureRefusesTheWholeAndSaysWhich) {
  auto evidence = EvidenceOf(Machine());
  evidence[9].report.back() ^= 1;
  const auto verified = Verify(evidence);
  EXPECT_EQ(RefusalOf(verified), ErrorCode::kUntrusted);
  EXPECT_NE(verified.error().message().find("device 9"), std::string::npos);
}

TEST(NvidiaSystem, RefusesNoneAndTooMany) {
  EXPECT_EQ(RefusalOf(Verify({})), ErrorCode::kMismatch);
  const std::vector<NvidiaEvidence> many(kMaximumNvidiaDevices + 1, TestGpu().Evidence(TestNvidiaNonce()));
  EXPECT_EQ(RefusalOf(Verify(many)), ErrorCode::kLimit);
}

TEST(NvidiaSystem, ReadsVectorsOfOneMachineAsFarAsTheyGo) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  std::vector<NvidiaEvidence> devices;
  for (const char* id : {"nvidia-gpu/hopper-590.12-ppcie-gpu0/", "nvidia-gpu/hopper-590.12-ppcie-gpu1/", "nvidia-switch/ls10-ppcie-switch0/"}) {
    const bool is_switch = std::string_view(id).find("switch/") != std::string_view::npos;
    devices.push_back({is_switch ? NvidiaArchitecture::kLs10 : NvidiaArchitecture::kHopper,
                       Vector(std::string(id) + "report.bin"), std::string(AsText(Vector(std::string(id) + "cert_chain.pem"))), ""});
  }
  NvidiaSystemExpectations expected = Expected();
  expected.device.nonce = ParseNvidiaReport(devices[0].report)->nonce;
  expected.gpus = 2;
  expected.switches = 1;
  expected.topology = NvidiaTopology::kIndependent;
  const Time at = *FromRfc3339("2026-03-01T00:00:00Z");
  const auto verified = VerifyNvidiaSystem(devices, {}, TrustAnchors::Vendors(), expected, at);
  EXPECT_TRUE(verified.has_value()) << verified.error().ToText();
  // Its GPUs name four switches.
  expected.topology = NvidiaTopology::kProtectedPcie;
  EXPECT_EQ(RefusalOf(VerifyNvidiaSystem(devices, {}, TrustAnchors::Vendors(), expected, at)), ErrorCode::kMismatch);
}

}  // namespace
}  // namespace cloister::evidence
