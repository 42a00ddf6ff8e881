// A SQLite connection with statements that bind bytes, and SQLite's result codes as ours. <sqlite3.h> stays in the .cc.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cloister::store::internal {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const;
};

// A prepared statement, used as: Bind…, then Step until it gives false, or let it go out of use with Reset.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  // `position` counts from 1. What is bound is copied.
  Result<void> BindText(int position, std::string_view text);
  Result<void> BindBytes(int position, ByteSpan bytes);
  Result<void> BindInteger(int position, std::int64_t value);
  // True: a row is there to read. kConflict: a constraint does not hold.
  Result<bool> Step();
  Bytes ColumnBytes(int column) const;
  std::int64_t ColumnInteger(int column) const;
  std::string ColumnText(int column) const;
  void Reset();

 private:
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, CloseStatement> statement_;
};

// Resets a statement when it goes, so that no read lock and no bound value stays behind.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.Reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  // Opens an existing file. Nothing is read yet.
  static Result<Database> Open(const std::string& path);

  Result<void> Execute(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  // The first column of the first row.
  Result<std::int64_t> QueryInteger(std::string_view sql);
  Result<std::string> QueryText(std::string_view sql);
  // Rows changed by the last statement.
  int changes() const;
  bool in_transaction() const;

 private:
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, CloseDatabase> database_;
};

}  // namespace cloister::store::internal
