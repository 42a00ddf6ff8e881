// What Broker is made of; its functions are in broker.cc (KBS), room_calls.cc and owner.cc.
#pragma once

#include "broker/internal/run_checks.h"
#include "evidence/verified_chain_cache.h"

namespace cloister::broker {

struct Broker::State {
  explicit State(BrokerParts given);

  // The attestation policy in force.
  Result<void> Load();
  std::shared_ptr<const appraisal::Appraiser> appraiser();
  Result<void> UseAttestationPolicy(std::string rego);

  Result<std::shared_ptr<const Attested>> VerifyAttestation(const PendingAttestation& pending,
                                                            const formats::Json& json, const Connection& connection,
                                                            Time now);
  Result<std::string> EncryptResource(const formats::Json& claims, const token::TeePublicKey& key,
                                      const ResourcePath& path, Time now);
  // The most that the dataset's account may ever be charged: by the contract, and by the owner's own limit.
  Privacy TotalOf(const contract::Contract& contract, const contract::Dataset& dataset) const;
  Time Now() const { return parts.clock.Now(); }

  BrokerParts parts;
  SessionTable sessions;
  LedgerWatch watch;
  Accounts accounts;
  Resources resources;
  Policies policies;
  internal::Shelf shelf;
  evidence::VerifiedChainCache chains{256};  // of the machines that rooms run on

 private:
  std::mutex appraiser_mutex_;
  std::shared_ptr<const appraisal::Appraiser> appraiser_;
};

}  // namespace cloister::broker
