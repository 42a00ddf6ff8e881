#include "evidence/snp/verified_chain_cache.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "evidence/snp/internal/chain.h"

namespace cloister::evidence {
namespace {

void HashAll(std::span<const SnpCertificate> certificates, crypto::Sha256Hasher& hasher) {
  Bytes count;
  AppendBe<std::uint64_t>(count, certificates.size());
  hasher.Update(count);
  for (const SnpCertificate& certificate : certificates) {
    Bytes head = {static_cast<std::uint8_t>(certificate.type)};
    AppendBe<std::uint64_t>(head, certificate.der.size());
    hasher.Update(head);
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

VerifiedChainCache::VerifiedChainCache(std::size_t capacity) : capacity_(capacity) { CHECK(capacity >= 1); }
VerifiedChainCache::~VerifiedChainCache() = default;

std::size_t VerifiedChainCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

Result<VerifiedChainCache::Chain> VerifiedChainCache::Verify(std::span<const SnpCertificate> presented,
                                                             const SnpCollateral& collateral,
                                                             const TrustAnchors& anchors, Time at) {
  const crypto::Sha256Digest key = KeyOf(presented, collateral, anchors);
  if (Chain known = Find(key)) {
    if (auto current = known->CheckAt(at); !current) {
      Drop(key);
      return current.error();
    }
    return known;
  }
  // Not under the lock: others go on. Two threads may verify the same chain; either's result is kept.
  const auto chain = std::make_shared<const internal::VerifiedSnpChain>(
      TRY(internal::VerifiedSnpChain::Verify(presented, collateral, anchors, at)));
  Keep(key, chain);
  return Chain(chain);
}

VerifiedChainCache::Chain VerifiedChainCache::Find(const crypto::Sha256Digest& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  found->second.last_use = ++uses_;
  return found->second.chain;
}

void VerifiedChainCache::Keep(const crypto::Sha256Digest& key, Chain chain) {
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(key, Entry{std::move(chain), ++uses_});
  if (entries_.size() <= capacity_) return;
  entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return a.second.last_use < b.second.last_use;
  }));
}

void VerifiedChainCache::Drop(const crypto::Sha256Digest& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
}

}  // namespace cloister::evidence
