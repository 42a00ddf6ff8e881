#include "evidence/nitro/verify.h"

#include <memory>

#include "evidence/nitro/chain_cache.h"
#include "evidence/nitro/internal/chain.h"
#include "evidence/nitro/internal/document.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedNitroChain;

// At which time the certificates must be valid; kStale where the timestamp does not allow for any.
Result<Time> ChainTime(const NitroClaims& claims, const NitroExpectations& expected, Time at) {
  const Time timestamp = claims.Timestamp();
  if (timestamp > at + expected.skew) {
    return Error(ErrorCode::kStale, "its timestamp " + ToRfc3339(timestamp) + " lies after " + ToRfc3339(at));
  }
  if (expected.time == NitroTime::kAuditOfOldDocument) return timestamp;
  return at;
}

Result<void> CheckAge(const NitroClaims& claims, const NitroExpectations& expected, Time at) {
  if (expected.time == NitroTime::kAuditOfOldDocument || claims.Timestamp() >= at - expected.skew) return {};
  return Error(ErrorCode::kStale,
               "its timestamp " + ToRfc3339(claims.Timestamp()) + " lies too long before " + ToRfc3339(at));
}

// A view of what may be there.
template <std::size_t N>
std::optional<ByteSpan> SpanOf(const std::optional<BoundedBytes<N>>& bytes) {
  return bytes ? std::optional(ByteSpan(*bytes)) : std::nullopt;
}

Result<void> CheckFields(const NitroClaims& claims, const NitroExpectations& expected) {
  if (!expected.nonce.Fits(SpanOf(claims.nonce))) return Error(ErrorCode::kMismatch, "nonce is not what was asked for");
  if (!expected.user_data.Fits(SpanOf(claims.user_data))) {
    return Error(ErrorCode::kMismatch, "user_data is not what was expected");
  }
  if (!expected.public_key.Fits(SpanOf(claims.public_key))) {
    return Error(ErrorCode::kMismatch, "public_key is not what was expected");
  }
  return {};
}

}  // namespace

const Root& VerifiedNitro::root() const { return chain_->root(); }

// The only maker of VerifiedNitro.
struct NitroVerification {
  static Result<std::shared_ptr<const VerifiedNitroChain>> Chain(const internal::NitroCertificates& certificates,
                                                                 const NitroCollateral& collateral,
                                                                 const TrustAnchors& anchors, Time at,
                                                                 NitroChainCache* cache) {
    if (cache != nullptr) return cache->Verify(certificates, collateral, anchors, at);
    return std::make_shared<const VerifiedNitroChain>(
        TRY(VerifiedNitroChain::Verify(certificates, collateral, anchors, at)));
  }

  static Result<VerifiedNitro> Verify(ByteSpan bytes, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                      const NitroExpectations& expected, Time at, NitroChainCache* cache) {
    // Bounded by a document's 32 KiB and its limits of values, 1,024 each for envelope, header and payload: under 300 KiB.
    thread_local internal::NitroScratch scratch;
    const internal::NitroView document = TRY(internal::ReadNitroDocument(bytes, scratch));
    const NitroClaims& claims = document.claims;
    const Time chain_time = TRY_WITH("Nitro document", ChainTime(claims, expected, at));
    const auto chain =
        TRY_WITH("Nitro document", Chain(document.certificates, collateral, anchors, chain_time, cache));
    // The key decides the algorithm, ES384; what the document names must be the same.
    TRY_WITH("Nitro document", document.message.Verify(chain->leaf_key()));
    TRY_WITH("Nitro document", CheckAge(claims, expected, at));
    TRY_WITH("Nitro document", CheckFields(claims, expected));
    return VerifiedNitro(claims, chain, expected.time, chain->revocation(), chain->expires());
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
