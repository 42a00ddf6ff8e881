#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "store/internal/gate.h"
#include "store/internal/sqlite.h"

namespace cloister::store {
namespace {

using internal::Database;
using internal::ResetAtEnd;
using internal::Statement;

constexpr std::int64_t kApplicationId = 0x436C5374;  // "ClSt"
constexpr std::int64_t kSchemaVersion = 1;

Error System(std::string_view what) {
  return Error(ErrorCode::kIo, std::string(what) + ": " + std::generic_category().message(errno));
}

// Makes the directory entry of a new file durable.
Result<void> SyncDirectory(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return System("open directory");
  const int result = ::fsync(directory);
  ::close(directory);
  if (result != 0) return System("fsync directory");
  return {};
}

// Makes the file if there is none, for its owner only. An existing file is only looked at by name: opening and closing
// it would drop the POSIX locks of another store of this process that has it open.
Result<void> PrepareFile(const std::filesystem::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return System("stat");
    const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made < 0) return System("create");
    ::close(made);
    return SyncDirectory(path);
  }
  if (!S_ISREG(status.st_mode)) return Error(ErrorCode::kUsage, "expected a regular file");
  if ((status.st_mode & 077) != 0) return Error(ErrorCode::kUsage, "others may use the file; expected mode 0600");
  return {};
}

// Takes the lock and sees whose file this is; true if it is empty.
Result<bool> Recognise(Database& database) {
  // Exclusive from before the first access, so that the WAL index lives in memory and no second process gets in.
  TRY(database.Execute("PRAGMA locking_mode=EXCLUSIVE"));
  auto locked = database.Execute("BEGIN EXCLUSIVE");
  if (!locked && locked.error().code() == ErrorCode::kConflict) {
    return Error(ErrorCode::kConflict, "another process or store has the file open");
  }
  TRY(std::move(locked));
  const std::int64_t application = TRY(database.QueryInteger("PRAGMA application_id"));
  const std::int64_t version = TRY(database.QueryInteger("PRAGMA user_version"));
  const std::int64_t objects = TRY(database.QueryInteger("SELECT count(*) FROM sqlite_schema"));
  TRY(database.Execute("COMMIT"));
  if (application == 0 && version == 0 && objects == 0) return true;
  if (application != kApplicationId) return Error(ErrorCode::kMismatch, "a database of another program");
  if (version != kSchemaVersion) {
    return Error(ErrorCode::kUnsupported, "expected schema version 1, got " + std::to_string(version));
  }
  return false;
}

Result<void> Configure(Database& database) {
  if (TRY(database.QueryText("PRAGMA journal_mode=WAL")) != "wal") {
    return Error(ErrorCode::kIo, "SQLite cannot keep a write-ahead log here");
  }
  return database.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON");
}

Result<void> MakeSchema(Database& database) {
  return database.Execute(
      "BEGIN EXCLUSIVE;"
      "CREATE TABLE rows (tab TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tab, key))"
      " STRICT, WITHOUT ROWID;"
      "PRAGMA application_id=" +
      std::to_string(kApplicationId) +
      ";"
      "PRAGMA user_version=" +
      std::to_string(kSchemaVersion) +
      ";"
      "COMMIT");
}

// The first key after all that start with `prefix`. Keys have at most kMaxKey bytes, so FF… with one more is behind
// all.
Bytes EndOf(ByteSpan prefix) {
  Bytes end = ToBytes(prefix);
  while (!end.empty() && end.back() == 0xFF) end.pop_back();
  if (end.empty()) return Bytes(kMaxKey + 1, 0xFF);
  ++end.back();
  return end;
}

}  // namespace

class SqliteStore::Connection final : public Transaction {
 public:
  static Result<std::unique_ptr<Connection>> Create(Database database) {
    Statement get = TRY(database.Prepare("SELECT value FROM rows WHERE tab=?1 AND key=?2"));
    Statement scan = TRY(database.Prepare(
        "SELECT key, value FROM rows WHERE tab=?1 AND key>=?2 AND key>?3 AND key<?4 ORDER BY key LIMIT ?5"));
    Statement put = TRY(database.Prepare(
        "INSERT INTO rows VALUES (?1, ?2, ?3) ON CONFLICT (tab, key) DO UPDATE SET value=excluded.value"));
    Statement insert = TRY(database.Prepare("INSERT INTO rows VALUES (?1, ?2, ?3) ON CONFLICT (tab, key) DO NOTHING"));
    Statement remove = TRY(database.Prepare("DELETE FROM rows WHERE tab=?1 AND key=?2"));
    return std::unique_ptr<Connection>(new Connection(std::move(database), std::move(get), std::move(scan),
                                                      std::move(put), std::move(insert), std::move(remove)));
  }

  Result<std::optional<Bytes>> Get(std::string_view table, ByteSpan key) override {
    const ResetAtEnd reset(get_);
    TRY(BindRow(get_, table, key));
    if (!TRY(get_.Step())) return std::optional<Bytes>();
    return std::optional<Bytes>(get_.ColumnBytes(0));
  }

