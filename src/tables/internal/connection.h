// One DuckDB database in memory, and one connection to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/bytes.h"

struct duckdb_result;

namespace cloister::tables::internal {

struct DatabaseLimits {
  std::size_t memory_bytes;
  unsigned threads;
  std::chrono::milliseconds query_time;
};

// One column of up to 2,048 rows, borrowed from DuckDB.
class ColumnView {
 public:
  ColumnView(const void* data, const std::uint64_t* validity) : data_(data), validity_(validity) {}
  bool IsNull(std::size_t row) const { return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0; }
  bool HasNulls() const { return validity_ != nullptr; }
  const double* Doubles() const { return static_cast<const double*>(data_); }
  std::string_view Text(std::size_t row) const;

 private:
  const void* data_;
  const std::uint64_t* validity_;
};

using ChunkReader = std::function<Result<void>(std::size_t rows, const std::vector<ColumnView>& columns)>;
// Hears how many rows a result has before its first chunk.
using RowCountReader = std::function<Result<void>(std::size_t rows)>;

// DuckDB's messages can quote data, so no error here carries one: kInternal says only which step failed. kLimit: the
// query took longer than `query_time`. Not to be used by two threads at once.
class Connection {
 public:
  // Opens with no access to extensions, spilling or secrets on disk. As LoadDuckDb; kInternal: it does not start.
  static Result<Connection> Open(const DatabaseLimits& limits);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  // Runs `sql` of our own making; `step` names it in errors.
  Result<void> Execute(const std::string& sql, std::string_view step);
  // As Execute, for a query that gives one text; `argument` is bound to `?` where there is one.
  Result<std::string> Text(const std::string& sql, std::string_view argument, std::string_view step);
  // As Execute, for a query that gives one DOUBLE.
  Result<double> Number(const std::string& sql, std::string_view step);
  // As Execute, and gives the result to the readers. Columns marked in `numeric` are DOUBLE, the others VARCHAR.
  Result<void> Read(const std::string& sql, const std::vector<bool>& numeric, const RowCountReader& count,
                    const ChunkReader& reader, std::string_view step);

 private:
  struct Handles;
  explicit Connection(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

// `text` as an SQL string or identifier.
std::string QuoteText(std::string_view text);
std::string QuoteName(std::string_view name);

}  // namespace cloister::tables::internal
