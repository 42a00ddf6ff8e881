#include "collateral/internal/findings.h"
#include "evidence/intel/collateral.h"

namespace cloister::collateral::internal {
namespace {

using crypto::Certificate;
using evidence::RootUse;

std::string_view TeeName(evidence::IntelTee tee) { return tee == evidence::IntelTee::kTdx ? "tdx" : "sgx"; }

struct Signed {
  std::string_view bytes;  // borrowed from the item
  Bytes signature;
  Time issue_date, next_update;
};

Result<Signed> ReadSigned(const Item& item) {
  std::string key;
  Signed out;
  const auto take = [&](const auto& parsed) {
    out = {parsed.signed_bytes, ToBytes(ByteSpan(parsed.signature)), parsed.content.issue_date, parsed.content.next_update};
    key = TeeName(parsed.content.tee);
  };
  if (item.kind == Kind::kIntelTcbInfo) {
    const auto info = TRY(evidence::ParseTcbInfo(AsText(item.body)));
    take(info);
    key += "/" + ToHex(info.content.fmspc);
  } else {
    take(TRY(evidence::ParseQeIdentity(AsText(item.body))));
  }
  if (key != item.key) return Error(ErrorCode::kMismatch, "it is that of " + key);
  return out;
}

// TCB info and QE identity: signed by a TCB signing certificate directly under the root.
Result<Findings> CheckSigned(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const std::vector<Certificate> chain = TRY(ReadIssuers(item.issuers));
  if (chain.size() != 2) return Error(ErrorCode::kMalformed, "expected signing certificate and root as issuers");
  if (chain[0].SubjectCommonName().find("TCB Signing") == std::string::npos) {
    return Error(ErrorCode::kUntrusted, "expected a TCB signing certificate, got " + chain[0].SubjectCommonName());
  }
  const Signed answer = TRY(ReadSigned(item));
  CommonWindow common;
  for (const Certificate& certificate : chain) common.Add(certificate);
  common.Add(answer.issue_date, answer.next_update);
  const Window window = TRY(common.Get());
  const evidence::Root root = TRY(CheckChain(chain, RootUse::kIntelSgx, anchors, window, at));
  TRY(TRY(chain[0].PublicKey(crypto::SignatureAlgorithm::kEs256)).Verify(AsBytes(answer.bytes), answer.signature));
  return Findings{.window = window, .issued = answer.issue_date, .simulated = root.simulated};
}

// Revocation lists: of a PCK CA under the root, or of the root.
Result<Findings> CheckList(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  std::vector<Certificate> chain = TRY(ReadIssuers(item.issuers));
  const bool of_root = item.kind == Kind::kIntelRootCrl;
  if (of_root) chain.erase(chain.begin(), chain.end() - 1);
  if (chain.size() != (of_root ? 1 : 2)) return Error(ErrorCode::kMalformed, "expected PCK CA and root as issuers");
  const std::string_view ca = item.key == "platform" ? "PCK Platform CA" : "PCK Processor CA";
  if (!of_root && chain[0].SubjectCommonName().find(ca) == std::string::npos) {
    return Error(ErrorCode::kMismatch, "expected the list of the " + std::string(ca) + ", got that of " + chain[0].SubjectCommonName());
  }
  const auto crl = TRY(crypto::Crl::ParseDer(item.body));
  if (!crl.NextUpdate()) return Error(ErrorCode::kMalformed, "expected a list that says when the next one comes");
  CommonWindow common;
  for (const Certificate& certificate : chain) common.Add(certificate);
  common.Add(crl.ThisUpdate(), *crl.NextUpdate());
  const Window window = TRY(common.Get());
  const evidence::Root root = TRY(CheckChain(chain, RootUse::kIntelSgx, anchors, window, at));
  TRY(crl.VerifySignedBy(chain[0]));
  return Findings{.window = window, .issued = crl.ThisUpdate(), .simulated = root.simulated};
}

}  // namespace

Result<Findings> CheckIntel(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const bool answer = item.kind == Kind::kIntelTcbInfo || item.kind == Kind::kIntelQeIdentity;
  return answer ? CheckSigned(item, anchors, at) : CheckList(item, anchors, at);
}

}  // namespace cloister::collateral::internal
