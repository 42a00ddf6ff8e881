#include "evidence/snp_verify.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::Crl;

constexpr std::size_t kMaximumCertificates = 64;

// The certificates at hand, the verifier's own before those that were presented.
struct Candidates {
  std::vector<Certificate> veks, issuers, roots;
  std::vector<Crl> lists;
};

Result<void> Collect(std::span<const SnpCertificate> certificates, Candidates& out) {
  if (certificates.size() > kMaximumCertificates) {
    return Error(ErrorCode::kLimit, "SNP: at most 64 certificates, got " + std::to_string(certificates.size()));
  }
  for (const SnpCertificate& certificate : certificates) {
    const std::string_view name = SnpCertificateTypeName(certificate.type);
    switch (certificate.type) {
      case SnpCertificateType::kVcek:
      case SnpCertificateType::kVlek:
        out.veks.push_back(TRY_WITH(name, Certificate::ParseDer(certificate.der)));
        break;
      case SnpCertificateType::kAsk:
        out.issuers.push_back(TRY_WITH(name, Certificate::ParseDer(certificate.der)));
        break;
      case SnpCertificateType::kArk:
        out.roots.push_back(TRY_WITH(name, Certificate::ParseDer(certificate.der)));
        break;
      case SnpCertificateType::kCrl:
        out.lists.push_back(TRY_WITH(name, Crl::ParseDer(certificate.der)));
        break;
    }
  }
  return {};
}

// The first of `certificates` that has the name of `issued`'s issuer. Names prove nothing; signatures are checked after.
Result<Certificate> IssuerOf(const Certificate& issued, const std::vector<Certificate>& certificates,
                             std::string_view what) {
  for (const Certificate& certificate : certificates) {
    if (certificate.SubjectDer() == issued.IssuerDer()) return certificate;
  }
  return Error(ErrorCode::kNotFound, "SNP: no " + std::string(what) + " is at hand for the issuer \"" +
                                         issued.IssuerCommonName() + "\"");
}

Result<SnpRevocation> CheckRevocation(const Certificate& ask, const Certificate& ark, const std::vector<Crl>& lists,
                                      Time at) {
  const auto list = std::find_if(lists.begin(), lists.end(),
                                 [&](const Crl& crl) { return crl.IssuerDer() == ark.SubjectDer(); });
  if (list == lists.end()) return SnpRevocation::kNotChecked;
  TRY_WITH("SNP revocation list", crypto::VerifyNotRevoked(ask, ark, *list, at));
  return SnpRevocation::kChecked;
}

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
  Bytes expected = vek.hwid;
  expected.resize(report.chip_id.size());
  if (!Equal(expected, report.chip_id)) {
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
  Bytes signature(report.signature_r.rbegin(), report.signature_r.rend());
  signature.insert(signature.end(), report.signature_s.rbegin(), report.signature_s.rend());
  TRY_WITH("SNP report", vek.key.Verify(raw.first(kSnpSignedSize), signature));
  return {};
}

}  // namespace

Result<VerifiedSnpVek> VerifySnpVek(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                    const TrustAnchors& anchors, Time at) {
  Candidates candidates;
  TRY_WITH("SNP collateral", Collect(collateral.certificates, candidates));
  // The VEK belongs to the report, so the one that came with it goes first.
  const std::size_t own_veks = candidates.veks.size();
  TRY_WITH("SNP evidence", Collect(presented, candidates));
  if (candidates.veks.empty()) return Error(ErrorCode::kNotFound, "SNP: no VCEK or VLEK certificate is at hand");
  const Certificate& leaf = candidates.veks.size() > own_veks ? candidates.veks[own_veks] : candidates.veks.front();

  const Certificate ask = TRY(IssuerOf(leaf, candidates.issuers, "ASK"));
  const Certificate ark = TRY(IssuerOf(ask, candidates.roots, "ARK"));
  SnpRoot root = TRY(anchors.FindSnp(ark));
  const Certificate path[] = {leaf, ask, ark};
  TRY_WITH("SNP certificate chain", crypto::VerifyChain(path, {&ark, 1}, at));
  const SnpRevocation revocation = TRY(CheckRevocation(ask, ark, candidates.lists, at));

  SnpVek vek = TRY(ReadSnpVekFromUnverified(leaf));
  if (vek.product != root.product) {
    return Error(ErrorCode::kMismatch, "SNP: the VEK names another processor line than its root " + root.name);
  }
  return VerifiedSnpVek(std::move(vek), std::move(root), revocation);
}

Result<VerifiedSnp> VerifySnp(const SnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                              const SnpExpectations& expected, Time at) {
  SnpReport report = TRY(ParseSnpReport(evidence.report));
  VerifiedSnpVek vek = TRY(VerifySnpVek(evidence.certificates, collateral, anchors, at));
  TRY(CheckBinding(report, vek.vek(), expected.chip_id));
  TRY(CheckSignature(evidence.report, report, vek.vek()));
  TRY(CheckCaller(report, expected));
  const SnpProduct product = vek.vek().product;
  const SnpTcb current = TRY(DecodeSnpTcb(report.current_tcb, product));
  const SnpTcb committed = TRY(DecodeSnpTcb(report.committed_tcb, product));
  const SnpTcb launch = TRY(DecodeSnpTcb(report.launch_tcb, product));
  return VerifiedSnp(std::move(report), std::move(vek), current, committed, launch);
}

}  // namespace cloister::evidence
