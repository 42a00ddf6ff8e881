// What the ledger has learnt from its entries, kept in the transaction that appends them.
#pragma once

#include <set>

#include "contract/account_entry.h"
#include "contract/key_rotation.h"
#include "contract/ledger_documents.h"
#include "contract/run.h"
#include "store/store.h"

namespace cloister::ledger::internal {

using contract::Contract;
using contract::Digest;

// One run's claim on one dataset, from its account entries. Written by the dataset's broker only.
struct RunDataset {
  contract::AccountEvent last = contract::AccountEvent::kReserve;
  Digest contract{};
  Digest reserve_head{};  // of the account after the reserve entry
  double epsilon = 0;     // reserved
  double delta = 0;
};

struct ReportedRun {
  Digest report{};  // of its COSE bytes
  formats::Json room_key;  // JWK
  std::vector<Digest> contracts;
  bool scrubbed = false;
};

struct AccountHead {
  std::uint64_t sequence = 0;
  Digest head{};
};

struct RevocationRecord {
  contract::FreshAnswer::RevokedBy what;
  Time registered{};  // by the ledger's clock
};

// Reads. Each fails as store::Snapshot does, or with kMalformed for a row that is not in its form.
class StateReader {
 public:
  explicit StateReader(store::Snapshot& snapshot) : snapshot_(snapshot) {}

  Result<std::optional<Contract>> FindContract(const Digest& digest) const;
  // DIDs of those who signed it.
  Result<std::set<std::string>> SignersOf(const Digest& digest) const;
  // Whether all who must sign did.
  Result<bool> IsComplete(const Digest& digest) const;
  // Contracts with that id and version, at most kMaxCandidates.
  Result<std::vector<Digest>> CandidatesOf(std::string_view id, std::uint32_t version) const;
  Result<std::optional<RevocationRecord>> FindRevocation(const Digest& digest) const;
  Result<contract::FreshAnswer::ContractStatus> StatusOf(const Digest& digest, Time now) const;

  // The identity keys that complete contracts pinned for a party; empty for one that is new.
  Result<std::set<Digest>> PinnedKeysOf(std::string_view did) const;
  // One of them, from a contract or a rotation. kNotFound.
  Result<contract::NamedKey> PinnedKey(std::string_view did, const Digest& kid) const;
  // When another key took its place.
  Result<std::optional<Time>> ReplacedAt(std::string_view did, const Digest& kid) const;
  // Contracts in which `kid` is an identity key of `did`, at most 64.
  Result<std::vector<Digest>> ContractsWithKey(const Digest& kid, std::string_view did) const;

  Result<AccountHead> HeadOf(std::string_view broker, std::string_view account) const;
  Result<std::optional<RunDataset>> FindRunDataset(std::string_view run, std::string_view dataset,
                                                   std::string_view broker) const;
  Result<std::optional<ReportedRun>> FindReport(std::string_view run) const;
  Result<contract::RunState> StateOfRun(std::string_view run) const;

 private:
  Result<bool> IsSuperseded(const Contract& contract, Time now) const;
  store::Snapshot& snapshot_;
};

inline constexpr std::size_t kMaxCandidates = 16;

class StateWriter {
 public:
  explicit StateWriter(store::Transaction& transaction) : transaction_(transaction) {}

  Result<void> PutContract(const Contract& contract, const Digest& digest);
  Result<void> AddSigner(const Digest& digest, std::string_view did);
  Result<void> PinKeys(const Contract& contract);
  // `to` takes the place of `from` among the keys that are pinned for the party.
  Result<void> PutRotation(const contract::KeyRotation& rotation, Time now);
  Result<void> PutRevocation(const Digest& digest, const RevocationRecord& record);
  Result<void> PutHead(std::string_view broker, std::string_view account, const AccountHead& head);
  Result<void> PutRunDataset(std::string_view run, std::string_view dataset, std::string_view broker,
                             const RunDataset& claim);
  Result<void> PutReport(std::string_view run, const ReportedRun& report);

 private:
  store::Transaction& transaction_;
};

}  // namespace cloister::ledger::internal
