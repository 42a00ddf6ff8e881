#include <algorithm>

#include "ledger/internal/rules.h"

namespace cloister::ledger::internal {
namespace {

using contract::Certification;
using contract::Revocation;
using contract::StatementFromUnverified;
using contract::UnverifiedStatement;
using contract::VerifyDocument;

Error NotFound(std::string message) { return Error(ErrorCode::kNotFound, std::move(message)); }
Error Refused(std::string message) { return Error(ErrorCode::kRefused, std::move(message)); }

}  // namespace

Result<void> Admit(const RuleContext& context, ByteSpan statement) {
  struct Rule {
    std::string_view content_type;
    Result<void> (*admit)(const RuleContext&, ByteSpan);
  };
  static constexpr Rule kRules[] = {{Contract::kContentType, AdmitContract},
                                    {contract::KeyRotation::kContentType, AdmitKeyRotation},
                                    {Revocation::kContentType, AdmitRevocation},
                                    {Certification::kContentType, AdmitCertification},
                                    {contract::AccountEntry::kContentType, AdmitAccountEntry},
                                    {contract::RunReport::kContentType, AdmitRunReport},
                                    {contract::Scrub::kContentType, AdmitScrub}};
  const UnverifiedStatement parsed = TRY_WITH("statement", StatementFromUnverified(statement));
  for (const Rule& rule : kRules) {
    if (rule.content_type == parsed.content_type) return rule.admit(context, statement);
  }
  return Error(ErrorCode::kUnsupported, "statement: the ledger takes none of this content type");
}

Result<void> AdmitRevocation(const RuleContext& context, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  const Revocation claimed = TRY_WITH("revocation", Revocation::FromJson(parsed.payload));
  const StateReader state(context.transaction);
  const auto contract = TRY(state.FindContract(claimed.contract));
  if (!contract) return NotFound("revocation: its contract is not on this ledger");
  const contract::Party* party = contract->FindParty(parsed.issuer);
  if (party == nullptr) return Refused("revocation: its issuer is no party of the contract");
  const auto revocation = TRY_WITH("revocation", VerifyDocument<Revocation>(statement, party->keys, party->did));
  if (revocation->by != party->did || revocation->id != contract->id) {
    return Error(ErrorCode::kMismatch, "revocation: names another party or contract id");
  }
  const auto& allowed = contract->revocable_by;
  if (std::find(allowed.begin(), allowed.end(), party->did) == allowed.end()) {
    return Refused("revocation: the contract does not let this party revoke it");
  }
  // The first one counts; later ones are only on the log.
  if (TRY(state.FindRevocation(claimed.contract))) return {};
  return StateWriter(context.transaction)
      .PutRevocation(claimed.contract, {{revocation->by, revocation->reason, revocation->time}, context.now});
}

// The key must be that of a certifier in a contract on this ledger. Whether it is the right one for a contract, and what it
// certifies, is judged by those who rely on it.
Result<void> AdmitCertification(const RuleContext& context, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  const StateReader state(context.transaction);
  for (const Digest& digest : TRY(state.ContractsWithKey(parsed.kid, parsed.issuer))) {
    const auto contract = TRY(state.FindContract(digest));
    const contract::Party* party = contract ? contract->FindParty(parsed.issuer) : nullptr;
    if (party == nullptr || party->role != contract::Role::kSro) continue;
    const auto certification =
        TRY_WITH("certification", VerifyDocument<Certification>(statement, party->keys, party->did));
    if (certification->certifier != party->did) {
      return Error(ErrorCode::kMismatch, "certification: names another certifier than its issuer");
    }
    if (context.now >= certification->not_after) return Error(ErrorCode::kExpired, "certification: is past its end");
    return {};
  }
  return Refused("certification: no contract on this ledger names its issuer and key as a certifier");
}

Result<std::vector<Digest>> ContractsOf(const StateReader& state, ByteSpan statement) {
  const UnverifiedStatement parsed = TRY(StatementFromUnverified(statement));
  if (parsed.content_type == Contract::kContentType) {
    return std::vector<Digest>{TRY(contract::CanonicalDigest(parsed.payload))};
  }
  if (parsed.content_type == Revocation::kContentType) {
    return std::vector<Digest>{TRY(Revocation::FromJson(parsed.payload)).contract};
  }
  if (parsed.content_type == contract::AccountEntry::kContentType) {
    return std::vector<Digest>{TRY(contract::AccountEntry::FromJson(parsed.payload)).contract};
  }
  if (parsed.content_type == contract::RunReport::kContentType) {
    return TRY(contract::RunReport::FromJson(parsed.payload)).contracts;
  }
  if (parsed.content_type == contract::Scrub::kContentType) {
    const auto report = TRY(state.FindReport(TRY(contract::Scrub::FromJson(parsed.payload)).run));
    if (report) return report->contracts;
  }
  return std::vector<Digest>();
}

}  // namespace cloister::ledger::internal
