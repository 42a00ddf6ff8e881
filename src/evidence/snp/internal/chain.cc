#include "evidence/snp/internal/chain.h"

#include <algorithm>

namespace cloister::evidence::internal {
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

// The list of `ark`, if it is at hand.
std::optional<Crl> ListOf(const Certificate& ark, const std::vector<Crl>& lists) {
  const auto list = std::find_if(lists.begin(), lists.end(),
                                 [&](const Crl& crl) { return crl.IssuerDer() == ark.SubjectDer(); });
  return list == lists.end() ? std::nullopt : std::optional(*list);
}

}  // namespace

Result<VerifiedSnpChain> VerifiedSnpChain::Verify(std::span<const SnpCertificate> presented,
                                                  const SnpCollateral& collateral, const TrustAnchors& anchors, Time at) {
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
  const std::array<Certificate, 3> path = {leaf, ask, ark};
  TRY_WITH("SNP certificate chain", crypto::VerifyChain(path, {&ark, 1}, at));
  std::optional<Crl> list = ListOf(ark, candidates.lists);
  if (list) TRY_WITH("SNP revocation list", crypto::VerifyNotRevoked(ask, ark, *list, at));

  SnpVek vek = TRY(ReadSnpVekFromUnverified(leaf));
  if (vek.product != root.product) {
    return Error(ErrorCode::kMismatch, "SNP: the VEK names another processor line than its root " + root.name);
  }
  return VerifiedSnpChain(path, std::move(list), std::move(vek), std::move(root));
}

Result<void> VerifiedSnpChain::CheckAt(Time at) const {
  for (const Certificate& certificate : path_) {
    // As VerifyChain has it: the second of notAfter no longer counts.
    if (at >= certificate.NotBefore() && at < certificate.NotAfter()) continue;
    return Error(ErrorCode::kExpired, "SNP certificate chain: \"" + certificate.SubjectCommonName() + "\" is not valid at this time");
  }
  if (!list_) return {};
  TRY_WITH("SNP revocation list", list_->CheckValidity(at));
  if (list_->IsRevoked(path_[1])) {
    return Error(ErrorCode::kRevoked, "SNP revocation list: names the ASK \"" + path_[1].SubjectCommonName() + "\"");
  }
  return {};
}

}  // namespace cloister::evidence::internal
