#include "collateral/check.h"

#include <algorithm>

#include "collateral/internal/findings.h"

namespace cloister::collateral {
namespace {

Result<internal::Findings> Examine(const Item& item, const evidence::TrustAnchors& anchors, Time at) {
  switch (item.kind) {
    case Kind::kAmdChain:
    case Kind::kAmdCrl:
    case Kind::kAmdVcek: return internal::CheckAmd(item, anchors, at);
    case Kind::kIntelTcbInfo:
    case Kind::kIntelQeIdentity:
    case Kind::kIntelPckCrl:
    case Kind::kIntelRootCrl: return internal::CheckIntel(item, anchors, at);
    case Kind::kNvidiaRim:
    case Kind::kNvidiaOcsp: return internal::CheckNvidia(item, anchors, at);
    case Kind::kAzureCa:
    case Kind::kGoogleCa: return internal::CheckVtpmCa(item, anchors, at);
  }
  CHECK(false);
}

Result<void> CheckSizes(const Item& item) {
  if (item.body.empty()) return Error(ErrorCode::kMalformed, "is empty");
  if (item.body.size() > MaximumSize(item.kind)) {
    return Error(ErrorCode::kLimit, "expected at most " + std::to_string(MaximumSize(item.kind)) + " bytes, got " +
                                        std::to_string(item.body.size()));
  }
  if (item.issuers.size() > kMaxIssuerBytes) return Error(ErrorCode::kLimit, "its issuers have over 64 KiB");
  if (item.source.size() > kMaxSourceBytes) return Error(ErrorCode::kLimit, "its source has over 1024 bytes");
  return {};
}

}  // namespace

namespace internal {

void CommonWindow::Add(Time not_before, Time not_after) {
  window_.not_before = std::max(window_.not_before, not_before);
  window_.not_after = std::min(window_.not_after, not_after);
}

Result<Window> CommonWindow::Get() const {
  if (window_.not_before >= window_.not_after) {
    return Error(ErrorCode::kExpired, "at no moment it and all its certificates are valid together");
  }
  return window_;
}

Time Nearest(const Window& window, Time at) { return std::clamp(at, window.not_before, window.not_after - Seconds(1)); }

Result<evidence::Root> CheckChain(std::span<const crypto::Certificate> chain, evidence::RootUse use,
                                  const evidence::TrustAnchors& anchors, const Window& window, Time at) {
  auto root = TRY(anchors.Find(use, chain.back()));
  TRY(crypto::VerifyChain(chain, chain.last(1), Nearest(window, at)));
  return root;
}

Result<std::vector<crypto::Certificate>> ReadIssuers(ByteSpan pem) {
  if (pem.empty()) return Error(ErrorCode::kNotFound, "expected the certificates of its issuers, got none");
  return TRY_WITH("issuers", crypto::Certificate::ParsePemChain(AsText(pem)));
}

}  // namespace internal

std::string NameOf(Kind kind, std::string_view key) { return std::string(KindName(kind)) + " " + std::string(key); }

Result<void> CheckedItem::CheckAt(Time at) const {
  if (at >= window_.not_before && at < window_.not_after) return {};
  return Error(ErrorCode::kExpired, NameOf(item_.kind, item_.key) + ": holds from " + ToRfc3339(window_.not_before) + " to " +
                                        ToRfc3339(window_.not_after) + ", not at " + ToRfc3339(at));
}

Result<CheckedItem> CheckItem(Item item, const evidence::TrustAnchors& anchors, Time at) {
  TRY(CheckKey(item.kind, item.key));
  const std::string name = NameOf(item.kind, item.key);
  TRY_WITH(name, CheckSizes(item));
  const internal::Findings found = TRY_WITH(name, Examine(item, anchors, at));
  CheckedItem checked(std::move(item));
  checked.window_ = found.window;
  checked.issued_ = found.issued;
  checked.simulated_ = found.simulated;
  return checked;
}

}  // namespace cloister::collateral
