// The broker's appraiser: `appraisal` under the owner's attestation policy.
#pragma once

#include <mutex>

#include "appraisal/appraiser.h"
#include "broker/appraiser.h"

namespace cloister::service {

class PolicyAppraiser final : public broker::EvidenceAppraiser {
 public:
  // `key` signs tokens (ES256) and outlives this. Begins with appraisal::DefaultPolicy().
  static Result<std::unique_ptr<PolicyAppraiser>> Create(std::string issuer, const crypto::SigningKey& key);

  Result<broker::Appraised> Appraise(const broker::AttestedFacts& facts, Time now) override;
  // kUsage: another id than "default_cpu" (or "default"), which is what there is to appraise.
  Result<void> SetPolicy(std::string_view id, std::string_view rego) override;

 private:
  PolicyAppraiser(std::string issuer, const crypto::SigningKey& key) : issuer_(std::move(issuer)), key_(key) {}
  std::string issuer_;
  const crypto::SigningKey& key_;
  std::mutex mutex_;
  std::shared_ptr<const appraisal::Appraiser> appraiser_;
};

}  // namespace cloister::service
