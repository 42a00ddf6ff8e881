// What Broker is made of; its functions are in broker.cc (KBS), room_calls.cc and owner.cc.
#pragma once

#include "audit/refusal_log.h"
#include "broker/internal/run_checks.h"
#include "evidence/caches.h"

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
  // Attest and ResourceForToken without the record of a refusal.
  Result<std::string> Attest(std::string_view session, const formats::Json& attestation, const Connection& connection,
                             Time now);
  Result<std::string> ResourceForToken(std::string_view token, const ResourcePath& path, Time now);
  Result<std::string> EncryptResource(const formats::Json& claims, const token::TeePublicKey& key,
                                      const ResourcePath& path, Time now);
  // The most that the dataset's account may ever be charged: by the contract, and by the owner's own limit.
  // kRefused: the owner named accounts, and this is none of them.
  Result<Privacy> TotalOf(const contract::Contract& contract, const contract::Dataset& dataset) const;
  // The same, nothing for an account that the owner does not name.
  Privacy TotalShown(const contract::Contract& contract, const contract::Dataset& dataset) const;
  // The owner's imports without the record of a refusal.
  Result<contract::Digest> ImportContract(std::string_view json, std::span<const Bytes> signatures);
  Result<void> ImportCertification(ByteSpan cose);
  Time Now() const { return parts.clock.Now(); }

  BrokerParts parts;
  SessionTable sessions;
  LedgerWatch watch;
  Accounts accounts;
  Resources resources;
  Policies policies;
  internal::Shelf shelf;
  audit::RefusalLog refusals{parts.audit};
  evidence::EvidenceCaches caches{256};  // of the machines that attest

 private:
  std::mutex appraiser_mutex_;
  std::shared_ptr<const appraisal::Appraiser> appraiser_;
};

}  // namespace cloister::broker
