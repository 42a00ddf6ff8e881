#include "evidence/intel/internal/chain.h"

#include <algorithm>

namespace cloister::evidence::internal {
namespace {

using crypto::Certificate;
using crypto::Crl;

constexpr std::size_t kMaximumPem = std::size_t{32} << 10;

// Certificates of a PEM text of at most 32 KiB; a NUL at the end is passed over.
Result<std::vector<Certificate>> ParseChain(std::string_view pem, std::size_t expected) {
  if (pem.size() > kMaximumPem) return Error(ErrorCode::kLimit, "over 32 KiB");
  if (pem.ends_with('\0')) pem.remove_suffix(1);
  auto chain = TRY(Certificate::ParsePemChain(pem));
  if (chain.size() != expected) {
    return Error(ErrorCode::kMalformed,
                 "expected " + std::to_string(expected) + " certificates, got " + std::to_string(chain.size()));
  }
  return chain;
}

// Whose certificate it is, by the words of Intel's profile. One role never stands in for another, whoever signed.
Result<void> ExpectRole(const Certificate& certificate, std::string_view words) {
  if (certificate.SubjectCommonName().find(words) != std::string::npos) return {};
  return Error(ErrorCode::kUntrusted, "\"" + certificate.SubjectCommonName() + "\" is not an " + std::string(words));
}

Result<void> ExpectLeaf(const Certificate& certificate) {
  const auto usage = certificate.Usage();
  if (!certificate.IsCa() && usage && usage->digital_signature && !usage->key_cert_sign) return {};
  return Error(ErrorCode::kUntrusted,
               "\"" + certificate.SubjectCommonName() + "\" is a CA, or must not sign what is no certificate");
}

Result<Crl> ParseList(ByteSpan list) {
  return AsText(list).starts_with("-----BEGIN") ? Crl::ParsePem(AsText(list)) : Crl::ParseDer(list);
}

Result<void> CheckWindow(std::string_view what, Time from, Time to, Time at) {
  if (at >= from && at <= to) return {};
  return Error(ErrorCode::kExpired, std::string(what) + ": valid from " + ToRfc3339(from) + " to " + ToRfc3339(to) +
                                        ", now " + ToRfc3339(at));
}

Result<void> RefuseRevoked(const Certificate& certificate, const Crl& list) {
  if (!list.IsRevoked(certificate)) return {};
  return Error(ErrorCode::kRevoked, "\"" + certificate.SubjectCommonName() + "\": revoked by its issuer");
}

Error Missing(std::string_view what) {
  return Error(ErrorCode::kNotFound, std::string(what) + " is not at hand, and the rule asks for it");
}

}  // namespace

Result<VerifiedIntelChain> VerifiedIntelChain::Verify(std::string_view pck_chain, const IntelCollateral& collateral,
                                                      IntelCollateralRule rule, const TrustAnchors& anchors, Time at) {
  std::vector<Certificate> chain = TRY_WITH("PCK chain", ParseChain(pck_chain, 3));
  // Early quoting libraries wrote the root before the CA.
  if (chain[1].SubjectDer() == chain[1].IssuerDer()) std::swap(chain[1], chain[2]);
  // The root that came with the quote is only a name for one that we have pinned.
  Root root = TRY(anchors.Find(RootUse::kIntelSgx, chain[2]));
  TRY_WITH("PCK chain", crypto::VerifyChain(chain, {&chain[2], 1}, at));
  TRY_WITH("PCK chain", ExpectRole(chain[0], "SGX PCK Certificate"));
  TRY_WITH("PCK chain", ExpectLeaf(chain[0]));
  const bool platform_ca = ExpectRole(chain[1], "SGX PCK Platform CA").has_value();
  if (!platform_ca) TRY_WITH("PCK chain", ExpectRole(chain[1], "SGX PCK Processor CA"));
  PckExtension pck = TRY(ReadPckFromUnverified(chain[0]));
  crypto::VerifyingKey key = TRY_WITH("PCK", chain[0].PublicKey(crypto::SignatureAlgorithm::kEs256));

  VerifiedIntelChain verified(std::move(chain), std::move(pck), std::move(key), std::move(root));
  verified.platform_ca_ = platform_ca;
  TRY(verified.ReadLists(collateral, rule));
  if (rule != IntelCollateralRule::kSignaturesOnly) TRY(verified.ReadTcb(collateral, anchors, at));
  TRY(verified.CheckAt(at));
  verified.CollectDates();
  return verified;
}

Result<void> VerifiedIntelChain::ReadLists(const IntelCollateral& collateral, IntelCollateralRule rule) {
  if (rule == IntelCollateralRule::kEverything && collateral.root_crl.empty())
    return Missing("the root's revocation list");
  if (rule == IntelCollateralRule::kEverything && collateral.pck_crl.empty()) {
    return Missing("the revocation list of the PCK certificate's CA");
  }
  if (!collateral.root_crl.empty()) {
    root_crl_ = TRY_WITH("root's revocation list", ParseList(collateral.root_crl));
    TRY_WITH("root's revocation list", root_crl_->VerifySignedBy(pck_chain_[2]));
  }
  if (!collateral.pck_crl.empty()) {
    pck_crl_ = TRY_WITH("PCK revocation list", ParseList(collateral.pck_crl));
    TRY_WITH("PCK revocation list", pck_crl_->VerifySignedBy(pck_chain_[1]));
  }
  return {};
}

// The TCB signing certificate of `pem`, whose root has the same key as the PCK chain's: real and simulated never mix.
Result<crypto::VerifyingKey> VerifiedIntelChain::AddSigner(std::string_view pem, const TrustAnchors& anchors, Time at) {
  if (pem.empty()) return Missing("an issuer chain");
  std::vector<Certificate> chain = TRY(ParseChain(pem, 2));
  TRY(anchors.Find(RootUse::kIntelSgx, chain[1]));
  if (chain[1].SpkiDer() != root_certificate().SpkiDer()) {
    return Error(ErrorCode::kUntrusted, "leads to another root than the PCK chain");
  }
  TRY(ExpectRole(chain[0], "SGX TCB Signing"));
  TRY(ExpectLeaf(chain[0]));
  crypto::VerifyingKey key = TRY(chain[0].PublicKey(crypto::SignatureAlgorithm::kEs256));
  TRY(crypto::VerifyChain(chain, {&chain[1], 1}, at));
  tcb_signers_.insert(tcb_signers_.end(), chain.begin(), chain.end());
  return key;
}

Result<void> VerifiedIntelChain::ReadTcb(const IntelCollateral& collateral, const TrustAnchors& anchors, Time at) {
  if (collateral.tcb_info.empty()) return Missing("TCB info");
  if (collateral.qe_identity.empty()) return Missing("QE identity");
  const auto info_key = TRY_WITH("TCB info issuer chain", AddSigner(collateral.tcb_info_issuer_chain, anchors, at));
  const bool same = collateral.qe_identity_issuer_chain == collateral.tcb_info_issuer_chain;
  const auto identity_key =
      same ? info_key
           : TRY_WITH("QE identity issuer chain", AddSigner(collateral.qe_identity_issuer_chain, anchors, at));
  const auto info = TRY(ParseTcbInfo(collateral.tcb_info));
  TRY_WITH("TCB info", info_key.Verify(AsBytes(info.signed_bytes), info.signature));
  const auto identity = TRY(ParseQeIdentity(collateral.qe_identity));
  TRY_WITH("QE identity", identity_key.Verify(AsBytes(identity.signed_bytes), identity.signature));
  tcb_info_ = info.content;
  qe_identity_ = identity.content;
  return {};
}

Result<void> VerifiedIntelChain::CheckAt(Time at) const {
  for (const auto* certificates : {&pck_chain_, &tcb_signers_}) {
    for (const Certificate& certificate : *certificates) {
      // As VerifyChain has it: the second of notAfter no longer counts.
      if (at >= certificate.NotBefore() && at < certificate.NotAfter()) continue;
      return Error(ErrorCode::kExpired, "\"" + certificate.SubjectCommonName() + "\" is not valid at this time");
    }
  }
  if (root_crl_) {
    TRY_WITH("root's revocation list", root_crl_->CheckValidity(at));
    TRY_WITH("PCK chain", RefuseRevoked(pck_chain_[1], *root_crl_));
    for (std::size_t i = 0; i < tcb_signers_.size(); i += 2) {
      TRY_WITH("TCB signing chain", RefuseRevoked(tcb_signers_[i], *root_crl_));
    }
  }
  if (pck_crl_) {
    TRY_WITH("PCK revocation list", pck_crl_->CheckValidity(at));
    TRY_WITH("PCK chain", RefuseRevoked(pck_chain_[0], *pck_crl_));
  }
  if (tcb_info_) TRY(CheckWindow("TCB info", tcb_info_->issue_date, tcb_info_->next_update, at));
  if (qe_identity_) TRY(CheckWindow("QE identity", qe_identity_->issue_date, qe_identity_->next_update, at));
  return {};
}

void VerifiedIntelChain::CollectDates() {
  dates_ = {pck_chain_[0].NotBefore(), pck_chain_[0].NotBefore(), pck_chain_[0].NotAfter()};
  const auto add = [this](Time issued, Time expires) {
    dates_.earliest_issue = std::min(dates_.earliest_issue, issued);
    dates_.latest_issue = std::max(dates_.latest_issue, issued);
    dates_.earliest_expiration = std::min(dates_.earliest_expiration, expires);
  };
  for (const auto* certificates : {&pck_chain_, &tcb_signers_}) {
    for (const Certificate& certificate : *certificates) add(certificate.NotBefore(), certificate.NotAfter());
  }
  // A list without nextUpdate has not passed CheckAt.
  for (const auto* list : {&root_crl_, &pck_crl_}) {
    if (*list) add((*list)->ThisUpdate(), *(*list)->NextUpdate());
  }
  if (tcb_info_) add(tcb_info_->issue_date, tcb_info_->next_update);
  if (qe_identity_) add(qe_identity_->issue_date, qe_identity_->next_update);
}

Result<crypto::VerifyingKey> VerifyAttestationKey(const IntelQuoteView& quote, const crypto::VerifyingKey& pck_key) {
  TRY_WITH("QE report", pck_key.Verify(quote.qe_report_bytes, quote.qe_report_signature));
  const crypto::Sha256Digest named = crypto::Sha256Parts({quote.attestation_key, quote.qe_authentication});
  std::array<std::uint8_t, 64> expected{};
  std::copy(named.begin(), named.end(), expected.begin());
  if (quote.qe_report.report_data != expected) {
    return Error(ErrorCode::kUntrusted, "QE report: does not name the quote's attestation key");
  }
  const ByteSpan point(quote.attestation_key);
  return TRY_WITH("attestation key", crypto::VerifyingKey::FromEcPoint(crypto::SignatureAlgorithm::kEs256,
                                                                       point.first(32), point.subspan(32)));
}

}  // namespace cloister::evidence::internal
