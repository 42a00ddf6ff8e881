#include "store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/internal/temporary_directory.h"

namespace cloister::store {
namespace {

void RunSql(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
}

class SqliteStoreTest : public testing::Test {
 protected:
  ErrorCode OpenCode() const {
    const auto store = SqliteStore::Open(path_);
    EXPECT_FALSE(store);
    return store ? ErrorCode::kInternal : store.error().code();
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "s.db";
};

TEST_F(SqliteStoreTest, RefusesASecondOpening) {
  const auto first = *SqliteStore::Open(path_);
  EXPECT_EQ(OpenCode(), ErrorCode::kConflict);
  ASSERT_TRUE(first->Put("t", AsBytes("k"), AsBytes("1")));
  EXPECT_EQ(OpenCode(), ErrorCode::kConflict);
}

TEST_F(SqliteStoreTest, RefusesWhatIsNotADatabase) {
  ASSERT_TRUE(WriteFile(path_, AsBytes(std::string(5000, 'x')), FileMode::kPrivate));
  EXPECT_EQ(OpenCode(), ErrorCode::kMalformed);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(OpenCode(), ErrorCode::kUsage);
}

TEST_F(SqliteStoreTest, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  RunSql(path_, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  const Bytes before = *ReadFile(path_, 1 << 20);
  EXPECT_EQ(OpenCode(), ErrorCode::kMismatch);
  EXPECT_EQ(*ReadFile(path_, 1 << 20), before);
}

TEST_F(SqliteStoreTest, RefusesANewerSchema) {
  ASSERT_TRUE(SqliteStore::Open(path_));
  RunSql(path_, "PRAGMA user_version=2");
  EXPECT_EQ(OpenCode(), ErrorCode::kUnsupported);
}

TEST_F(SqliteStoreTest, RefusesAMissingTable) {
  ASSERT_TRUE(SqliteStore::Open(path_));
  RunSql(path_, "DROP TABLE rows");
  EXPECT_EQ(OpenCode(), ErrorCode::kMalformed);
}

TEST_F(SqliteStoreTest, RefusesDamagedPages) {
  {
    const auto store = *SqliteStore::Open(path_);
    for (std::uint8_t i = 1; i < 200; ++i) ASSERT_TRUE(store->Put("t", Bytes(20, i), Bytes(500, i)));
  }
  Bytes content = *ReadFile(path_, 1 << 24);
  ASSERT_GT(content.size(), 40'000u);
  for (std::size_t i = 20'000; i < 20'600; ++i) content[i] = 0xEE;
  ASSERT_TRUE(WriteFile(path_, content, FileMode::kPrivate));
  const auto store = SqliteStore::Open(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::kMalformed);
}

TEST_F(SqliteStoreTest, RefusesAFileThatOthersMayRead) {
  ASSERT_TRUE(SqliteStore::Open(path_));
  std::filesystem::permissions(path_, std::filesystem::perms(0640));
  EXPECT_EQ(OpenCode(), ErrorCode::kUsage);
}

TEST_F(SqliteStoreTest, MakesFilesForTheOwnerOnly) {
  const auto store = *SqliteStore::Open(path_);
  ASSERT_TRUE(store->Put("t", AsBytes("k"), AsBytes("1")));
  for (const auto& entry : std::filesystem::directory_iterator(path_.parent_path())) {
    struct stat status = {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << entry.path();
  }
}

TEST_F(SqliteStoreTest, SaysWhereItFailed) {
  const auto store = SqliteStore::Open(directory_ / "no/such/s.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::kIo);
  EXPECT_NE(store.error().message().find("no/such/s.db"), std::string::npos);
}

}  // namespace
}  // namespace cloister::store
