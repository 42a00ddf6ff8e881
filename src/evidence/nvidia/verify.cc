#include "evidence/nvidia/verify.h"

#include <algorithm>

#include "evidence/nvidia/internal/endorsements.h"

namespace cloister::evidence {

namespace internal {

Result<VerifiedNvidiaDevice> NvidiaEndorsements::Device(const NvidiaEvidence& evidence, const NvidiaExpectations& expected) {
  return VerifiedNvidiaDevice::Verify(evidence, *this, expected);
}

}  // namespace internal

namespace {

using internal::NvidiaEndorsements;

constexpr std::size_t kOneDevice = 8;  // a cache for one verification
// Of a device chain: 0 is the leaf, whose issuer is the chip and runs no responder.
constexpr std::size_t kFirstWithAnswer = 1;

Result<void> CheckSignature(ByteSpan raw, const NvidiaReport& report, const VerifiedNvidiaChain& chain) {
  const ByteSpan covered = raw.first(raw.size() - kNvidiaSignatureSize);
  TRY_WITH("NVIDIA report", chain.key().Verify(covered, report.signature));
  return {};
}

// That the report is of the leaf's firmware, and of the kind of chip that was stated.
Result<void> CheckBinding(const NvidiaEvidence& evidence, const NvidiaDeviceInfo& info, const VerifiedNvidiaChain& chain) {
  if (evidence.architecture != chain.architecture()) {
    return Error(ErrorCode::kMismatch, "NVIDIA: evidence of " + std::string(NvidiaArchitectureName(evidence.architecture)) +
                                           " has the certificate of a " + chain.chip());
  }
  // Drivers before 550 don't report it.
  if (info.fwid && *info.fwid != chain.fwid()) {
    return Error(ErrorCode::kMismatch, "NVIDIA report: its FWID is not that of the leaf certificate");
  }
  return {};
}

}  // namespace

void VerifiedNvidiaDevice::ExpiresBy(Time time) {
  collateral_expires_ = collateral_expires_ ? std::min(*collateral_expires_, time) : time;
}

Result<void> VerifiedNvidiaDevice::UseRim(std::string_view what, const std::optional<std::string>& version,
                                          NvidiaEndorsements& endorsements, const NvidiaExpectations& expected,
                                          std::vector<std::shared_ptr<const VerifiedNvidiaRim>>& rims,
                                          std::optional<RimUse>& use) {
  if (!version) return Error(ErrorCode::kMismatch, "NVIDIA report: it has no version of its " + std::string(what));
  const auto rim = TRY_WITH(what, endorsements.Rim(chip_, *version));
  const auto& chain = rim->certificates();
  if (expected.revocation == NvidiaRevocation::kMustBeGood) ExpiresBy(TRY_WITH(what, endorsements.NotRevoked(chain, 0)));
  for (const crypto::Certificate& certificate : chain) ExpiresBy(certificate.NotAfter());
  simulated_ = simulated_ || rim->root().simulated;
  use = RimUse{rim->rim().version, rim->rim().tag_id, rim->root()};
  rims.push_back(rim);
  return {};
}

Result<void> VerifiedNvidiaDevice::Compare(NvidiaEndorsements& endorsements, const NvidiaExpectations& expected) {
  std::vector<std::shared_ptr<const VerifiedNvidiaRim>> rims;
  if (!IsNvidiaSwitch(architecture_)) {
    TRY(UseRim("driver", info_.driver_version, endorsements, expected, rims, driver_rim_));
  }
  TRY(UseRim("VBIOS", info_.vbios_version, endorsements, expected, rims, vbios_rim_));
  std::vector<const NvidiaRim*> contents;
  for (const auto& rim : rims) contents.push_back(&rim->rim());
  comparison_ = TRY(CompareNvidiaMeasurements(report_, info_, contents));
  if (comparison_->mismatched.empty()) return {};
  std::string list;
  for (const unsigned index : comparison_->mismatched) list += (list.empty() ? "" : ",") + std::to_string(index);
  return Error(ErrorCode::kMismatch, "NVIDIA report: measurements " + list + " are not what the manifests say");
}

Result<VerifiedNvidiaDevice> VerifiedNvidiaDevice::Verify(const NvidiaEvidence& evidence, NvidiaEndorsements& endorsements,
                                                          const NvidiaExpectations& expected) {
  NvidiaReport report = TRY(ParseNvidiaReport(evidence.report));
  const auto chain = TRY(endorsements.Chain(evidence.certificates));
  TRY(CheckSignature(evidence.report, report, *chain));
  NvidiaDeviceInfo info = TRY(ReadNvidiaDeviceInfo(report));
  TRY(CheckBinding(evidence, info, *chain));
  if (report.nonce != expected.nonce) {
    return Error(ErrorCode::kMismatch, "NVIDIA report: its nonce is not the one that was asked for");
  }
  VerifiedNvidiaDevice device(std::move(report), std::move(info), evidence, chain->root(), chain->chip(),
                              chain->certificates(), chain->fwid());
  if (expected.revocation == NvidiaRevocation::kMustBeGood) {
    device.ExpiresBy(TRY_WITH("device", endorsements.NotRevoked(chain->certificates(), kFirstWithAnswer)));
  }
  device.revocation_ = expected.revocation;
  if (expected.measurements == NvidiaMeasurements::kMustMatch) TRY(device.Compare(endorsements, expected));
  return device;
}

Result<VerifiedNvidiaDevice> VerifyNvidia(const NvidiaEvidence& evidence, const NvidiaCollateral& collateral,
                                          const TrustAnchors& anchors, const NvidiaExpectations& expected, Time at) {
  NvidiaVerifiedCache cache(kOneDevice);
  return VerifyNvidia(evidence, collateral, anchors, expected, at, cache);
}

Result<VerifiedNvidiaDevice> VerifyNvidia(const NvidiaEvidence& evidence, const NvidiaCollateral& collateral,
                                          const TrustAnchors& anchors, const NvidiaExpectations& expected, Time at,
                                          NvidiaVerifiedCache& cache) {
  NvidiaEndorsements endorsements(collateral, anchors, at, cache.state());
  return endorsements.Device(evidence, expected);
}

}  // namespace cloister::evidence
