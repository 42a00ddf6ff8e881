#include "evidence/nitro/verify.h"

#include <memory>

#include "evidence/nitro/chain_cache.h"
#include "evidence/nitro/internal/chain.h"
#include "evidence/nitro/internal/document.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedNitroChain;

// At which time the certificates must be valid; kStale where the timestamp does not allow for any.
Result<Time> ChainTime(const NitroDocument& document, const NitroExpectations& expected, Time at) {
  const Time timestamp = document.Timestamp();
  if (timestamp > at + expected.skew) {
    return Error(ErrorCode::kStale, "its timestamp " + ToRfc3339(timestamp) + " lies after " + ToRfc3339(at));
  }
  if (expected.time == NitroTime::kAuditOfOldDocument) return timestamp;
  return at;
}

Result<void> CheckAge(const NitroDocument& document, const NitroExpectations& expected, Time at) {
  if (expected.time == NitroTime::kAuditOfOldDocument || document.Timestamp() >= at - expected.skew) return {};
  return Error(ErrorCode::kStale,
               "its timestamp " + ToRfc3339(document.Timestamp()) + " lies too long before " + ToRfc3339(at));
}

Result<void> CheckFields(const NitroDocument& document, const NitroExpectations& expected) {
  if (!expected.nonce.Fits(document.nonce)) return Error(ErrorCode::kMismatch, "nonce is not what was asked for");
  if (!expected.user_data.Fits(document.user_data)) {
    return Error(ErrorCode::kMismatch, "user_data is not what was expected");
  }
  if (!expected.public_key.Fits(document.public_key)) {
    return Error(ErrorCode::kMismatch, "public_key is not what was expected");
  }
  return {};
}

}  // namespace

// The only maker of VerifiedNitro.
struct NitroVerification {
  static Result<std::shared_ptr<const VerifiedNitroChain>> Chain(const NitroDocument& document,
                                                                 const NitroCollateral& collateral,
                                                                 const TrustAnchors& anchors, Time at,
                                                                 NitroChainCache* cache) {
    if (cache != nullptr) return cache->Verify(document, collateral, anchors, at);
    return std::make_shared<const VerifiedNitroChain>(
        TRY(VerifiedNitroChain::Verify(document, collateral, anchors, at)));
  }

  static Result<VerifiedNitro> Verify(ByteSpan bytes, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                      const NitroExpectations& expected, Time at, NitroChainCache* cache) {
    auto message = TRY_WITH("Nitro document", internal::OpenNitroEnvelope(bytes));
    NitroDocument document = TRY_WITH("Nitro document", internal::ReadNitroDocument(message));
    const Time chain_time = TRY_WITH("Nitro document", ChainTime(document, expected, at));
    const auto chain = TRY_WITH("Nitro document", Chain(document, collateral, anchors, chain_time, cache));
    // The key decides the algorithm, ES384; what the document names must be the same.
    TRY_WITH("Nitro document",
             token::VerifyCose1(std::move(message), chain->leaf_key(), {.form = token::CoseForm::kAny}));
    TRY_WITH("Nitro document", CheckAge(document, expected, at));
    TRY_WITH("Nitro document", CheckFields(document, expected));
    return VerifiedNitro(std::move(document), chain->root(), expected.time, chain->revocation(), chain->expires());
  }
};

Result<VerifiedNitro> VerifyNitro(ByteSpan document, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                  const NitroExpectations& expected, Time at) {
  return NitroVerification::Verify(document, collateral, anchors, expected, at, nullptr);
}

Result<VerifiedNitro> VerifyNitro(ByteSpan document, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                  const NitroExpectations& expected, Time at, NitroChainCache& cache) {
  return NitroVerification::Verify(document, collateral, anchors, expected, at, &cache);
}

}  // namespace cloister::evidence
