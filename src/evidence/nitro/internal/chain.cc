#include "evidence/nitro/internal/chain.h"

#include <algorithm>

#include "evidence/internal/revocation_lists.h"

namespace cloister::evidence::internal {
namespace {

using crypto::Certificate;
using crypto::Crl;

// The leaf first.
Result<std::vector<Certificate>> ReadPath(const NitroCertificates& certificates) {
  std::vector<Certificate> path;
  path.push_back(TRY_WITH("certificate", Certificate::ParseDer(certificates.certificate)));
  const std::span<const ByteSpan> bundle(certificates.bundle);
  for (auto der = bundle.rbegin(); der != bundle.rend(); ++der) {
    path.push_back(TRY_WITH("cabundle", Certificate::ParseDer(*der)));
  }
  return path;
}

Error Misused(const Certificate& certificate, const std::string& expected) {
  return Error(ErrorCode::kUntrusted, "certificate \"" + certificate.SubjectCommonName() + "\": expected " + expected);
}

// What OpenSSL would let pass where an extension is missing.
Result<void> CheckUses(const std::vector<Certificate>& path) {
  const std::optional<crypto::KeyUsage> leaf = path.front().Usage();
  if (path.front().IsCa()) return Misused(path.front(), "no CA as the leaf");
  if (!leaf || !leaf->digital_signature) return Misused(path.front(), "keyUsage digitalSignature");
  for (const Certificate& issuer : std::span(path).subspan(1)) {
    const std::optional<crypto::KeyUsage> usage = issuer.Usage();
    if (!issuer.IsCa()) return Misused(issuer, "a CA");
    if (!usage || !usage->key_cert_sign) return Misused(issuer, "keyUsage keyCertSign");
    TRY_WITH("certificate \"" + issuer.SubjectCommonName() + "\"",
             issuer.PublicKey(crypto::SignatureAlgorithm::kEs384));
  }
  return {};
}

}  // namespace

Result<VerifiedNitroChain> VerifiedNitroChain::Verify(const NitroCertificates& certificates,
                                                      const NitroCollateral& collateral, const TrustAnchors& anchors,
                                                      Time at) {
  std::vector<Certificate> path = TRY(ReadPath(certificates));
  // The bundle says which root it means; that we trust it comes from the anchors alone.
  Root root = TRY(anchors.Find(RootUse::kAwsNitro, path.back()));
  TRY(CheckUses(path));
  TRY(crypto::VerifyChain(path, {&path.back(), 1}, at));

  const std::vector<Crl> available = TRY(ReadRevocationLists(collateral.revocation_lists));
  std::vector<Listed> lists;
  bool all = true;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (const Crl* list = ListOf(path[i + 1], available)) {
      TRY(crypto::VerifyNotRevoked(path[i], path[i + 1], *list, at));
      lists.push_back(Listed{i, *list});
    } else if (TRY(NamesList(path[i]))) {
      all = false;
    }
  }
  const auto revocation = all && !lists.empty() ? NitroRevocation::kChecked : NitroRevocation::kNotChecked;
  auto leaf_key = TRY(path.front().PublicKey(crypto::SignatureAlgorithm::kEs384));
  return VerifiedNitroChain(std::move(path), std::move(lists), std::move(leaf_key), std::move(root), revocation);
}

Result<void> VerifiedNitroChain::CheckAt(Time at) const {
  for (const Certificate& certificate : path_) {
    // As VerifyChain has it: the second of notAfter no longer counts.
    if (at >= certificate.NotBefore() && at < certificate.NotAfter()) continue;
    return Error(ErrorCode::kExpired,
                 "certificate chain: \"" + certificate.SubjectCommonName() + "\" is not valid at this time");
  }
  for (const Listed& listed : lists_) {
    TRY(listed.list.CheckValidity(at));
    if (listed.list.IsRevoked(path_[listed.certificate])) {
      return Error(ErrorCode::kRevoked,
                   "certificate \"" + path_[listed.certificate].SubjectCommonName() + "\": revoked by its issuer");
    }
  }
  return {};
}

Time VerifiedNitroChain::expires() const {
  return std::min_element(path_.begin(), path_.end(),
                          [](const Certificate& a, const Certificate& b) { return a.NotAfter() < b.NotAfter(); })
      ->NotAfter();
}

}  // namespace cloister::evidence::internal
