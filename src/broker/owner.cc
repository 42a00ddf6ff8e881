// The owner's side of the broker.
#include <algorithm>
#include <set>

#include "broker/broker.h"
#include "broker/internal/state.h"

namespace cloister::broker {
namespace {

using formats::Json;
using Asker = audit::RefusalLog::Asker;

Error Mismatch(std::string_view expected) {
  return Error(ErrorCode::kMismatch, "contract: expected " + std::string(expected) + ", got another");
}

// The contract names us as we are: our identity key, which signed it, our broker key, our TLS key and our ledger.
Result<void> CheckOurs(const contract::SignedContract& contract, const BrokerParts& parts) {
  const Owner& owner = parts.owner;
  const contract::Verified<contract::Contract>* signature = contract.SignatureOf(owner.did);
  if (signature == nullptr || contract::FindKey(owner.identity_keys, signature->kid()) == nullptr) {
    return Error(ErrorCode::kRefused, "contract: expected the owner's own signature, by the owner's identity key");
  }
  const contract::Party* us = contract->FindParty(owner.did);
  if (us == nullptr || !us->broker) return Error(ErrorCode::kRefused, "contract: the owner provides nothing under it");
  if (contract::FindKey(us->broker->keys, contract::KeyThumbprint(parts.key.Public())) == nullptr) {
    return Mismatch("this broker's key under its owner");
  }
  const bool tls = std::any_of(owner.tls_keys.begin(), owner.tls_keys.end(), [&](const contract::Digest& key) {
    return std::find(us->broker->tls.begin(), us->broker->tls.end(), key) != us->broker->tls.end();
  });
  if (!tls) return Mismatch("this broker's TLS key under its owner");
  const auto trust = TRY_WITH("contract: ledger", ledger::LedgerTrust::FromTerms(contract->ledger));
  const bool same = trust.origin == parts.ledger_trust.origin && trust.keys == parts.ledger_trust.keys &&
                    trust.log == parts.ledger_trust.log && trust.cosigner == parts.ledger_trust.cosigner;
  return same ? Result<void>() : Result<void>(Mismatch("the ledger that this broker is set up with"));
}

Error Refused(std::string message) { return Error(ErrorCode::kRefused, "contract: " + std::move(message)); }

// The accounts that contracts charged so far.
std::set<std::string> KnownAccounts(const std::vector<contract::SignedContract>& contracts, const std::string& owner) {
  std::set<std::string> known;
  for (const contract::SignedContract& contract : contracts) {
    for (const contract::Dataset& dataset : contract->datasets) {
      if (dataset.provider == owner && contract->PrivacyOf(dataset.id) != nullptr) known.insert(dataset.account);
    }
  }
  return known;
}

// An account belongs to the owner's people, not to a file: sealed again, or described anew, the same rows are charged to
// the same account. So only the owner's own settings bring in another one.
Result<void> CheckAccounts(const contract::Contract& contract, const BrokerParts& parts,
                           const std::set<std::string>& known) {
  for (const contract::Dataset& dataset : contract.datasets) {
    if (dataset.provider != parts.owner.did || contract.PrivacyOf(dataset.id) == nullptr) continue;
    const auto limit = parts.accounts.find(dataset.account);
    const bool ours = parts.accounts.empty() ? known.empty() || known.contains(dataset.account) : limit != parts.accounts.end();
    if (!ours) {
      return Refused("charges " + dataset.name + " to account " + dataset.account +
                     ", expected one of the owner's accounts; a new one is named in the broker's settings");
    }
    if (limit == parts.accounts.end()) continue;
    const Privacy total = internal::TotalOf(contract, dataset);
    if (total.epsilon > limit->second.epsilon || total.delta > limit->second.delta) {
      return Refused("expected at most the owner's limit for account " + dataset.account + ", epsilon " +
                     Json(limit->second.epsilon).Dump() + " and delta " + Json(limit->second.delta).Dump() + ", got epsilon " +
                     Json(total.epsilon).Dump() + " and delta " + Json(total.delta).Dump());
    }
  }
  return {};
}

Json AmountJson(const Privacy& amount) { return Json::Object{{"epsilon", amount.epsilon}, {"delta", amount.delta}}; }

Json ReservationJson(const AccountReservation& reservation) {
  return Json::Object{{"run", reservation.request.run},
                      {"dataset", reservation.request.dataset},
                      {"contract", ToHex(reservation.request.contract)},
                      {"stage", ReservationStageName(reservation.stage)},
                      {"amount", AmountJson(reservation.request.amount)},
                      {"charged", AmountJson(reservation.charged)},
                      {"deadline", ToRfc3339(reservation.request.deadline)}};
}

Json ContractJson(const contract::SignedContract& contract,
                  const std::optional<internal::OwnersRevocation>& revocation) {
  Json::Array missing;
  for (const std::string& did : contract.Missing()) missing.push_back(did);
  Json json = Json::Object{{"digest", ToHex(contract.digest())},    {"id", contract->id},
                           {"version", contract->version},          {"start", ToRfc3339(contract->start)},
                           {"expiry", ToRfc3339(contract->expiry)}, {"unsigned", std::move(missing)}};
  if (revocation)
    json.Set("revoked", Json::Object{{"reason", revocation->reason}, {"time", ToRfc3339(revocation->time)}});
  return json;
}

}  // namespace

Result<contract::Digest> Broker::State::ImportContract(std::string_view json, std::span<const Bytes> signatures) {
  const auto contract = TRY(contract::SignedContract::VerifyInPart(json, signatures));
  TRY(CheckOurs(contract, parts));
  std::set<std::string> known;  // only where the owner's settings do not say
  if (parts.accounts.empty()) known = KnownAccounts(TRY(shelf.AllContracts()), parts.owner.did);
  TRY(CheckAccounts(*contract, parts, known));
  TRY(shelf.PutContract(contract));
  TRY(parts.audit.Append("contract.imported", Json::Object{{"contract", ToHex(contract.digest())}}, Now()));
  return contract.digest();
}

Result<contract::Digest> Broker::ImportContract(std::string_view json, std::span<const Bytes> signatures) {
  auto imported = state_->ImportContract(json, signatures);
  if (imported) return imported;
  const Json fields = Json::Object{{"sha256", ToHex(crypto::Sha256(AsBytes(json)))}};
  return state_->refusals.Write(Asker::kOwner, "contract", fields, imported.error(), state_->Now());
}

Result<void> Broker::ImportSealedKey(const ResourcePath& path, const sealed::SealingRecord& record,
                                     const sealed::Identity& identity) {
  if (const auto added = state_->resources.AddSealedKey(path, record, identity); !added) {
    const Json fields = Json::Object{{"resource", path.text()}, {"header_sha256", ToHex(record.header_sha256)}};
    return state_->refusals.Write(Asker::kOwner, "key", fields, added.error(), state_->Now());
  }
  TRY(state_->parts.audit.Append(
      "key.imported", Json::Object{{"resource", path.text()}, {"header_sha256", ToHex(record.header_sha256)}},
      state_->Now()));
  return {};
}

Result<void> Broker::ImportCertification(ByteSpan cose) {
  const auto imported = state_->ImportCertification(cose);
  if (imported) return imported;
  const Json fields = Json::Object{{"sha256", ToHex(crypto::Sha256(cose))}};
  return state_->refusals.Write(Asker::kOwner, "certification", fields, imported.error(), state_->Now());
}

Result<void> Broker::State::ImportCertification(ByteSpan cose) {
  const auto statement = TRY_WITH("certification", contract::StatementFromUnverified(cose));
  std::vector<contract::NamedKey> keys;
  for (const contract::SignedContract& contract : TRY(shelf.AllContracts())) {
    if (contract->compute.certifier != statement.issuer) continue;
    const contract::Party* party = contract->FindParty(statement.issuer);
    keys.insert(keys.end(), party->keys.begin(), party->keys.end());
  }
  if (keys.empty()) return Error(ErrorCode::kNotFound, "certification: no imported contract names its certifier");
  const auto certification = TRY(contract::VerifyDocument<contract::Certification>(cose, keys, statement.issuer));
  if (certification->certifier != certification.issuer()) {
    return Error(ErrorCode::kMismatch, "certification: expected its signer as certifier, got another");
  }
  TRY(shelf.PutCertification(certification));
  TRY(parts.audit.Append("certification.imported", Json::Object{{"certification", ToHex(certification.digest())}}, Now()));
  return {};
}

Result<void> Broker::RevokeContract(const contract::Digest& contract, std::string_view reason) {
  const Time now = state_->Now();
  TRY(state_->shelf.Revoke(contract, reason, now));
  TRY(state_->parts.audit.Append("contract.revoked", Json::Object{{"contract", ToHex(contract)}, {"reason", reason}},
                                 now));
  return {};
}

Result<void> Broker::SetPolicy(PolicyKind kind, std::string_view rego) {
  TRY(state_->policies.Set(kind, rego));
  TRY(state_->parts.audit.Append("policy.set",
                                 Json::Object{{"kind", kind == PolicyKind::kResource ? "resource" : "release"},
                                              {"sha256", ToHex(crypto::Sha256(AsBytes(rego)))}},
                                 state_->Now()));
  return {};
}

Result<void> Broker::SetAttestationPolicy(std::string_view id, std::string_view rego) {
  if (id != "default_cpu" && id != "default") {
    return Error(ErrorCode::kNotFound, "attestation policy: expected the id default_cpu, got another");
  }
  TRY(appraisal::Appraiser::Create({state_->parts.owner.did, Seconds(1), std::string(rego)}, state_->parts.token_key));
  TRY(state_->policies.KeepAttestationPolicy(rego));
  TRY(state_->UseAttestationPolicy(std::string(rego)));
  TRY(state_->parts.audit.Append(
      "policy.set", Json::Object{{"kind", "attestation"}, {"sha256", ToHex(crypto::Sha256(AsBytes(rego)))}},
      state_->Now()));
  return {};
}

Result<void> Broker::SetResource(const ResourcePath& path, ByteSpan content) {
  TRY(state_->resources.Set(path, content));
  TRY(state_->parts.audit.Append("resource.set", Json::Object{{"resource", path.text()}}, state_->Now()));
  return {};
}

Result<void> Broker::DeleteResource(const ResourcePath& path) {
  TRY(state_->resources.Delete(path));
  TRY(state_->parts.audit.Append("resource.deleted", Json::Object{{"resource", path.text()}}, state_->Now()));
  return {};
}

Error Broker::NoteAdminRefusal(Asker asker, std::string_view call, const Error& why) {
  return state_->refusals.Write(asker, "admin", Json::Object{{"call", call}}, why, state_->Now());
}

Result<Json> Broker::Status() {
  Json::Array contracts;
  for (const contract::SignedContract& contract : TRY(state_->shelf.AllContracts())) {
    contracts.push_back(ContractJson(contract, TRY(state_->shelf.RevocationOf(contract.digest()))));
  }
  Json::Array keys, certifications;
  for (std::string& path : TRY(state_->resources.SealedKeyPaths())) keys.push_back(std::move(path));
  for (const auto& kept : TRY(state_->shelf.AllCertifications())) certifications.push_back(ToHex(kept.digest));
  const audit::AuditHead head = state_->parts.audit.head();
  return Json(Json::Object{{"party", state_->parts.owner.did},
                           {"broker_key", ToHex(contract::KeyThumbprint(state_->parts.key.Public()))},
                           {"contracts", std::move(contracts)},
                           {"sealed_keys", std::move(keys)},
                           {"certifications", std::move(certifications)},
                           {"sessions", state_->sessions.size()},
                           {"audit", Json::Object{{"size", head.size}, {"head", ToHex(head.hash)}}}});
}

Privacy Broker::State::TotalShown(const contract::Contract& contract, const contract::Dataset& dataset) const {
  const auto total = TotalOf(contract, dataset);
  return total ? *total : Privacy{};
}

Result<Json> Broker::Budget() {
  // So that it shows what holds now. What cannot be tended, since the ledger does not answer, is shown as it stands; an old
  // copy of the store is not shown at all.
  const auto recovered = state_->accounts.Recover(state_->Now());
  if (!recovered && recovered.error().code() != ErrorCode::kUnavailable) return recovered.error();
  std::map<std::string, Json> accounts;
  const auto account_of = [&](const std::string& name) -> Result<Json*> {
    const auto known = accounts.find(name);
    if (known != accounts.end()) return &known->second;
    const AccountStatus status = TRY(state_->accounts.Status(name));
    Json json = Json::Object{{"account", name},
                             {"charged", AmountJson(status.charged.ToPrivacy())},
                             {"sequence", status.sequence},
                             {"head", ToHex(status.head)},
                             {"contracts", Json::Array{}},
                             {"runs", Json::Array{}}};
    return &accounts.emplace(name, std::move(json)).first->second;
  };
  for (const contract::SignedContract& contract : TRY(state_->shelf.AllContracts())) {
    for (const contract::Dataset& dataset : contract->datasets) {
      if (dataset.provider != state_->parts.owner.did || contract::IsUnmetered(dataset.account)) continue;
      Json& account = *TRY(account_of(dataset.account));
      const Privacy total = state_->TotalShown(*contract, dataset);
      const Json* list = account.Find("contracts");
      Json grown = *list;
      grown.Push(Json::Object{{"contract", ToHex(contract.digest())},
                              {"dataset", dataset.id},
                              {"name", dataset.name},
                              {"total", AmountJson(total)}});
      account.Set("contracts", std::move(grown));
    }
  }
  for (const AccountReservation& reservation : TRY(state_->accounts.All())) {
    Json& account = *TRY(account_of(reservation.request.account));
    Json grown = *account.Find("runs");
    grown.Push(ReservationJson(reservation));
    account.Set("runs", std::move(grown));
  }
  Json::Array all;
  for (auto& [name, json] : accounts) all.push_back(std::move(json));
  return Json(Json::Object{{"party", state_->parts.owner.did}, {"accounts", std::move(all)}});
}

Result<void> Broker::Tend() {
  const Time now = state_->Now();
  state_->sessions.Sweep(now);
  TRY(state_->refusals.Tend(now));
  return state_->accounts.Recover(now);
}

}  // namespace cloister::broker
