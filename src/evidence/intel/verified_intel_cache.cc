#include "evidence/intel/verified_intel_cache.h"

#include "base/byte_reader.h"
#include "evidence/intel/internal/chain.h"

namespace cloister::evidence {
namespace {

using internal::VerifiedIntelChain;

crypto::Sha256Digest KeyOf(std::string_view pck_chain, const IntelCollateral& collateral, IntelCollateralRule rule,
                           const TrustAnchors& anchors) {
  crypto::Sha256Hasher hasher;
  hasher.Update(anchors.Digest());
  hasher.Update(Bytes{static_cast<std::uint8_t>(rule)});
  // Lengths go first, so that no two sets of parts hash alike. collateral.pck_chain is in `pck_chain` where it counts.
  for (const ByteSpan part :
       {AsBytes(pck_chain), AsBytes(collateral.tcb_info), AsBytes(collateral.tcb_info_issuer_chain),
        AsBytes(collateral.qe_identity), AsBytes(collateral.qe_identity_issuer_chain), ByteSpan(collateral.root_crl),
        ByteSpan(collateral.pck_crl)}) {
    Bytes size;
    AppendBe<std::uint64_t>(size, part.size());
    hasher.Update(size);
    hasher.Update(part);
  }
  return hasher.Finish();
}

}  // namespace

VerifiedIntelCache::VerifiedIntelCache(std::size_t capacity) : entries_(capacity) {}
VerifiedIntelCache::~VerifiedIntelCache() = default;

Result<std::shared_ptr<const VerifiedIntelChain>> VerifiedIntelCache::Verify(std::string_view pck_chain,
                                                                             const IntelCollateral& collateral,
                                                                             IntelCollateralRule rule,
                                                                             const TrustAnchors& anchors, Time at) {
  const crypto::Sha256Digest key = KeyOf(pck_chain, collateral, rule, anchors);
  if (auto known = entries_.Find(key)) {
    if (auto current = known->CheckAt(at); !current) {
      entries_.Drop(key);
      return current.error();
    }
    return known;
  }
  // Not under a lock: others go on. Two threads may verify the same; either's result is kept.
  auto chain = std::make_shared<const VerifiedIntelChain>(
      TRY(VerifiedIntelChain::Verify(pck_chain, collateral, rule, anchors, at)));
  entries_.Keep(key, chain);
  return std::shared_ptr<const VerifiedIntelChain>(std::move(chain));
}

}  // namespace cloister::evidence