  Result<std::vector<Row>> ScanAfter(std::string_view table, ByteSpan prefix, ByteSpan after,
                                     std::size_t limit) override {
    TRY(CheckTable(table));
    const ResetAtEnd reset(scan_);
    TRY(scan_.BindText(1, table));
    TRY(scan_.BindBytes(2, prefix));
    TRY(scan_.BindBytes(3, after));
    TRY(scan_.BindBytes(4, EndOf(prefix)));
    TRY(scan_.BindInteger(5, static_cast<std::int64_t>(std::min(limit, kMaxScan))));
    std::vector<Row> rows;
    while (TRY(scan_.Step())) rows.push_back({scan_.ColumnBytes(0), scan_.ColumnBytes(1)});
    return rows;
  }

  Result<void> Put(std::string_view table, ByteSpan key, ByteSpan value) override {
    return Write(put_, table, key, value);
  }

  Result<void> Insert(std::string_view table, ByteSpan key, ByteSpan value) override {
    TRY(Write(insert_, table, key, value));
    if (database_.changes() == 0) return Error(ErrorCode::kConflict, "row exists in table " + std::string(table));
    return {};
  }

  Result<bool> Delete(std::string_view table, ByteSpan key) override {
    TRY(CheckInTransaction());
    const ResetAtEnd reset(delete_);
    TRY(BindRow(delete_, table, key));
    TRY(delete_.Step());
    return database_.changes() > 0;
  }

  // Runs `work` between BEGIN and COMMIT, or ROLLBACK where either fails.
  template <class Work>
  Result<void> Run(const char* begin, const Work& work) {
    const internal::Gate::Pass pass(gate_);
    TRY_WITH("begin", database_.Execute(begin));
    RollbackAtEnd rollback(database_);
    TRY(work(*this));
    TRY_WITH("commit", database_.Execute("COMMIT"));
    rollback.Disarm();
    return {};
  }

 private:
  class RollbackAtEnd {
   public:
    explicit RollbackAtEnd(Database& database) : database_(&database) {}
    ~RollbackAtEnd() {
      // Fails only where SQLite has rolled back by itself.
      if (database_ != nullptr) static_cast<void>(database_->Execute("ROLLBACK"));
    }
    RollbackAtEnd(const RollbackAtEnd&) = delete;
    RollbackAtEnd& operator=(const RollbackAtEnd&) = delete;
    void Disarm() { database_ = nullptr; }

   private:
    Database* database_;
  };

  Connection(Database database, Statement get, Statement scan, Statement put, Statement insert, Statement remove)
      : database_(std::move(database)),
        get_(std::move(get)),
        scan_(std::move(scan)),
        put_(std::move(put)),
        insert_(std::move(insert)),
        delete_(std::move(remove)) {}

  static Result<void> BindRow(Statement& statement, std::string_view table, ByteSpan key) {
    TRY(CheckTable(table));
    TRY(CheckKey(key));
    TRY(statement.BindText(1, table));
    return statement.BindBytes(2, key);
  }

  // Some failures (disk full) end SQLite's transaction; a write after one would stand alone.
  Result<void> CheckInTransaction() const {
    if (!database_.in_transaction()) return Error(ErrorCode::kIo, "the transaction has failed before");
    return {};
  }

  Result<void> Write(Statement& statement, std::string_view table, ByteSpan key, ByteSpan value) {
    TRY(CheckInTransaction());
    TRY(CheckValue(value));
    const ResetAtEnd reset(statement);
    TRY(BindRow(statement, table, key));
    TRY(statement.BindBytes(3, value));
    TRY(statement.Step());
    return {};
  }

  internal::Gate gate_;
  Database database_;
  Statement get_, scan_, put_, insert_, delete_;
};

SqliteStore::SqliteStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::filesystem::path& path) {
  const std::string where = "store " + path.string();
  TRY_WITH(where, PrepareFile(path));
  Database database = TRY_WITH(where, Database::Open(path.string()));
  const bool is_new = TRY_WITH(where, Recognise(database));
  TRY_WITH(where, Configure(database));
  if (is_new) TRY_WITH(where, MakeSchema(database));
  const std::string check = TRY_WITH(where, database.QueryText("PRAGMA quick_check(1)"));
  if (check != "ok") return Error(ErrorCode::kMalformed, where + ": damaged: " + check);
  auto connection = Connection::Create(std::move(database));
  if (!connection) return Error(ErrorCode::kMalformed, where + ": " + connection.error().message());
  return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(connection)));
}

Result<void> SqliteStore::Transact(const Work& work) { return connection_->Run("BEGIN IMMEDIATE", work); }

Result<void> SqliteStore::Read(const ReadWork& work) { return connection_->Run("BEGIN", work); }

}  // namespace cloister::store
