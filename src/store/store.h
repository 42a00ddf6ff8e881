// Tables of keys and values that change only in transactions: what brokers and ledgers remember.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace cloister::store {

inline constexpr std::size_t kMaxTableName = 64;     // bytes; a-z, 0-9 and _
inline constexpr std::size_t kMaxKey = 1024;         // bytes; at least 1
inline constexpr std::size_t kMaxValue = 16u << 20;  // bytes; may be empty
inline constexpr std::size_t kMaxScan = 10'000;      // rows in one answer

struct Row {
  Bytes key;
  Bytes value;

  bool operator==(const Row&) const = default;
};

// One moment of the store. Lives only inside the function it was given to. Every call may fail with kUsage (a table
// name or key outside the limits above), kUntrusted (a sealed row that does not open) or kIo.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual Result<std::optional<Bytes>> Get(std::string_view table, ByteSpan key) = 0;

  // The first `limit` rows whose key starts with `prefix` (empty: every row), ordered by key bytes.
  Result<std::vector<Row>> Scan(std::string_view table, ByteSpan prefix, std::size_t limit) {
    return ScanAfter(table, prefix, {}, limit);
  }
  // The same, but only rows whose key is greater than `after` (empty: from the start), for reading page by page.
  virtual Result<std::vector<Row>> ScanAfter(std::string_view table, ByteSpan prefix, ByteSpan after,
                                             std::size_t limit) = 0;
};

// Sees its own writes.
class Transaction : public Snapshot {
 public:
  // Writes the row, whether or not it exists. kLimit: the value is too large.
  virtual Result<void> Put(std::string_view table, ByteSpan key, ByteSpan value) = 0;
  // Writes a row that must not exist. kConflict: it does, with whatever content; the transaction may go on.
  virtual Result<void> Insert(std::string_view table, ByteSpan key, ByteSpan value) = 0;
  // Removes the row; true if there was one.
  virtual Result<bool> Delete(std::string_view table, ByteSpan key) = 0;
};

// Safe to use from several threads; transactions run one after the other (serializable).
class Store {
 public:
  using Work = std::function<Result<void>(Transaction&)>;
  using ReadWork = std::function<Result<void>(Snapshot&)>;

  virtual ~Store() = default;

  // Runs `work` and, if it succeeds, makes all its writes durable before returning. If it fails nothing changes and its
  // failure comes back. Success proves that a crash or power loss after it keeps the writes. `work` runs once, must not
  // call this store again (that is a bug and ends the program) and must not throw. kIo: the disk refused; this store
  // sees no change, and what a later opening finds is all of the transaction or nothing.
  virtual Result<void> Transact(const Work& work) = 0;

  // Runs `work` over one moment of the store.
  virtual Result<void> Read(const ReadWork& work) = 0;

  // One row, in a transaction of its own.
  Result<std::optional<Bytes>> Get(std::string_view table, ByteSpan key);
  Result<void> Put(std::string_view table, ByteSpan key, ByteSpan value);
  Result<void> Insert(std::string_view table, ByteSpan key, ByteSpan value);
};

// For implementations. kUsage, kLimit.
Result<void> CheckTable(std::string_view table);
Result<void> CheckKey(ByteSpan key);
Result<void> CheckValue(ByteSpan value);

}  // namespace cloister::store
