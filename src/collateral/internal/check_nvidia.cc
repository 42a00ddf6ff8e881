#include <algorithm>

#include "collateral/internal/findings.h"
#include "collateral/internal/rim_id.h"
#include "crypto/ocsp.h"
#include "evidence/nvidia/rim.h"

namespace cloister::collateral::internal {
namespace {

using crypto::Certificate;
using evidence::RootUse;

Result<Findings> CheckRim(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const auto verified = TRY(evidence::VerifyNvidiaRim(item.body, anchors, at));
  if (!EndsInVersion(item.key, verified.rim().version)) return Error(ErrorCode::kMismatch, "it is for another version than its key says");
  CommonWindow common;
  for (const Certificate& certificate : verified.certificates()) common.Add(certificate);
  return Findings{.window = TRY(common.Get()), .issued = verified.certificates().front().NotBefore(), .simulated = verified.root().simulated};
}

// `issuers` begin with the certificate that the answer is about.
Result<Findings> CheckOcsp(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  const std::vector<Certificate> chain = TRY(ReadIssuers(item.issuers));
  if (chain.size() < 2) return Error(ErrorCode::kMalformed, "expected the certificate that it is about and its issuers");
  if (ToHex(chain[1].Fingerprint()) + "/" + ToHex(chain[0].Serial()) != item.key) {
    return Error(ErrorCode::kMismatch, "its certificates are others than its key says");
  }
  const auto response = TRY(crypto::OcspResponse::ParseDer(item.body));
  if (!response.NextUpdate()) return Error(ErrorCode::kMalformed, "expected an answer that says when the next one comes");
  CommonWindow common;
  for (const Certificate& certificate : chain) common.Add(certificate);
  common.Add(response.ThisUpdate(), *response.NextUpdate());
  const Window signers = TRY(common.Get());
  const auto device = anchors.Find(RootUse::kNvidiaDevice, chain.back());
  const auto use = device ? RootUse::kNvidiaDevice : RootUse::kNvidiaRim;
  const evidence::Root root = TRY(CheckChain(chain, use, anchors, signers, at));
  const auto holds = TRY(crypto::VerifyNotRevoked(chain[0], chain[1], response, std::nullopt, Nearest(signers, at)));
  common.Add(holds.from, holds.to);
  return Findings{.window = TRY(common.Get()), .issued = response.ThisUpdate(), .simulated = root.simulated};
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool EndsInVersion(std::string_view id, std::string_view version) {
  const auto ends_in = [&](std::string_view text) {
    return !text.empty() && id.size() > text.size() && id[id.size() - text.size() - 1] == '_' &&
           std::equal(text.begin(), text.end(), id.end() - static_cast<std::ptrdiff_t>(text.size()),
                      [](char a, char b) { return Lower(a) == Lower(b); });
  };
  std::string without(version);
  without.erase(std::remove(without.begin(), without.end(), '.'), without.end());
  return ends_in(version) || ends_in(without);
}

// A manifest's dates are in the certificates that it brings along, which are only known when its signature has been checked:
// so one that has ended can't be looked at any more (kExpired).
Result<Findings> CheckNvidia(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  return item.kind == Kind::kNvidiaOcsp ? CheckOcsp(item, anchors, at) : CheckRim(item, anchors, at);
}

}  // namespace cloister::collateral::internal
