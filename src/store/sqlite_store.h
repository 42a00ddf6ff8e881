// A store in one SQLite file: WAL journal, synchronous=FULL, one process at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "store/store.h"

namespace cloister::store {

class SqliteStore final : public Store {
 public:
  // Opens the store at `path`, or makes it (mode 0600) where there is no file. Checks the file's pages (SQLite
  // quick_check), which takes time in proportion to its size. The file stays locked until the store goes.
  // Errors: kConflict (another process or store has it open), kMismatch (a database, but not one of ours), kMalformed
  // (not a database, or damaged), kUnsupported (written by a newer release), kUsage (others may read the file), kIo.
  // Success says nothing about the content being the latest: a whole file put back from an old copy opens well.
  static Result<std::unique_ptr<SqliteStore>> Open(const std::filesystem::path& path);

  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Result<void> Transact(const Work& work) override;
  Result<void> Read(const ReadWork& work) override;

 private:
  class Connection;
  explicit SqliteStore(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace cloister::store
