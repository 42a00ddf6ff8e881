// Checking, long after and by oneself, that an attested room made an output under one's contract.
#pragma once

#include "contract/proof.h"
#include "evidence/anchors.h"
#include "report/facts.h"

namespace cloister::report {

// A run whose whole chain holds: contract -> run request -> init-data -> evidence -> room's key -> reservations -> run
// report -> ledger -> settlements.
// Only VerifyRun makes one.
class VerifiedRun {
 public:
  const contract::RunReport& report() const { return facts_.report; }
  bool simulated() const { return facts_.hardware.simulated; }
  const RunFacts& facts() const { return facts_; }
  // Each step that was checked, in words, for people.
  const std::vector<std::string>& steps() const { return steps_; }

  // Whether `file` is one of the outputs, as sealed for `recipient`. kMismatch: no attested room reported these bytes.
  Result<contract::RunReport::Released> CheckOutput(ByteSpan file) const;

 private:
  friend Result<VerifiedRun> VerifyRun(const contract::Proof&, const contract::Contract&, const evidence::SimulatedAnchors&);
  explicit VerifiedRun(RunFacts facts) : facts_(std::move(facts)) {}
  RunFacts facts_;
  std::vector<std::string> steps_;
};

// Verifies `proof` against the caller's own copy of the contract. Works offline. `simulated` are anchors that the caller
// has; only those that the contract names by fingerprint count. Success proves that a room whose measurement the
// contract's certifier endorsed, on hardware that the contract accepts, reported these outputs for this contract, with a
// reservation and a settlement of each provider that say what is charged, and that the report is on the contract's ledger.
// Errors: kMismatch, kUntrusted, kExpired, kMalformed; each says which step.
Result<VerifiedRun> VerifyRun(const contract::Proof& proof, const contract::Contract& contract,
                              const evidence::SimulatedAnchors& simulated);

}  // namespace cloister::report
