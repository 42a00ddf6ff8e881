#include "evidence/intel/verified_intel_cache.h"

#include "base/byte_reader.h"
#include "evidence/intel/internal/chain.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedIntelChain;

// Lengths go first, so that no two sets of parts hash alike.
void AddParts(crypto::Sha256Hasher& hasher, std::initializer_list<ByteSpan> parts) {
  for (const ByteSpan part : parts) {
    hasher.Update(BeBytes<std::uint64_t>(part.size()));
    hasher.Update(part);
  }
}

crypto::Sha256Digest KeyOf(std::string_view pck_chain, const PreparedIntelCollateral& collateral,
                           IntelCollateralRule rule, const TrustAnchors& anchors) {
  crypto::Sha256Hasher hasher;
  hasher.Update(BeBytes(static_cast<std::uint8_t>(rule)));
  AddParts(hasher, {anchors.Digest(), collateral.digest(), AsBytes(pck_chain)});
  return hasher.Finish();
}

crypto::Sha256Digest KeyOf(const crypto::Sha256Digest& chain, const IntelQuoteView& quote) {
  crypto::Sha256Hasher hasher;
  AddParts(hasher,
           {chain, quote.attestation_key, quote.qe_report_bytes, quote.qe_report_signature, quote.qe_authentication});
  return hasher.Finish();
}

}  // namespace

PreparedIntelCollateral::PreparedIntelCollateral(IntelCollateral collateral) : collateral_(std::move(collateral)) {
  const IntelCollateral& all = collateral_;
  crypto::Sha256Hasher hasher;
  AddParts(hasher, {AsBytes(all.tcb_info), AsBytes(all.tcb_info_issuer_chain), AsBytes(all.qe_identity),
                    AsBytes(all.qe_identity_issuer_chain), all.root_crl, all.pck_crl});
  digest_ = hasher.Finish();
}

VerifiedIntelCache::VerifiedIntelCache(std::size_t capacity) : chains_(capacity), attestation_keys_(capacity) {}
VerifiedIntelCache::~VerifiedIntelCache() = default;

Result<VerifiedIntelCache::Known> VerifiedIntelCache::Verify(const IntelQuoteView& quote, std::string_view pck_chain,
                                                             const PreparedIntelCollateral& collateral,
                                                             IntelCollateralRule rule, const TrustAnchors& anchors,
                                                             Time at) {
  const crypto::Sha256Digest chain_key = KeyOf(pck_chain, collateral, rule, anchors);
  Known known;
  known.chain = TRY(VerifyChain(chain_key, pck_chain, collateral.collateral(), rule, anchors, at));
  const crypto::Sha256Digest key = KeyOf(chain_key, quote);
  known.attestation_key = attestation_keys_.Find(key);
  if (known.attestation_key == nullptr) {
    known.attestation_key = std::make_shared<const crypto::VerifyingKey>(
        TRY(internal::VerifyAttestationKey(quote, known.chain->pck_key())));
    attestation_keys_.Keep(key, known.attestation_key);
  }
  return known;
}

Result<std::shared_ptr<const VerifiedIntelChain>> VerifiedIntelCache::VerifyChain(
    const crypto::Sha256Digest& key, std::string_view pck_chain, const IntelCollateral& collateral,
    IntelCollateralRule rule, const TrustAnchors& anchors, Time at) {
  if (auto known = chains_.Find(key)) {
    if (auto current = known->CheckAt(at); !current) {
      chains_.Drop(key);
      return current.error();
    }
    return known;
  }
  // Not under a lock: others go on. Two threads may verify the same; either's result is kept.
  auto chain = std::make_shared<const VerifiedIntelChain>(
      TRY(VerifiedIntelChain::Verify(pck_chain, collateral, rule, anchors, at)));
  chains_.Keep(key, chain);
  return std::shared_ptr<const VerifiedIntelChain>(std::move(chain));
}

}  // namespace cloister::evidence
