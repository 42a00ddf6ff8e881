#include "ledger/internal/state.h"
#include "ledger/internal/tables.h"

namespace cloister::ledger::internal {
namespace {

using contract::ContractState;
using formats::Json;

constexpr std::size_t kMostParties = 1000;

Result<Json> ParseRow(const Bytes& row) { return Json::Parse(AsText(row)); }

Result<Digest> DigestOf(const Json& json, std::string_view member) {
  return contract::DigestFromHex(TRY(json.GetString(member)));
}

// The last 32 bytes of each row's key.
Result<std::vector<Digest>> Tails(const std::vector<store::Row>& rows) {
  std::vector<Digest> out;
  for (const store::Row& row : rows) out.push_back(TRY(ToArray<32>(ByteSpan(row.key).last(32))));
  return out;
}

}  // namespace

Result<std::optional<Contract>> StateReader::FindContract(const Digest& digest) const {
  const auto row = TRY(snapshot_.Get(kContracts, digest));
  if (!row) return std::optional<Contract>();
  return std::optional<Contract>(TRY_WITH("stored contract", Contract::FromCanonical(AsText(*row))));
}

Result<std::set<std::string>> StateReader::SignersOf(const Digest& digest) const {
  std::set<std::string> out;
  for (const store::Row& row : TRY(snapshot_.Scan(kSigners, digest, kMostParties))) out.emplace(AsText(row.value));
  return out;
}

Result<bool> StateReader::IsComplete(const Digest& digest) const {
  const auto contract = TRY(FindContract(digest));
  if (!contract) return false;
  const std::set<std::string> signers = TRY(SignersOf(digest));
  for (const std::string& did : contract->RequiredSigners()) {
    if (!signers.contains(did)) return false;
  }
  return true;
}

Result<std::vector<Digest>> StateReader::CandidatesOf(std::string_view id, std::uint32_t version) const {
  Bytes prefix = ToBytes(ByteSpan(HashOf(id)));
  AppendBe(prefix, version);
  return Tails(TRY(snapshot_.Scan(kVersions, prefix, kMaxCandidates)));
}

Result<std::optional<RevocationRecord>> StateReader::FindRevocation(const Digest& digest) const {
  const auto row = TRY(snapshot_.Get(kRevocations, digest));
  if (!row) return std::optional<RevocationRecord>();
  const Json json = TRY(ParseRow(*row));
  RevocationRecord out;
  out.what.by = TRY(json.GetString("by"));
  out.what.reason = TRY(json.GetString("reason"));
  out.what.time = TRY(FromRfc3339(TRY(json.GetString("time"))));
  out.registered = TRY(FromRfc3339(TRY(json.GetString("registered"))));
  return std::optional(std::move(out));
}

// Superseded: a later version with all its signatures has begun. That it was revoked or ran out afterwards does not bring
// the older one back; only one that was revoked before it began never took its place.
Result<bool> StateReader::IsSuperseded(const Contract& contract, Time now) const {
  for (std::uint32_t version = contract.version + 1;; ++version) {
    bool found = false;
    for (const Digest& digest : TRY(CandidatesOf(contract.id, version))) {
      if (!TRY(IsComplete(digest))) continue;
      found = true;
      const auto later = TRY(FindContract(digest));
      const auto revocation = TRY(FindRevocation(digest));
      const bool never_began = revocation && revocation->registered < later->start;
      if (later->start <= now && !never_began) return true;
    }
    if (!found) return false;
  }
}

Result<contract::FreshAnswer::ContractStatus> StateReader::StatusOf(const Digest& digest, Time now) const {
  contract::FreshAnswer::ContractStatus out{digest, ContractState::kUnknown, {}, {}};
  const auto found = TRY(FindContract(digest));
  if (!found) return out;
  const std::set<std::string> signers = TRY(SignersOf(digest));
  for (const std::string& did : found->RequiredSigners()) {
    if (!signers.contains(did)) out.missing.push_back(did);
  }
  if (const auto revocation = TRY(FindRevocation(digest))) out.revocation = revocation->what;
  if (out.revocation) {
    out.state = ContractState::kRevoked;
  } else if (!out.missing.empty()) {
    out.state = ContractState::kSignedInPart;
  } else if (now >= found->expiry) {
    out.state = ContractState::kExpired;
  } else if (TRY(IsSuperseded(*found, now))) {
    out.state = ContractState::kSuperseded;
  } else {
    out.state = now < found->start ? ContractState::kNotYet : ContractState::kActive;
  }
  return out;
}

Result<std::set<Digest>> StateReader::PinnedKeysOf(std::string_view did) const {
  const auto kids = TRY(Tails(TRY(snapshot_.Scan(kPins, HashOf(did), kMostParties))));
  return std::set<Digest>(kids.begin(), kids.end());
}

Result<contract::NamedKey> StateReader::PinnedKey(std::string_view did, const Digest& kid) const {
  const auto row = TRY(snapshot_.Get(kPins, Concat({HashOf(did), kid})));
  if (row && !row->empty()) return contract::NamedKey::FromJson(TRY(ParseRow(*row)));
  if (row) {
    for (const Digest& digest : TRY(ContractsWithKey(kid, did))) {
      const auto contract = TRY(FindContract(digest));
      const contract::Party* party = contract ? contract->FindParty(did) : nullptr;
      const contract::NamedKey* key = party == nullptr ? nullptr : contract::FindKey(party->keys, kid);
      if (key != nullptr) return *key;
    }
  }
  return Error(ErrorCode::kNotFound, "this ledger knows no such key of " + std::string(did));
}

Result<std::optional<Time>> StateReader::ReplacedAt(std::string_view did, const Digest& kid) const {
  const auto row = TRY(snapshot_.Get(kReplacedKeys, Concat({HashOf(did), kid})));
  if (!row) return std::optional<Time>();
  return std::optional(TRY(FromRfc3339(AsText(*row))));
}

Result<std::vector<Digest>> StateReader::ContractsWithKey(const Digest& kid, std::string_view did) const {
  return Tails(TRY(snapshot_.Scan(kPartyKeys, Concat({kid, HashOf(did)}), 64)));
}

Result<AccountHead> StateReader::HeadOf(std::string_view broker, std::string_view account) const {
  const auto row = TRY(snapshot_.Get(kHeads, Concat({HashOf(broker), HashOf(account)})));
  if (!row) return AccountHead{};
  ByteReader reader(*row);
  AccountHead out;
  out.sequence = TRY(reader.Be<std::uint64_t>());
  out.head = TRY(reader.TakeArray<32>());
  TRY(reader.Finish());
  return out;
}

Result<std::optional<RunDataset>> StateReader::FindRunDataset(std::string_view run, std::string_view dataset,
                                                               std::string_view broker) const {
  const auto row = TRY(snapshot_.Get(kRunDatasets, Concat({HashOf(run), HashOf(dataset), HashOf(broker)})));
  if (!row) return std::optional<RunDataset>();
  const Json json = TRY(ParseRow(*row));
  const auto last = static_cast<contract::AccountEvent>(TRY(json.GetIntIn("last", 0, 3)));
  return std::optional(RunDataset{last, TRY(DigestOf(json, "contract")), TRY(DigestOf(json, "reserve_head")),
                                  TRY(json.GetNumber("epsilon")), TRY(json.GetNumber("delta"))});
}

Result<std::optional<ReportedRun>> StateReader::FindReport(std::string_view run) const {
  const auto row = TRY(snapshot_.Get(kReports, HashOf(run)));
  if (!row) return std::optional<ReportedRun>();
  const Json json = TRY(ParseRow(*row));
  ReportedRun out;
  out.report = TRY(DigestOf(json, "report"));
  out.room_key = *TRY(json.GetObject("room_key"));
  for (const std::string& hex : TRY(json.GetStrings("contracts"))) out.contracts.push_back(TRY(contract::DigestFromHex(hex)));
  out.scrubbed = TRY(json.GetBool("scrubbed"));
  return std::optional<ReportedRun>(std::move(out));
}

Result<contract::RunState> StateReader::StateOfRun(std::string_view run) const {
  if (TRY(FindReport(run))) return contract::RunState::kReported;
  const bool reserved = !TRY(snapshot_.Scan(kRunDatasets, HashOf(run), 1)).empty();
  return reserved ? contract::RunState::kReserved : contract::RunState::kUnused;
}

}  // namespace cloister::ledger::internal
