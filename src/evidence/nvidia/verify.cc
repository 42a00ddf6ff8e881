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

Result<VerifiedNvidiaDevice::Rim> VerifiedNvidiaDevice::UseRim(std::string_view what, const std::optional<NvidiaText>& version,
                                                               NvidiaEndorsements& endorsements,
                                                               const NvidiaExpectations& expected) {
  if (!version) return Error(ErrorCode::kMismatch, "NVIDIA report: it has no version of its " + std::string(what));
  Rim rim = TRY_WITH(what, endorsements.Rim(chip(), version->view()));
  const auto& chain = rim->certificates();
  if (expected.revocation == NvidiaRevocation::kMustBeGood) ExpiresBy(TRY_WITH(what, endorsements.NotRevoked(chain, 0)));
  for (const crypto::Certificate& certificate : chain) ExpiresBy(certificate.NotAfter());
  simulated_ = simulated_ || rim->root().simulated;
  return rim;
}

Result<void> VerifiedNvidiaDevice::Compare(NvidiaEndorsements& endorsements, const NvidiaExpectations& expected) {
  BoundedVector<const NvidiaRim*, 2> rims;
  if (!IsNvidiaSwitch(architecture())) {
    driver_rim_ = TRY(UseRim("driver", info_.driver_version, endorsements, expected));
    rims.push_back(&driver_rim_->rim());
  }
  vbios_rim_ = TRY(UseRim("VBIOS", info_.vbios_version, endorsements, expected));
  rims.push_back(&vbios_rim_->rim());
  comparison_ = TRY(CompareNvidiaMeasurements(report_, info_, rims));
  if (comparison_->mismatched.none()) return {};
  std::string list;
  for (unsigned index = 0; index < comparison_->mismatched.size(); ++index) {
    if (comparison_->mismatched[index]) list += (list.empty() ? "" : ",") + std::to_string(index);
  }
  return Error(ErrorCode::kMismatch, "NVIDIA report: measurements " + list + " are not what the manifests say");
}

Result<VerifiedNvidiaDevice> VerifiedNvidiaDevice::Verify(const NvidiaEvidence& evidence, NvidiaEndorsements& endorsements,
                                                          const NvidiaExpectations& expected) {
  if (evidence.uuid.size() > NvidiaText::kMaximum) return Error(ErrorCode::kLimit, "NVIDIA evidence: uuid over 64 bytes");
  const NvidiaReport report = TRY(ParseNvidiaReport(evidence.report));
  const auto chain = TRY(endorsements.Chain(evidence.certificates));
  TRY(CheckSignature(evidence.report, report, *chain));
  const NvidiaDeviceInfo info = TRY(ReadNvidiaDeviceInfo(report));
  TRY(CheckBinding(evidence, info, *chain));
  if (report.nonce != expected.nonce) {
    return Error(ErrorCode::kMismatch, "NVIDIA report: its nonce is not the one that was asked for");
  }
  VerifiedNvidiaDevice device(report, info, evidence.uuid, chain);
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
  return VerifyNvidia(evidence, PreparedNvidiaCollateral(collateral), anchors, expected, at, cache);
}

Result<VerifiedNvidiaDevice> VerifyNvidia(const NvidiaEvidence& evidence, const PreparedNvidiaCollateral& collateral,
                                          const TrustAnchors& anchors, const NvidiaExpectations& expected, Time at,
                                          NvidiaVerifiedCache& cache) {
  NvidiaEndorsements endorsements(collateral, anchors, at, cache.state());
  return endorsements.Device(evidence, expected);
}

}  // namespace cloister::evidence
