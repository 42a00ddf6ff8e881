// Which statements the ledger admits: the registration policy, one rule for each type (README.md lists them).
#pragma once

#include "ledger/internal/state.h"
#include "ledger/trust.h"

namespace cloister::ledger::internal {

struct RuleContext {
  store::Transaction& transaction;
  const LedgerTrust& self;
  Time now;
};

// Verifies `statement`, demands what its type's rule says, and writes what follows from it into the state. On a failure the
// caller drops the transaction. kUnsupported: a type without a rule; others as Ledger::Register lists them.
Result<void> Admit(const RuleContext& context, ByteSpan statement);

// One rule each.
Result<void> AdmitContract(const RuleContext& context, ByteSpan statement);
Result<void> AdmitKeyRotation(const RuleContext& context, ByteSpan statement);
Result<void> AdmitRevocation(const RuleContext& context, ByteSpan statement);
Result<void> AdmitCertification(const RuleContext& context, ByteSpan statement);
Result<void> AdmitAccountEntry(const RuleContext& context, ByteSpan statement);
Result<void> AdmitRunReport(const RuleContext& context, ByteSpan statement);
Result<void> AdmitScrub(const RuleContext& context, ByteSpan statement);

// The contracts that a statement on the log is about; none for certifications and the configuration. Takes statements that
// were admitted.
Result<std::vector<Digest>> ContractsOf(const StateReader& state, ByteSpan statement);

}  // namespace cloister::ledger::internal
