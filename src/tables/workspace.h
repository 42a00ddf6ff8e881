// Contracted SQL over tables in memory: load what is permitted, lock, check the consumer's SQL, run it.
#pragma once

#include <chrono>
#include <memory>

#include "tables/person_table.h"
#include "tables/table_spec.h"

namespace cloister::tables {

struct WorkspaceLimits {
  std::size_t memory_bytes = std::size_t{4} << 30;  // of the database; there is no spilling
  unsigned threads = 2;
  std::chrono::milliseconds query_time = std::chrono::minutes(10);
  std::size_t result_rows = 50'000'000;
  std::size_t sql_bytes = std::size_t{64} << 10;
};

enum class CsvHeader { kAbsent, kPresent };

// SQL that passed both checks of the workspace that made it.
class CheckedQuery {
 public:
  // Of the columns, beside the person key, in the order of the SELECT.
  const std::vector<std::string>& names() const { return names_; }

 private:
  friend class LockedWorkspace;
  CheckedQuery(const void* workspace, std::string sql, std::vector<std::string> names)
      : workspace_(workspace), sql_(std::move(sql)), names_(std::move(names)) {}
  const void* workspace_;
  std::string sql_;
  std::vector<std::string> names_;
};

// Holds loaded tables; nothing can be loaded any more. Errors never carry data or messages of the database. Owned and
// used by one thread at a time.
class LockedWorkspace {
 public:
  // Checks the consumer's SQL (README.md says what is taken) without running it. `person` is the name of the column that is
  // the person key. kMalformed: does not parse, or types do not fit; kUnsupported: anything that is not on the lists;
  // kLimit: longer than `sql_bytes`.
  Result<CheckedQuery> Prepare(std::string_view sql, std::string_view person);

  // Runs it. The result has the query's rows in no particular order: CapRowsPerPerson gives them one.
  // kLimit: too slow, too many rows; kInternal: the database failed (out of memory). A query of another workspace is a bug.
  Result<PersonTable> Run(const CheckedQuery& query);

  // kNotFound: no such table.
  Result<std::uint64_t> Rows(std::string_view table);
  // Whether no two rows of the table have the same person key.
  Result<bool> KeyIsUnique(std::string_view table);

 private:
  friend class Workspace;
  struct State;
  explicit LockedWorkspace(std::unique_ptr<State> state);
  Result<const TableSpec*> FindTable(std::string_view name) const;
  std::unique_ptr<State> state_;

 public:
  ~LockedWorkspace();
  LockedWorkspace(LockedWorkspace&&) noexcept;
  LockedWorkspace& operator=(LockedWorkspace&&) noexcept;
};

// Loads the database's library, as the first Workspace would: beside other work, since it takes some 10 ms. Safe from any
// thread. kNotFound: it is not there; kUnsupported: another version.
Result<void> LoadDatabase();

// Takes tables. Only columns marked kLoaded reach the database, with the types given: nothing is guessed from the data.
class Workspace {
 public:
  // As LoadDatabase; kInternal: the database does not start.
  static Result<Workspace> Create(const WorkspaceLimits& limits);

  // RFC 4180 with ',' and '"'. kUsage: `spec` is not sound, or a table of that name is there. kMalformed: the header line
  // does not name exactly the spec's columns in order. kInternal: a cell is not of its type, the key is empty somewhere, a
  // row has another number of cells; which one is not said.
  Result<void> LoadCsv(const TableSpec& spec, CsvHeader header, ByteSpan content);
  // Columns are found by name. kInternal: a column is missing or is not of its type, the key is empty somewhere.
  Result<void> LoadParquet(const TableSpec& spec, ByteSpan content);
  // A table without rows, to check SQL against before there is data.
  Result<void> AddEmpty(const TableSpec& spec);

  // Ends loading: from here the database has no access to files, and its settings cannot be changed.
  Result<LockedWorkspace> Lock() &&;

  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  explicit Workspace(std::unique_ptr<LockedWorkspace::State> state);
  Result<void> InsertFrom(const TableSpec& spec, ByteSpan content, const std::string& reader, std::string_view options);
  std::unique_ptr<LockedWorkspace::State> state_;
};

}  // namespace cloister::tables
