// FOR TESTS ONLY: a ledger with a contract on it, faults at every step between broker and ledger, and a simulated room.
#pragma once

#include "broker/broker.h"
#include "contract/sample_for_tests.h"
#include "evidence/snp/simulated.h"
#include "evidence/snp/json.h"
#include "ledger/ledger.h"
#include "sealed/age_file.h"
#include "store/memory_store.h"

namespace cloister::broker {

using contract::Sample;
using contract::TestKey;

class MemoryKeeper final : public translog::HeadKeeper {
 public:
  Result<std::optional<translog::TreeHead>> Last() const override { return head_; }
  Result<void> Keep(const translog::TreeHead& head) override {
    head_ = head;
    return {};
  }

 private:
  std::optional<translog::TreeHead> head_;
};

// A ledger client that fails on demand.
class FaultyClient final : public ledger::Client {
 public:
  explicit FaultyClient(ledger::Ledger& ledger) : inner_(ledger) {}

  int unavailable = 0;        // so many calls of Register do not reach the ledger
  int lost = 0;               // so many are registered, and their answer is lost
  bool down = false;          // nothing answers
  std::optional<Error> says;  // what Register answers instead

  Result<Bytes> Register(ByteSpan statement) override {
    if (down || unavailable-- > 0) return Error(ErrorCode::kUnavailable, "the ledger does not answer");
    if (says) return *says;
    auto receipt = inner_.Register(statement);
    if (lost-- > 0) return Error(ErrorCode::kUnavailable, "the answer was lost");
    return receipt;
  }
  Result<Bytes> Fresh(const contract::FreshRequest& request) override {
    if (down) return Error(ErrorCode::kUnavailable, "the ledger does not answer");
    return inner_.Fresh(request);
  }
  Result<std::string> Checkpoint() override { return inner_.Checkpoint(); }
  Result<translog::MerkleProof> Consistency(std::uint64_t from, std::uint64_t to) override {
    return inner_.Consistency(from, to);
  }

 private:
  ledger::LocalClient inner_;
};

// A store whose n-th transaction from now is the last thing that the process does: before it, or just after it is
// durable.
class CrashingStore final : public store::Store {
 public:
  explicit CrashingStore(store::Store& inner) : inner_(inner) {}
  enum class Crash { kBeforeCommit, kAfterCommit };
  void CrashAt(int transaction, Crash when) {
    left_ = transaction;
    when_ = when;
  }
  bool crashed() const { return crashed_; }

  Result<void> Transact(const Work& work) override {
    if (!crashed_ && left_ > 0 && --left_ == 0) {
      crashed_ = true;
      if (when_ == Crash::kAfterCommit) TRY(inner_.Transact(work));
    } else if (!crashed_) {
      return inner_.Transact(work);
    }
    return Error(ErrorCode::kIo, "crashed");
  }
  Result<void> Read(const ReadWork& work) override {
    if (crashed_) return Error(ErrorCode::kIo, "crashed");
    return inner_.Read(work);
  }

 private:
  store::Store& inner_;
  int left_ = 0;
  Crash when_ = Crash::kBeforeCommit;
  bool crashed_ = false;
};

// What a backup of the broker's store holds.
inline std::unique_ptr<store::Store> CopyOf(store::Store& from) {
  auto to = std::make_unique<store::MemoryStore>();
  for (const char* table :
       {"accounts", "reservations", "account_pending", "account_entries", "account_runs", "ledger", "contracts",
        "contracts_revoked", "certifications", "run_papers", "sealed_keys", "resources"}) {
    CHECK(from.Read([&](store::Snapshot& snapshot) -> Result<void> {
      for (const store::Row& row : TRY(snapshot.Scan(table, {}, store::kMaxScan)))
        TRY(to->Put(table, row.key, row.value));
      return {};
    }));
  }
  return to;
}

inline ledger::LedgerKeys MakeLedgerKeys() {
  return *ledger::LedgerKeys::Create("ledger.example", TestKey(Sample::kLedgerKey),
                                     crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa),
                                     crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa));
}

// Made once: RSA keys take time.
inline const evidence::SimulatedSnpProcessor& Processor() {
  static const auto* const processor = new evidence::SimulatedSnpProcessor(
      *evidence::SimulatedSnpProcessor::Make({.not_before = *FromRfc3339("2026-01-01T00:00:00Z"),
                                              .not_after = *FromRfc3339("2036-01-01T00:00:00Z"),
                                              .vcek_not_after = *FromRfc3339("2030-01-01T00:00:00Z"),
                                              .rsa_bits = 2048},
                                             crypto::SystemRandom()));
  return *processor;
}

inline std::unique_ptr<audit::AuditLog> MakeLedgerAudit() {
  return *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), "ledger", TestKey(92), std::nullopt);
}

// A ledger on which `contract` is active, and what the bank's broker needs. The bank provides the table "loans".
struct World {
  FakeClock clock{*FromRfc3339("2026-06-01T00:00:00Z")};
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<FaultyClient> client;
  std::unique_ptr<store::Store> store = std::make_unique<store::MemoryStore>();
  sealed::Identity identity = sealed::Identity::Generate(crypto::SystemRandom());
  std::optional<sealed::SealingRecord> record;
  contract::Contract contract = Sample::MakeContract();
  std::vector<Bytes> signatures;
  std::vector<Bytes> receipts;

  World() {
    ledger = *ledger::Ledger::Open(
        {std::make_unique<store::MemoryStore>(), std::make_unique<MemoryKeeper>(), MakeLedgerKeys(),
         MakeLedgerAudit(), clock});
    client = std::make_unique<FaultyClient>(*ledger);
    const sealed::Recipient recipient = identity.recipient();
    const Bytes file =
        *sealed::Seal(std::span(&recipient, 1), AsBytes("person,amount,label\n"), crypto::SystemRandom());
    record = *sealed::Describe(file);
    contract.datasets[0].integrity = {record->file.sha256, record->file.size, record->header_sha256};
    contract.compute.roots = {Processor().ark.Fingerprint()};
    contract.ledger = ledger->trust().ToTerms({Sample::Fill(0xEE)}, Seconds(600));
    signatures = Sample::SignByAll(contract, clock.Now());
    for (const Bytes& signature : signatures) receipts.push_back(ledger->Register(signature)->receipt);
  }
};

}  // namespace cloister::broker
