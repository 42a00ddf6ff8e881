#include <algorithm>

#include "contract/signed_contract.h"
#include "ledger/internal/rules.h"

namespace cloister::ledger::internal {
namespace {

Error Mismatch(std::string message) { return Error(ErrorCode::kMismatch, std::move(message)); }
Error Conflict(std::string message) { return Error(ErrorCode::kConflict, std::move(message)); }

// A contract must name this ledger and the keys that it signs with: otherwise its rooms would not believe our answers.
Result<void> CheckNamesUs(const contract::LedgerTerms& terms, const LedgerTrust& self) {
  if (terms.origin != self.origin) return Mismatch("contract: names another ledger");
  if (terms.vkey != self.log.Text() || terms.cosigner != self.cosigner.Text()) {
    return Mismatch("contract: names other checkpoint keys than this ledger's");
  }
  for (const contract::NamedKey& key : self.keys) {
    if (std::find(terms.keys.begin(), terms.keys.end(), key) == terms.keys.end()) {
      return Mismatch("contract: does not name this ledger's receipt key");
    }
  }
  return {};
}

// Ids are unique for ever: the first version is whatever was registered first under the id. Of later versions several may be
// proposed, until one has all its signatures.
Result<void> CheckUnique(const StateReader& state, const Contract& contract, const Digest& digest) {
  const std::vector<Digest> others = TRY(state.CandidatesOf(contract.id, contract.version));
  if (std::find(others.begin(), others.end(), digest) != others.end()) return {};
  if (contract.version == 1 && !others.empty()) return Conflict("contract: its id is another contract's");
  for (const Digest& other : others) {
    if (TRY(state.IsComplete(other))) return Conflict("contract: another one has this version already");
  }
  if (others.size() >= kMaxCandidates) return Error(ErrorCode::kLimit, "contract: too many proposals for this version");
  return {};
}

// An amendment follows a version that all signed, and leaves out nobody who had to sign that one.
Result<void> CheckAmendment(const StateReader& state, const Contract& contract) {
  if (contract.version == 1) return {};
  if (!contract.supersedes) return Error(ErrorCode::kMalformed, "contract: an amendment without `supersedes`");
  const auto former = TRY(state.FindContract(*contract.supersedes));
  if (!former) return Error(ErrorCode::kNotFound, "contract: the version that it supersedes is not on this ledger");
  if (former->id != contract.id || former->version + 1 != contract.version) {
    return Mismatch("contract: supersedes another contract or version");
  }
  if (!TRY(state.IsComplete(*contract.supersedes))) {
    return Error(ErrorCode::kRefused, "contract: the version that it supersedes was not signed by all");
  }
  if (TRY(state.FindRevocation(*contract.supersedes))) {
    return Error(ErrorCode::kRevoked, "contract: the version that it supersedes was revoked");
  }
  const std::vector<std::string> signers = contract.RequiredSigners();
  for (const std::string& did : former->RequiredSigners()) {
    if (std::find(signers.begin(), signers.end(), did) == signers.end()) {
      return Error(ErrorCode::kRefused, "contract: amended without " + did + ", who had to sign the former version");
    }
  }
  return {};
}

Result<void> CheckNotReplaced(const StateReader& state, const std::string& did, const Digest& kid) {
  const auto replaced = TRY(state.ReplacedAt(did, kid));
  if (!replaced) return {};
  return Error(ErrorCode::kUntrusted,
               "contract signature: expected a present key, " + did + " replaced this one at " + ToRfc3339(*replaced));
}

}  // namespace

// From now on the party signs new contracts with `to`. Contracts that name the old key keep naming it: a party whose key was
// stolen also revokes those.
Result<void> AdmitKeyRotation(const RuleContext& context, ByteSpan statement) {
  const auto parsed = TRY(contract::StatementFromUnverified(statement));
  const StateReader state(context.transaction);
  const auto key = TRY_WITH("key rotation", state.PinnedKey(parsed.issuer, parsed.kid));
  const auto rotation =
      TRY_WITH("key rotation", contract::VerifyDocument<contract::KeyRotation>(statement, std::span(&key, 1), parsed.issuer));
  if (rotation->party != parsed.issuer || rotation->from != parsed.kid) {
    return Mismatch("key rotation: expected the signer's own DID and key, got another's");
  }
  if (TRY(state.ReplacedAt(parsed.issuer, parsed.kid))) return Conflict("key rotation: this key was replaced already");
  if (TRY(state.ReplacedAt(parsed.issuer, rotation->to.kid))) {
    return Error(ErrorCode::kRefused, "key rotation: expected a new key, got one that was replaced before");
  }
  return StateWriter(context.transaction).PutRotation(*rotation, context.now);
}

Result<void> AdmitContract(const RuleContext& context, ByteSpan statement) {
  const auto signature = TRY_WITH("contract signature", contract::VerifyContractSignature(statement));
  const Contract& contract = *signature;
  const Digest digest = contract.digest();
  const StateReader state(context.transaction);
  TRY(CheckNamesUs(contract.ledger, context.self));
  if (context.now >= contract.expiry) return Error(ErrorCode::kExpired, "contract: is past its end");
  if (TRY(state.FindRevocation(digest))) return Error(ErrorCode::kRevoked, "contract: was revoked");
  TRY(CheckUnique(state, contract, digest));
  TRY(CheckAmendment(state, contract));

  // A party's keys are pinned by the first contract that all signed: later ones it signs with one of them, so that nobody
  // else can speak for it by drawing up a contract that names other keys. New keys come in through such a contract.
  TRY(CheckNotReplaced(state, signature.issuer(), signature.kid()));
  const std::set<Digest> pinned = TRY(state.PinnedKeysOf(signature.issuer()));
  if (!pinned.empty() && !pinned.contains(signature.kid())) {
    return Error(ErrorCode::kUntrusted, "contract signature: not by a key that this ledger knows of " + signature.issuer());
  }
  if (TRY(state.SignersOf(digest)).contains(signature.issuer())) {
    return Conflict("contract signature: this party has signed already");
  }
  StateWriter writer(context.transaction);
  TRY(writer.PutContract(contract, digest));
  TRY(writer.AddSigner(digest, signature.issuer()));
  if (TRY(state.IsComplete(digest))) TRY(writer.PinKeys(contract));
  return {};
}

}  // namespace cloister::ledger::internal
