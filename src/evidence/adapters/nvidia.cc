#include "evidence/internal/adapters.h"
#include "evidence/nvidia/json.h"
#include "evidence/nvidia/system.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<std::vector<NvidiaEvidence>> ReadNvidia(const EvidencePart& part) {
  if (!part.attachments.empty()) return Error(ErrorCode::kUsage, "NVIDIA evidence: expected nothing beside it");
  const Json json = TRY_WITH("NVIDIA evidence", Json::Parse(AsText(part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
  auto devices = TRY(NvidiaEvidenceFromJson(json));
  if (devices.empty()) return Error(ErrorCode::kMalformed, "NVIDIA evidence: expected one device or more, got none");
  return devices;
}

// Every device as many as there are: how many there should be is the caller's to say (ExpectedDevices).
Result<NvidiaSystemExpectations> ExpectationsFor(const VerifyInput& input, const std::vector<NvidiaEvidence>& devices) {
  NvidiaSystemExpectations expected{.device = {}, .gpus = 0, .switches = 0, .topology = NvidiaTopology::kIndependent};
  for (const NvidiaEvidence& device : devices) ++(IsNvidiaSwitch(device.architecture) ? expected.switches : expected.gpus);
  if (expected.switches > 0 && expected.gpus > 0) expected.topology = NvidiaTopology::kProtectedPcie;
  expected.device.measurements = input.collateral.nvidia.has_rims() ? NvidiaMeasurements::kMustMatch : NvidiaMeasurements::kNotCompared;
  expected.device.revocation = input.collateral.nvidia.has_answers() ? NvidiaRevocation::kMustBeGood : NvidiaRevocation::kNotChecked;
  if (input.expected.nonce.value()) {
    expected.device.nonce = TRY(ToArray<kNvidiaNonceSize>(TRY(FitNonce(input.expected.nonce, kNvidiaNonceSize))));
  } else {
    expected.device.nonce = TRY(ParseNvidiaReport(devices[0].report)).nonce;
  }
  return expected;
}

PartFindings FindingsOf(const VerifiedNvidiaDevice& device, const VerifyInput& input) {
  const bool is_switch = IsNvidiaSwitch(device.architecture());
  PartFindings findings{is_switch ? EvidenceKind::kNvidiaSwitch : EvidenceKind::kNvidiaGpu, device.Claims(), {}, {}, {}};
  findings.chain = {"key of the firmware on chip " + ToHex(device.hardware_id()) + " (" + device.chip() + ")",
                    device.root().name + ", sha256 " + ToHex(device.root().sha256)};
  findings.proved = {"the chip's firmware signed this report with that key"};
  if (device.comparison()) findings.proved.emplace_back("its measurements are those of NVIDIA's manifests for its versions");
  else findings.not_checked.push_back({"measurements", "no manifest (RIM) was at hand: which firmware runs is the chip's own word"});
  if (input.expected.nonce.value()) findings.proved.emplace_back("the report's nonce is the one that was given");
  else findings.not_checked.push_back({"freshness", "no nonce was given: this may be a replay of old evidence"});
  if (device.revocation() == NvidiaRevocation::kNotChecked) {
    findings.not_checked.push_back({"revocation", "no answer of NVIDIA's OCSP service was at hand"});
  }
  return findings;
}

}  // namespace

bool IsNvidia(ByteSpan, const Json* json) {
  if (json == nullptr) return false;
  if (json->Find("device_evidence_list") != nullptr) return true;
  if (!json->is_array() || (*json->AsArray())->empty()) return false;
  const Json& first = (**json->AsArray())[0];
  return first.Find("arch") != nullptr && first.Find("evidence") != nullptr && first.Find("certificate") != nullptr;
}

Result<std::vector<PartFindings>> VerifyNvidiaPart(const VerifyInput& input) {
  const std::vector<NvidiaEvidence> devices = TRY(ReadNvidia(input.part));
  const NvidiaSystemExpectations expected = TRY(ExpectationsFor(input, devices));
  const auto verified = TRY(VerifyNvidiaSystem(devices, input.collateral.nvidia, input.anchors, expected, input.at, input.caches.nvidia));
  std::vector<PartFindings> parts;
  for (const VerifiedNvidiaDevice& device : verified.devices()) {
    PartFindings findings = FindingsOf(device, input);
    if (expected.topology == NvidiaTopology::kProtectedPcie) {
      findings.proved.emplace_back("these " + std::to_string(expected.gpus) + " GPUs and " + std::to_string(expected.switches) +
                                   " switches name each other and nobody else");
    }
    parts.push_back(std::move(findings));
  }
  return parts;
}

Result<Json> DescribeNvidia(const EvidencePart& part) {
  Json::Array list;
  for (const NvidiaEvidence& device : TRY(ReadNvidia(part))) {
    const NvidiaReport report = TRY(ParseNvidiaReport(device.report));
    list.push_back(Json::Object{{"architecture", NvidiaArchitectureName(device.architecture)},
                                {"uuid", device.uuid},
                                {"nonce", ToHex(report.nonce)},
                                {"report_sha256", ToHex(crypto::Sha256(device.report))},
                                {"certificates_sha256", ToHex(crypto::Sha256(AsBytes(device.certificates)))}});
  }
  return Json(Json::Object{{"devices", std::move(list)}});
}

}  // namespace cloister::evidence::internal
