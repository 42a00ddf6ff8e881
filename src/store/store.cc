#include "store/store.h"

#include <algorithm>

namespace cloister::store {

Result<std::optional<Bytes>> Store::Get(std::string_view table, ByteSpan key) {
  std::optional<Bytes> value;
  const auto read = [&](Snapshot& snapshot) -> Result<void> {
    value = TRY(snapshot.Get(table, key));
    return {};
  };
  TRY(Read(read));
  return value;
}

Result<void> Store::Put(std::string_view table, ByteSpan key, ByteSpan value) {
  return Transact([&](Transaction& transaction) { return transaction.Put(table, key, value); });
}

Result<void> Store::Insert(std::string_view table, ByteSpan key, ByteSpan value) {
  return Transact([&](Transaction& transaction) { return transaction.Insert(table, key, value); });
}

Result<void> CheckTable(std::string_view table) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (table.empty() || table.size() > kMaxTableName || !std::all_of(table.begin(), table.end(), allowed)) {
    return Error(ErrorCode::kUsage, "table name: expected 1 to 64 of a-z, 0-9 and _");
  }
  return {};
}

Result<void> CheckKey(ByteSpan key) {
  if (key.empty() || key.size() > kMaxKey) {
    return Error(ErrorCode::kUsage, "key: expected 1 to 1024 bytes, got " + std::to_string(key.size()));
  }
  return {};
}

Result<void> CheckValue(ByteSpan value) {
  if (value.size() > kMaxValue) {
    return Error(ErrorCode::kLimit, "value: expected at most 16777216 bytes, got " + std::to_string(value.size()));
  }
  return {};
}

}  // namespace cloister::store
