#include "store/memory_store.h"

#include <algorithm>
#include <map>
#include <string>

#include "store/internal/gate.h"

namespace cloister::store {
namespace {

using Table = std::map<Bytes, Bytes>;
using Tables = std::map<std::string, Table, std::less<>>;

class MemoryTransaction final : public Transaction {
 public:
  explicit MemoryTransaction(Tables& tables) : tables_(tables) {}

  Result<std::optional<Bytes>> Get(std::string_view table, ByteSpan key) override {
    TRY(CheckTable(table));
    TRY(CheckKey(key));
    const auto found = tables_.find(table);
    if (found == tables_.end()) return std::optional<Bytes>();
    const auto row = found->second.find(ToBytes(key));
    return row == found->second.end() ? std::optional<Bytes>() : std::optional<Bytes>(row->second);
  }

  Result<std::vector<Row>> ScanAfter(std::string_view table, ByteSpan prefix, ByteSpan after,
                                     std::size_t limit) override {
    TRY(CheckTable(table));
    std::vector<Row> rows;
    const auto found = tables_.find(table);
    if (found == tables_.end()) return rows;
    auto row = found->second.lower_bound(ToBytes(prefix));
    const auto behind = found->second.upper_bound(ToBytes(after));
    if (!after.empty() && (row == found->second.end() || row->first <= ToBytes(after))) row = behind;
    for (; row != found->second.end() && rows.size() < std::min(limit, kMaxScan); ++row) {
      if (row->first.size() < prefix.size() || !Equal(ByteSpan(row->first).first(prefix.size()), prefix)) break;
      rows.push_back({row->first, row->second});
    }
    return rows;
  }

  Result<void> Put(std::string_view table, ByteSpan key, ByteSpan value) override {
    TRY(CheckTable(table));
    TRY(CheckKey(key));
    TRY(CheckValue(value));
    tables_[std::string(table)][ToBytes(key)] = ToBytes(value);
    return {};
  }

  Result<void> Insert(std::string_view table, ByteSpan key, ByteSpan value) override {
    if (TRY(Get(table, key))) return Error(ErrorCode::kConflict, "row exists in table " + std::string(table));
    return Put(table, key, value);
  }

  Result<bool> Delete(std::string_view table, ByteSpan key) override {
    TRY(CheckTable(table));
    TRY(CheckKey(key));
    const auto found = tables_.find(table);
    return found != tables_.end() && found->second.erase(ToBytes(key)) > 0;
  }

 private:
  Tables& tables_;
};

}  // namespace

struct MemoryStore::State {
  internal::Gate gate;
  Tables tables;
};

MemoryStore::MemoryStore() : state_(std::make_unique<State>()) {}
MemoryStore::~MemoryStore() = default;

Result<void> MemoryStore::Transact(const Work& work) {
  const internal::Gate::Pass pass(state_->gate);
  Tables changed = state_->tables;
  MemoryTransaction transaction(changed);
  TRY(work(transaction));
  state_->tables = std::move(changed);
  return {};
}

Result<void> MemoryStore::Read(const ReadWork& work) {
  const internal::Gate::Pass pass(state_->gate);
  MemoryTransaction transaction(state_->tables);
  return work(transaction);
}

}  // namespace cloister::store
