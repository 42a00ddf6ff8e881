#include "store/internal/sqlite.h"

#include <sqlite3.h>

namespace cloister::store::internal {
namespace {

ErrorCode CodeFor(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
      return ErrorCode::kConflict;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorCode::kMalformed;
    case SQLITE_TOOBIG:
      return ErrorCode::kLimit;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kIo;
    default:
      return ErrorCode::kInternal;
  }
}

// SQLite's message speaks of our fixed SQL and of the file, never of bound values.
Error Failure(sqlite3* database, int result) {
  return Error(CodeFor(result),
               std::string("SQLite: ") + sqlite3_errmsg(database) + " (" + std::to_string(result) + ")");
}

Result<void> Check(sqlite3* database, int result) {
  if (result != SQLITE_OK) return Failure(database, result);
  return {};
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void CloseStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<void> Statement::BindText(int position, std::string_view text) {
  return Check(database_, sqlite3_bind_text64(statement_.get(), position, text.data(), text.size(), SQLITE_TRANSIENT,
                                              SQLITE_UTF8));
}

Result<void> Statement::BindBytes(int position, ByteSpan bytes) {
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();  // null would bind NULL
  return Check(database_, sqlite3_bind_blob64(statement_.get(), position, data, bytes.size(), SQLITE_TRANSIENT));
}

Result<void> Statement::BindInteger(int position, std::int64_t value) {
  return Check(database_, sqlite3_bind_int64(statement_.get(), position, value));
}

Result<bool> Statement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return Failure(database_, result);
}

Bytes Statement::ColumnBytes(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

std::int64_t Statement::ColumnInteger(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::ColumnText(int column) const { return std::string(AsText(ColumnBytes(column))); }

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

Result<Database> Database::Open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (raw == nullptr) return Error(ErrorCode::kInternal, "SQLite: no memory");
  Database database(raw);
  TRY(Check(raw, result));
  TRY(Check(raw, sqlite3_busy_timeout(raw, 0)));
  // Keeps SQL from changing the schema table or the journal behind SQLite's back, should a file hold triggers or views.
  TRY(Check(raw, sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr)));
  TRY(Check(raw, sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr)));
  TRY(Check(raw, sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr)));
  TRY(Check(raw, sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr)));
  return database;
}

Result<void> Database::Execute(const std::string& sql) {
  return Check(database_.get(), sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  TRY(Check(database_.get(), sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr)));
  return Statement(database_.get(), statement);
}

Result<std::int64_t> Database::QueryInteger(std::string_view sql) {
  Statement statement = TRY(Prepare(sql));
  if (!TRY(statement.Step())) return Error(ErrorCode::kInternal, "SQLite: no answer");
  return statement.ColumnInteger(0);
}

Result<std::string> Database::QueryText(std::string_view sql) {
  Statement statement = TRY(Prepare(sql));
  if (!TRY(statement.Step())) return Error(ErrorCode::kInternal, "SQLite: no answer");
  return statement.ColumnText(0);
}

int Database::changes() const { return sqlite3_changes(database_.get()); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

}  // namespace cloister::store::internal
