#include "evidence/snp/verify.h"

#include <algorithm>

#include "evidence/snp/internal/chain.h"
#include "evidence/snp/verified_chain_cache.h"

namespace cloister::evidence {
namespace {

Result<void> CheckCaller(const SnpReport& report, const SnpExpectations& expected) {
  if (report.vmpl == kSnpHostVmpl) {
    return Error(ErrorCode::kMismatch, "SNP report: the host asked for it, not the guest");
  }
  if (report.vmpl != 0 && expected.vmpl == SnpVmpl::kOnlyZero) {
    return Error(ErrorCode::kMismatch, "SNP report: expected VMPL 0, got " + std::to_string(report.vmpl));
  }
  if (report.report_data != expected.report_data) {
    return Error(ErrorCode::kMismatch, "SNP report: report_data is not what was asked for");
  }
  if (!expected.host_data.Fits(report.host_data)) {
    return Error(ErrorCode::kMismatch, "SNP report: host_data is not what was expected");
  }
  return {};
}

Result<void> CheckChip(const SnpReport& report, const SnpVek& vek, SnpChipId rule) {
  const bool zero = std::all_of(report.chip_id.begin(), report.chip_id.end(), [](std::uint8_t b) { return b == 0; });
  if (vek.type == SnpVekType::kVlek) return {};  // belongs to a provider, not to a chip
  if (report.chip_key_masked && zero) {
    if (rule == SnpChipId::kMayBeMasked) return {};
    return Error(ErrorCode::kMismatch, "SNP report: its chip id is masked");
  }
  // Turin's ids are 8 bytes; the rest of the field stays zero.
  std::array<std::uint8_t, 64> expected{};
  CHECK(vek.hwid.size() <= expected.size());
  std::copy(vek.hwid.begin(), vek.hwid.end(), expected.begin());
  if (report.chip_id != expected) {
    return Error(ErrorCode::kMismatch, "SNP report: chip_id is not the HWID of the VCEK");
  }
  return {};
}

// That report and key belong together.
Result<void> CheckBinding(const SnpReport& report, const SnpVek& vek, SnpChipId rule) {
  if (report.signing_key == SnpSigningKey::kNone) {
    return Error(ErrorCode::kUntrusted, "SNP report: says that no key signed it");
  }
  if ((report.signing_key == SnpSigningKey::kVlek) != (vek.type == SnpVekType::kVlek)) {
    return Error(ErrorCode::kMismatch, "SNP report: names another kind of signing key than the certificate");
  }
  // Version 2 carries no CPUID: there the certificate alone says the line.
  if (report.cpuid && TRY(SnpProductFromCpuid(report.cpuid->family, report.cpuid->model)) != vek.product) {
    return Error(ErrorCode::kMismatch, "SNP report: CPUID names another processor line than the certificate");
  }
  if (TRY(DecodeSnpTcb(report.reported_tcb, vek.product)) != vek.tcb) {
    return Error(ErrorCode::kMismatch, "SNP report: reported_tcb is not exactly the TCB of the certificate");
  }
  return CheckChip(report, vek, rule);
}

Result<void> CheckSignature(ByteSpan raw, const SnpReport& report, const SnpVek& vek) {
  std::array<std::uint8_t, 96> signature;  // r || s, big-endian
  std::reverse_copy(report.signature_r.begin(), report.signature_r.end(), signature.begin());
  std::reverse_copy(report.signature_s.begin(), report.signature_s.end(), signature.begin() + 48);
  TRY_WITH("SNP report", vek.key.Verify(raw.first(kSnpSignedSize), signature));
  return {};
}

}  // namespace

const SnpVek& VerifiedSnpVek::vek() const { return chain_->vek(); }
const SnpRoot& VerifiedSnpVek::root() const { return chain_->root(); }
SnpRevocation VerifiedSnpVek::revocation() const { return chain_->revocation(); }

Result<VerifiedSnpVek> VerifiedSnpVek::Verify(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                              const TrustAnchors& anchors, Time at, VerifiedChainCache* cache) {
  if (cache != nullptr) return VerifiedSnpVek(TRY(cache->Verify(presented, collateral, anchors, at)));
  return VerifiedSnpVek(std::make_shared<const internal::VerifiedSnpChain>(
      TRY(internal::VerifiedSnpChain::Verify(presented, collateral, anchors, at))));
}

Result<VerifiedSnp> VerifiedSnp::Verify(const SnpEvidence& evidence, const SnpCollateral& collateral,
                                        const TrustAnchors& anchors, const SnpExpectations& expected, Time at,
                                        VerifiedChainCache* cache) {
  SnpReport report = TRY(ParseSnpReport(evidence.report));
  VerifiedSnpVek vek = TRY(VerifiedSnpVek::Verify(evidence.certificates, collateral, anchors, at, cache));
  TRY(CheckBinding(report, vek.vek(), expected.chip_id));
  TRY(CheckSignature(evidence.report, report, vek.vek()));
  TRY(CheckCaller(report, expected));
  const SnpProduct product = vek.vek().product;
  const SnpTcb current = TRY(DecodeSnpTcb(report.current_tcb, product));
  const SnpTcb committed = TRY(DecodeSnpTcb(report.committed_tcb, product));
  const SnpTcb launch = TRY(DecodeSnpTcb(report.launch_tcb, product));
  return VerifiedSnp(std::move(report), std::move(vek), current, committed, launch);
}

Result<VerifiedSnpVek> VerifySnpVek(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                    const TrustAnchors& anchors, Time at) {
  return VerifiedSnpVek::Verify(presented, collateral, anchors, at, nullptr);
}

Result<VerifiedSnp> VerifySnp(const SnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                              const SnpExpectations& expected, Time at) {
  return VerifiedSnp::Verify(evidence, collateral, anchors, expected, at, nullptr);
}

Result<VerifiedSnp> VerifySnp(const SnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                              const SnpExpectations& expected, Time at, VerifiedChainCache& cache) {
  return VerifiedSnp::Verify(evidence, collateral, anchors, expected, at, &cache);
}

}  // namespace cloister::evidence
