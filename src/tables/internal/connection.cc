#include "tables/internal/connection.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tables/internal/duckdb.h"

namespace cloister::tables::internal {
namespace {

// For what only an open connection does: it was loaded for it.
const DuckDb& Duck() { return **LoadDuckDb(); }

Error Failed(std::string_view step) { return Error(ErrorCode::kInternal, std::string(step) + " failed"); }

std::string Quote(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

// Interrupts a connection's query when its time is over.
class Deadline {
 public:
  Deadline(duckdb_connection connection, std::chrono::milliseconds time)
      : thread_([this, connection, time] {
          std::unique_lock lock(mutex_);
          if (done_.wait_for(lock, time, [this] { return finished_; })) return;
          passed_ = true;
          Duck().interrupt(connection);
        }) {}
  ~Deadline() { Passed(); }

  // Ends the watch; whether the time was over before.
  bool Passed() {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    done_.notify_one();
    if (thread_.joinable()) thread_.join();
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  bool finished_ = false;
  bool passed_ = false;
  std::thread thread_;
};

struct OwnedResult {
  duckdb_result raw = {};
  OwnedResult() = default;
  ~OwnedResult() { Duck().destroy_result(&raw); }
  OwnedResult(const OwnedResult&) = delete;
  OwnedResult& operator=(const OwnedResult&) = delete;
};

struct OwnedStatement {
  duckdb_prepared_statement raw = nullptr;
  OwnedStatement() = default;
  ~OwnedStatement() { Duck().destroy_prepare(&raw); }
  OwnedStatement(const OwnedStatement&) = delete;
  OwnedStatement& operator=(const OwnedStatement&) = delete;
};

Result<void> ReadChunks(duckdb_result& result, std::size_t column_count, const ChunkReader& reader) {
  while (duckdb_data_chunk chunk = Duck().fetch_chunk(result)) {
    std::vector<ColumnView> columns;
    for (std::size_t i = 0; i < column_count; ++i) {
      const duckdb_vector vector = Duck().chunk_vector(chunk, i);
      columns.emplace_back(Duck().vector_data(vector), Duck().vector_validity(vector));
    }
    Result<void> read = reader(Duck().chunk_size(chunk), columns);
    Duck().destroy_data_chunk(&chunk);
    if (!read) return read;
  }
  return {};
}

}  // namespace

std::string_view ColumnView::Text(std::size_t row) const {
  const duckdb_string_t& text = static_cast<const duckdb_string_t*>(data_)[row];
  const std::uint32_t length = text.value.inlined.length;
  return {length <= sizeof(text.value.inlined.inlined) ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

std::string QuoteText(std::string_view text) { return Quote(text, '\''); }
std::string QuoteName(std::string_view name) { return Quote(name, '"'); }

struct Connection::Handles {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  std::chrono::milliseconds query_time{};
  ~Handles() {
    Duck().disconnect(&connection);
    Duck().close(&database);
  }
};

Connection::Connection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Result<Connection> Connection::Open(const DatabaseLimits& limits) {
  const DuckDb& duck = *TRY(LoadDuckDb());
  const std::pair<const char*, std::string> options[] = {
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"temp_directory", ""},  // no spilling: a query over the memory limit fails
      {"memory_limit", std::to_string(limits.memory_bytes) + "B"},
      {"threads", std::to_string(limits.threads)},
  };
  duckdb_config config = nullptr;
  bool fine = duck.create_config(&config) == DuckDBSuccess;
  for (const auto& [name, value] : options) {
    fine = fine && duck.set_config(config, name, value.c_str()) == DuckDBSuccess;
  }
  auto handles = std::make_unique<Handles>();
  handles->query_time = limits.query_time;
  char* message = nullptr;
  fine = fine && duck.open_ext(nullptr, &handles->database, config, &message) == DuckDBSuccess;
  duck.free(message);
  duck.destroy_config(&config);
  fine = fine && duck.connect(handles->database, &handles->connection) == DuckDBSuccess;
  if (!fine) return Failed("opening DuckDB");
  Connection connection(std::move(handles));
  TRY(connection.Execute("SET allow_persistent_secrets=false", "configuring DuckDB"));
  return connection;
}

Result<void> Connection::Execute(const std::string& sql, std::string_view step) {
  return Read(sql, {}, nullptr, nullptr, step);
}

Result<std::string> Connection::Text(const std::string& sql, std::string_view argument, std::string_view step) {
  OwnedStatement statement;
  OwnedResult result;
  if (Duck().prepare(handles_->connection, sql.c_str(), &statement.raw) != DuckDBSuccess ||
      Duck().bind_varchar_length(statement.raw, 1, argument.data(), argument.size()) != DuckDBSuccess ||
      Duck().execute_prepared(statement.raw, &result.raw) != DuckDBSuccess ||
      Duck().column_count(&result.raw) != 1 || Duck().column_type(&result.raw, 0) != DUCKDB_TYPE_VARCHAR) {
    return Failed(step);
  }
  std::vector<std::string> texts;
  TRY(ReadChunks(result.raw, 1, [&](std::size_t rows, const std::vector<ColumnView>& columns) -> Result<void> {
    for (std::size_t i = 0; i < rows; ++i) {
      if (!columns[0].IsNull(i)) texts.emplace_back(columns[0].Text(i));
    }
    return {};
  }));
  if (texts.size() != 1) return Failed(step);
  return texts[0];
}

Result<double> Connection::Number(const std::string& sql, std::string_view step) {
  double number = 0;
  const auto count = [&](std::size_t rows) { return rows == 1 ? Result<void>() : Failed(step); };
  const auto read = [&](std::size_t, const std::vector<ColumnView>& views) {
    number = views[0].Doubles()[0];
    return Result<void>();
  };
  TRY(Read(sql, {true}, count, read, step));
  return number;
}

Result<void> Connection::Read(const std::string& sql, const std::vector<bool>& numeric, const RowCountReader& count,
                              const ChunkReader& reader, std::string_view step) {
  OwnedResult result;
  Deadline deadline(handles_->connection, handles_->query_time);
  const duckdb_state state = Duck().query(handles_->connection, sql.c_str(), &result.raw);
  if (deadline.Passed()) return Error(ErrorCode::kLimit, std::string(step) + " took longer than it may");
  if (state != DuckDBSuccess) return Failed(step);
  if (numeric.empty()) return {};
  if (Duck().column_count(&result.raw) != numeric.size()) return Failed(step);
  for (std::size_t i = 0; i < numeric.size(); ++i) {
    const duckdb_type_id expected = numeric[i] ? DUCKDB_TYPE_DOUBLE : DUCKDB_TYPE_VARCHAR;
    if (Duck().column_type(&result.raw, i) != expected) return Failed(step);
  }
  TRY(count(Duck().row_count(&result.raw)));
  return ReadChunks(result.raw, numeric.size(), reader);
}

}  // namespace cloister::tables::internal
