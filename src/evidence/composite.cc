#include "evidence/composite.h"

#include <algorithm>

#include "evidence/internal/adapters.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Error Mismatch(std::string message) { return Error(ErrorCode::kMismatch, "composite evidence: " + std::move(message)); }

Result<void> CheckNonce(const KbsAttestation& machine, const ChosenNonce& expected) {
  if (!expected.value()) return {};
  if (expected.value()->empty()) return Error(ErrorCode::kUsage, "nonce: expected some bytes, got none");
  if (machine.nonce == ToBase64(*expected.value())) return {};
  return Mismatch("expected the nonce that was given (base64), got another");
}

// What the CPU must have been launched with: the statement's own init-data, and the caller's.
Result<ChosenInitData> InitDataFor(const KbsAttestation& machine, const ChosenInitData& expected) {
  if (machine.init_data.empty()) return expected;
  const Bytes digest = TRY(KbsInitDataDigest(machine.init_data));
  if (expected.value() && *expected.value() != digest) return Mismatch("expected the init-data that was given, got another");
  return ChosenInitData::Exactly(digest);
}

// The devices of the additional evidence. A member twice does not parse; one that nobody reads is refused.
Result<std::vector<EvidencePart>> DeviceParts(const KbsAttestation& machine, const std::vector<std::string>& other_entries) {
  std::vector<EvidencePart> devices;
  if (machine.additional_evidence.empty()) return devices;
  const Json json = TRY_WITH("additional evidence", Json::Parse(machine.additional_evidence, {.max_bytes = kMaxEvidence, .max_depth = 16}));
  for (const auto& [name, value] : *TRY_WITH("additional evidence", json.AsObject())) {
    if (std::ranges::find(other_entries, name) != other_entries.end()) continue;
    const auto kind = EvidenceKindFromName(name);
    if (!kind || internal::AdapterOf(*kind).role != internal::Role::kDevice) {
      return Mismatch("expected no additional evidence but that of devices that are known, got another");
    }
    devices.push_back({*kind, ToBytes(value.Dump())});
  }
  return devices;
}

Result<void> CheckCounts(std::span<const PartFindings> devices, const ExpectedDevices& expected) {
  if (!expected.counts()) return {};
  std::map<EvidenceKind, std::size_t> found;
  for (const PartFindings& device : devices) ++found[device.kind];
  const auto words = [](const std::map<EvidenceKind, std::size_t>& counts) {
    std::string text;
    for (const auto& [kind, count] : counts) {
      if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(EvidenceKindName(kind));
    }
    return text.empty() ? std::string("no device") : text;
  };
  if (words(found) == words(*expected.counts())) return {};
  return Mismatch("expected " + words(*expected.counts()) + ", got " + words(found));
}

}  // namespace

Result<EvidencePart> PrimaryPartOf(const KbsAttestation& machine) {
  Bytes content = ToBytes(machine.primary_evidence.Dump());
  if (content.size() + machine.additional_evidence.size() > kMaxEvidence) {
    return Error(ErrorCode::kLimit, "composite evidence: expected at most " + std::to_string(kMaxEvidence) + " bytes");
  }
  const EvidenceKind kind = TRY_WITH("primary evidence", DetectEvidence(content));
  if (internal::AdapterOf(kind).role != internal::Role::kMachine) {
    return Error(ErrorCode::kUnsupported, "primary evidence: expected a machine's, got " + std::string(EvidenceKindName(kind)));
  }
  return EvidencePart{kind, std::move(content)};
}

Json RuntimeDataOf(const KbsAttestation& machine) {
  return Json::Object{{"additional-evidence", machine.additional_evidence}, {"nonce", machine.nonce}, {"tee-pubkey", machine.tee_key.ToJwk()}};
}

Result<VerifiedEvidence> VerifyEvidence(const KbsAttestation& machine, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const MachineExpectations& expected, Time at) {
  EvidenceCaches caches(1);
  return VerifyEvidence(machine, collateral, anchors, expected, at, caches);
}

Result<VerifiedEvidence> VerifyEvidence(const KbsAttestation& machine, const EvidenceCollateral& collateral,
                                        const TrustAnchors& anchors, const MachineExpectations& expected, Time at,
                                        EvidenceCaches& caches) {
  TRY(CheckNonce(machine, expected.nonce));
  const EvidencePart primary = TRY(PrimaryPartOf(machine));
  const std::vector<EvidencePart> devices = TRY(DeviceParts(machine, expected.other_entries));

  const auto init_data = TRY(InitDataFor(machine, expected.init_data));
  const auto cpu_digest = TRY(KbsCpuDigest(machine.additional_evidence, machine.nonce, machine.tee_key));
  const EvidenceExpectations of_cpu{ChosenNonce::Digest(cpu_digest), init_data};
  std::vector<PartFindings> parts = TRY_WITH("primary evidence", internal::VerifyPart({primary, collateral, anchors, of_cpu, at, caches}));
  CHECK(parts.size() == 1);

  const auto device_digest = TRY(KbsDeviceDigest(machine.nonce, machine.tee_key));
  const EvidenceExpectations of_devices{ChosenNonce::Digest(device_digest), ChosenInitData::AnyInitData()};
  for (const EvidencePart& device : devices) {
    auto found = TRY_WITH("additional evidence", internal::VerifyPart({device, collateral, anchors, of_devices, at, caches}));
    std::ranges::move(found, std::back_inserter(parts));
  }
  const std::span of_all(parts);
  TRY(CheckCounts(of_all.subspan(1), expected.devices));
  TRY(internal::RefuseDoubledDevices(parts));
  if (parts.size() > 1) parts[0].proved.emplace_back("report_data covers the evidence of " + std::to_string(parts.size() - 1) + " devices");
  if (!expected.nonce.value()) {
    parts[0].not_checked.push_back({"freshness", "no nonce was given: this statement may be a replay of an old one"});
  }
  return VerifiedEvidence(std::move(parts), at);
}

}  // namespace cloister::evidence
