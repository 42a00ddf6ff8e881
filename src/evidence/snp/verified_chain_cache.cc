#include "evidence/snp/verified_chain_cache.h"

#include "base/byte_reader.h"
#include "evidence/snp/internal/chain.h"

namespace cloister::evidence {
namespace {

void HashAll(std::span<const SnpCertificate> certificates, crypto::Sha256Hasher& hasher) {
  hasher.Update(BeBytes<std::uint64_t>(certificates.size()));
  for (const SnpCertificate& certificate : certificates) {
    hasher.Update(BeBytes(static_cast<std::uint8_t>(certificate.type)));
    hasher.Update(BeBytes<std::uint64_t>(certificate.der.size()));
    hasher.Update(certificate.der);
  }
}

crypto::Sha256Digest KeyOf(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                           const TrustAnchors& anchors) {
  crypto::Sha256Hasher hasher;
  hasher.Update(anchors.Digest());
  HashAll(collateral.certificates, hasher);
  HashAll(presented, hasher);
  return hasher.Finish();
}

}  // namespace

VerifiedChainCache::VerifiedChainCache(std::size_t capacity) : chains_(capacity) {}
VerifiedChainCache::~VerifiedChainCache() = default;

Result<std::shared_ptr<const internal::VerifiedSnpChain>> VerifiedChainCache::Verify(
    std::span<const SnpCertificate> presented, const SnpCollateral& collateral, const TrustAnchors& anchors, Time at) {
  const crypto::Sha256Digest key = KeyOf(presented, collateral, anchors);
  if (auto known = chains_.Find(key)) {
    if (auto current = known->CheckAt(at); !current) {
      chains_.Drop(key);
      return current.error();
    }
    return known;
  }
  // Not under the lock: others go on. Two threads may verify the same chain; either's result is kept.
  auto chain = std::make_shared<const internal::VerifiedSnpChain>(
      TRY(internal::VerifiedSnpChain::Verify(presented, collateral, anchors, at)));
  chains_.Keep(key, chain);
  return std::shared_ptr<const internal::VerifiedSnpChain>(std::move(chain));
}

}  // namespace cloister::evidence
