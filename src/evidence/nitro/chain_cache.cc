#include "evidence/nitro/chain_cache.h"

#include "base/byte_reader.h"
#include "evidence/nitro/internal/chain.h"

namespace cloister::evidence {
namespace {

template <class Parts>
void HashAll(const Parts& all, crypto::Sha256Hasher& hasher) {
  hasher.Update(BeBytes<std::uint64_t>(all.size()));
  for (const auto& each : all) {
    hasher.Update(BeBytes<std::uint64_t>(each.size()));
    hasher.Update(each);
  }
}

crypto::Sha256Digest KeyOf(const internal::NitroCertificates& certificates, const NitroCollateral& collateral,
                           const TrustAnchors& anchors) {
  crypto::Sha256Hasher hasher;
  hasher.Update(anchors.Digest());
  HashAll(std::span(&certificates.certificate, 1), hasher);
  HashAll(certificates.bundle, hasher);
  HashAll(collateral.revocation_lists, hasher);
  return hasher.Finish();
}

}  // namespace

NitroChainCache::NitroChainCache(std::size_t capacity) : chains_(capacity) {}
NitroChainCache::~NitroChainCache() = default;

Result<NitroChainCache::Chain> NitroChainCache::Verify(const internal::NitroCertificates& certificates,
                                                       const NitroCollateral& collateral, const TrustAnchors& anchors,
                                                       Time at) {
  const crypto::Sha256Digest key = KeyOf(certificates, collateral, anchors);
  if (Chain known = chains_.Find(key)) {
    if (auto current = known->CheckAt(at); !current) {
      chains_.Drop(key);
      return current.error();
    }
    return known;
  }
  const Chain chain = std::make_shared<const internal::VerifiedNitroChain>(
      TRY(internal::VerifiedNitroChain::Verify(certificates, collateral, anchors, at)));
  chains_.Keep(key, chain);
  return chain;
}

}  // namespace cloister::evidence
