// What a Ledger holds, and the steps that its calls share.
#pragma once

#include <mutex>

#include "audit/refusal_log.h"
#include "ledger/internal/state.h"
#include "ledger/ledger.h"

namespace cloister::ledger {

struct Ledger::State {
  explicit State(Parts parts)
      : store(std::move(parts.store)),
        keeper(std::move(parts.keeper)),
        keys(std::move(parts.keys)),
        self(keys.Public()),
        audit(std::move(parts.audit)),
        clock(parts.clock) {}

  std::unique_ptr<store::Store> store;
  std::unique_ptr<translog::HeadKeeper> keeper;
  const LedgerKeys keys;
  const LedgerTrust self;
  const std::unique_ptr<audit::AuditLog> audit;
  audit::RefusalLog refusals{*audit};
  const Clock& clock;
  const translog::Log log{"log"};
  // One call at a time: the store runs transactions one after the other anyhow, and the keeper must move with it.
  std::mutex mutex;
  Time last_time{};

  // The clock's time, but never before one that was given out: what is signed does not go back in time.
  Time Now();
  // Begins the log with its configuration; or, where it has entries, compares the first one with our keys.
  Result<void> Begin();
  // What Ledger's functions of these names do, without the record of a refusal.
  Result<Registration> Register(ByteSpan statement, Time now);
  Result<Bytes> Read(ByteSpan query, Time now);
  // `error`, after it was written down with what is known of what was asked.
  Error WriteDown(std::string_view call, ByteSpan asked, const Error& error, Time now);
  // A receipt over the log's head, which is kept first.
  Result<Bytes> SignReceipt(store::Snapshot& snapshot, std::uint64_t index, Time now);
  Result<contract::FreshAnswer> Answer(store::Snapshot& snapshot, const contract::FreshRequest& request, Time now);
  // Verifies a read request for `statement`, and burns its nonce.
  Result<void> AdmitRead(store::Transaction& transaction, ByteSpan query, ByteSpan statement, Time now);
};

}  // namespace cloister::ledger
