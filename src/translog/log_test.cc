#include "translog/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"

namespace cloister::translog {
namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    char name[] = "/tmp/cloister-translog-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

Bytes EntryOf(int i) { return ToBytes("entry " + std::to_string(i)); }

void AppendAll(const Log& log, store::Store& store, int from, int to) {
  ASSERT_TRUE(store.Transact([&](store::Transaction& transaction) -> Result<void> {
    for (int i = from; i < to; ++i) EXPECT_EQ(TRY(log.Append(transaction, EntryOf(i))), static_cast<std::uint64_t>(i));
    return {};
  }));
}

Result<TreeHead> Advance(const Log& log, store::Store& store, HeadKeeper& keeper) {
  std::optional<TreeHead> head;
  TRY(store.Read([&](store::Snapshot& snapshot) -> Result<void> {
    head = TRY(log.AdvanceHead(snapshot, keeper));
    return {};
  }));
  return *head;
}

Result<void> Start(const Log& log, store::Store& store, HeadKeeper& keeper) {
  return store.Read([&](store::Snapshot& snapshot) { return log.StartKeeper(snapshot, keeper); });
}

TEST(Log, GivesTheSameTreeAsMemoryAndProvesEveryEntry) {
  const Log log("log");
  store::MemoryStore store;
  MemoryNodes nodes;
  for (int i = 0; i < 40; ++i) {
    AppendAll(log, store, i, i + 1);
    nodes.Append(LeafHash(EntryOf(i)));
  }
  ASSERT_TRUE(store.Read([&](store::Snapshot& snapshot) -> Result<void> {
    EXPECT_EQ(TRY(log.Head(snapshot)), nodes.Head());
    for (std::uint64_t i = 0; i < 40; ++i) {
      EXPECT_EQ(TRY(log.Entry(snapshot, i)), EntryOf(static_cast<int>(i)));
      EXPECT_EQ(TRY(log.Find(snapshot, LeafHash(EntryOf(static_cast<int>(i))))), i);
      EXPECT_EQ(TRY(log.ProveInclusion(snapshot, i, 40)), *InclusionProof(nodes, i, 40));
      EXPECT_EQ(TRY(log.ProveConsistency(snapshot, i, 40)), *ConsistencyProof(nodes, i, 40));
    }
    EXPECT_EQ(log.Entry(snapshot, 40).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(log.ProveInclusion(snapshot, 0, 41).error().code(), ErrorCode::kUsage);
    EXPECT_EQ(log.ProveConsistency(snapshot, 0, 41).error().code(), ErrorCode::kUsage);
    EXPECT_FALSE(TRY(log.Find(snapshot, EmptyRoot())));
    return {};
  }));
}

TEST(Log, ForgetsAppendsOfAFailedTransaction) {
  const Log log("log");
  store::MemoryStore store;
  AppendAll(log, store, 0, 3);
  EXPECT_FALSE(store.Transact([&](store::Transaction& transaction) -> Result<void> {
    TRY(log.Append(transaction, EntryOf(99)));
    return Error(ErrorCode::kRefused, "changed our mind");
  }));
  AppendAll(log, store, 3, 5);
}

TEST(Log, RefusesEmptyAndTooLargeEntries) {
  const Log log("log");
  store::MemoryStore store;
  for (const std::size_t size : {std::size_t{0}, kMaxEntryBytes + 1}) {
    const auto result = store.Transact([&](store::Transaction& transaction) -> Result<void> {
      TRY(log.Append(transaction, Bytes(size)));
      return {};
    });
    EXPECT_EQ(result.error().code(), ErrorCode::kLimit);
  }
}

TEST(Log, RefusesToSignWhenTheStoreIsOlderThanTheKeptHead) {
  const Folder folder;
  const Log log("log");
  FileHeadKeeper keeper(folder.path / "head");
  {
    auto store = *store::SqliteStore::Open(folder.path / "log.db");
    ASSERT_TRUE(Start(log, *store, keeper));
    AppendAll(log, *store, 0, 5);
    ASSERT_TRUE(Advance(log, *store, keeper));
  }
  std::filesystem::copy_file(folder.path / "log.db", folder.path / "backup.db");
  {
    auto store = *store::SqliteStore::Open(folder.path / "log.db");
    AppendAll(log, *store, 5, 8);
    EXPECT_EQ(Advance(log, *store, keeper)->size, 8u);
  }
  std::filesystem::permissions(folder.path / "backup.db", std::filesystem::perms(0600));
  auto restored = *store::SqliteStore::Open(folder.path / "backup.db");
  EXPECT_EQ(Advance(log, *restored, keeper).error().code(), ErrorCode::kStale);
  // Grown beyond the kept head with other entries, it is a fork.
  ASSERT_TRUE(restored->Transact([&](store::Transaction& transaction) -> Result<void> {
    for (int i = 0; i < 6; ++i) TRY(log.Append(transaction, EntryOf(1000 + i)));
    return {};
  }));
  EXPECT_EQ(Advance(log, *restored, keeper).error().code(), ErrorCode::kUntrusted);
}

TEST(Log, RefusesToSignWithoutAKeptHead) {
  const Folder folder;
  const Log log("log");
  store::MemoryStore store;
  FileHeadKeeper keeper(folder.path / "head");
  EXPECT_EQ(Advance(log, store, keeper).error().code(), ErrorCode::kNotFound);
  AppendAll(log, store, 0, 1);
  EXPECT_EQ(Start(log, store, keeper).error().code(), ErrorCode::kConflict);
  store::MemoryStore empty;
  ASSERT_TRUE(Start(log, empty, keeper));
  EXPECT_EQ(Start(log, empty, keeper).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(Advance(log, store, keeper));
  EXPECT_EQ(Advance(log, empty, keeper).error().code(), ErrorCode::kStale);
}

TEST(Log, RefusesHeadFilesOfAnotherForm) {
  const Folder folder;
  FileHeadKeeper keeper(folder.path / "head");
  const std::string root = ToBase64(EmptyRoot());
  for (const std::string& text : {std::string(), "0\n" + root, "00\n" + root + "\n", "0\n" + root + "\n\n", "x\n" + root + "\n",
                                  "0\n" + root.substr(4) + "\n", std::string(500, '0')}) {
    ASSERT_TRUE(WriteFile(folder.path / "head", AsBytes(text), FileMode::kPublic));
    EXPECT_FALSE(keeper.Last()) << text;
  }
  ASSERT_TRUE(keeper.Keep({0, EmptyRoot()}));
  EXPECT_EQ(*keeper.Last(), (TreeHead{0, EmptyRoot()}));
}

}  // namespace
}  // namespace cloister::translog
