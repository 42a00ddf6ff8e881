#include "collateral/internal/findings.h"
#include "evidence/snp/verify.h"

namespace cloister::collateral::internal {
namespace {

using crypto::Certificate;

std::string_view Part(std::string_view key, std::size_t index) {
  for (; index > 0; --index) key.remove_prefix(key.find('/') + 1);
  return key.substr(0, key.find('/'));
}

// ASK (ASVK) and ARK.
struct Chain {
  std::vector<Certificate> certificates;
  evidence::SnpRoot root;
};

Result<Chain> ReadChain(ByteSpan pem, std::string_view product, const evidence::TrustAnchors& anchors) {
  std::vector<Certificate> certificates = TRY(ReadIssuers(pem));
  if (certificates.size() != 2) {
    return Error(ErrorCode::kMalformed, "expected ASK and ARK, got " + std::to_string(certificates.size()) + " certificates");
  }
  evidence::SnpRoot root = TRY(anchors.FindSnp(certificates[1]));
  if (evidence::SnpProductName(root.product) != product) {
    return Error(ErrorCode::kMismatch, "expected the root of " + std::string(product) + ", got " + root.name);
  }
  return Chain{.certificates = std::move(certificates), .root = std::move(root)};
}

Result<Findings> CheckAmdChain(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const Chain chain = TRY(ReadChain(item.body, Part(item.key, 1), anchors));
  const Certificate& ask = chain.certificates[0];
  CommonWindow common;
  for (const Certificate& certificate : chain.certificates) common.Add(certificate);
  const Window window = TRY(common.Get());
  TRY(crypto::VerifyChain(chain.certificates, std::span(chain.certificates).last(1), Nearest(window, at)));
  const bool vlek = ask.SubjectCommonName().find("VLEK") != std::string::npos;
  if (vlek != (Part(item.key, 0) == "vlek")) {
    return Error(ErrorCode::kMismatch, "its certificate signs the other kind of keys: " + ask.SubjectCommonName());
  }
  return Findings{.window = window, .issued = ask.NotBefore(), .simulated = chain.root.simulated};
}

Result<Findings> CheckAmdCrl(const Item& item, const evidence::TrustAnchors& anchors) {
  // The ARK alone signs; an ASK beside it does no harm, and is how chains come.
  const std::vector<Certificate> issuers = TRY(ReadIssuers(item.issuers));
  const Certificate& ark = issuers.back();
  const evidence::SnpRoot root = TRY(anchors.FindSnp(ark));
  if (evidence::SnpProductName(root.product) != Part(item.key, 1)) {
    return Error(ErrorCode::kMismatch, "expected the root of another line than " + root.name);
  }
  const auto crl = TRY(crypto::Crl::ParseDer(item.body));
  TRY(crl.VerifySignedBy(ark));
  if (!crl.NextUpdate()) return Error(ErrorCode::kMalformed, "expected a list that says when the next one comes");
  CommonWindow common;
  common.Add(ark);
  common.Add(crl.ThisUpdate(), *crl.NextUpdate());
  return Findings{.window = TRY(common.Get()), .issued = crl.ThisUpdate(), .simulated = root.simulated};
}

Result<Findings> CheckVcek(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const Chain chain = TRY(ReadChain(item.issuers, Part(item.key, 0), anchors));
  const Certificate vcek = TRY(Certificate::ParseDer(item.body));
  CommonWindow common;
  common.Add(vcek);
  for (const Certificate& certificate : chain.certificates) common.Add(certificate);
  const Window window = TRY(common.Get());
  const evidence::SnpCertificate presented[] = {{evidence::SnpCertificateType::kVcek, item.body},
                                                {evidence::SnpCertificateType::kAsk, chain.certificates[0].Der()},
                                                {evidence::SnpCertificateType::kArk, chain.certificates[1].Der()}};
  const auto verified = TRY(evidence::VerifySnpVek(presented, {}, anchors, Nearest(window, at)));
  if (verified.vek().type != evidence::SnpVekType::kVcek) return Error(ErrorCode::kMismatch, "expected a VCEK, got a VLEK");
  if (ToHex(verified.vek().hwid) != Part(item.key, 1)) return Error(ErrorCode::kMismatch, "it is of another chip");
  const auto tcb = TRY(evidence::EncodeSnpTcb(verified.vek().tcb, verified.vek().product));
  if (ToHex(tcb) != Part(item.key, 2)) return Error(ErrorCode::kMismatch, "it is of another TCB");
  return Findings{.window = window, .issued = vcek.NotBefore(), .simulated = chain.root.simulated};
}

}  // namespace

Result<Findings> CheckAmd(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  if (item.kind == Kind::kAmdChain) return CheckAmdChain(item, anchors, at);
  if (item.kind == Kind::kAmdCrl) return CheckAmdCrl(item, anchors);
  return CheckVcek(item, anchors, at);
}

}  // namespace cloister::collateral::internal
