// What every store must do, run over each of them.
#include "store/store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "store/internal/temporary_directory.h"
#include "store/memory_store.h"
#include "store/sealed_store.h"
#include "store/sqlite_store.h"

namespace cloister::store {
namespace {

enum class Kind { kMemory, kSqlite, kSealedMemory, kSealedSqlite };

bool IsDurable(Kind kind) { return kind == Kind::kSqlite || kind == Kind::kSealedSqlite; }

std::unique_ptr<Store> Make(Kind kind, const std::filesystem::path& path) {
  const bool sealed = kind == Kind::kSealedMemory || kind == Kind::kSealedSqlite;
  std::unique_ptr<Store> store;
  if (IsDurable(kind)) {
    auto opened = SqliteStore::Open(path);
    EXPECT_TRUE(opened) << opened.error().ToText();
    store = *std::move(opened);
  } else {
    store = std::make_unique<MemoryStore>();
  }
  if (!sealed) return store;
  const SecretBytes root = SecretBytes::CopyOf(Bytes(32, 7));
  auto opened = SealedStore::Open(std::move(store), root, crypto::SystemRandom());
  EXPECT_TRUE(opened) << opened.error().ToText();
  return *std::move(opened);
}

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  void Reopen() {
    store_.reset();
    store_ = Make(GetParam(), path());
  }
  std::filesystem::path path() const { return directory_ / "s.db"; }
  std::string Text(std::string_view table, std::string_view key) {
    const auto value = store_->Get(table, AsBytes(key));
    if (!value) return value.error().ToText();
    return *value ? std::string(AsText(**value)) : "(none)";
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_ = Make(GetParam(), path());
};

TEST_P(StoreTest, RefusesBadNamesKeysAndValues) {
  const Bytes one(1, 1);
  for (const std::string& table : std::vector<std::string>{"", "A", "a b", "a;", std::string(65, 'a')}) {
    EXPECT_EQ(store_->Put(table, one, one).error().code(), ErrorCode::kUsage) << table;
    EXPECT_EQ(store_->Get(table, one).error().code(), ErrorCode::kUsage) << table;
  }
  EXPECT_EQ(store_->Put("t", {}, one).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(store_->Put("t", Bytes(1025, 1), one).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(store_->Put("t", one, Bytes(kMaxValue + 1)).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(store_->Put("t", Bytes(1024, 1), Bytes()));
  EXPECT_EQ(*store_->Get("t", Bytes(1024, 1)), Bytes());
}

TEST_P(StoreTest, KeepsWhatWasPut) {
  EXPECT_EQ(Text("t", "k"), "(none)");
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("1")));
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("2")));
  EXPECT_EQ(Text("t", "k"), "2");
  EXPECT_EQ(Text("u", "k"), "(none)");
  const Bytes large(1 << 20, 0xA5);
  ASSERT_TRUE(store_->Put("t", AsBytes("large"), large));
  EXPECT_EQ(**store_->Get("t", AsBytes("large")), large);
}

TEST_P(StoreTest, InsertsOnlyOnce) {
  ASSERT_TRUE(store_->Insert("t", AsBytes("k"), AsBytes("1")));
  EXPECT_EQ(store_->Insert("t", AsBytes("k"), AsBytes("1")).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(Text("t", "k"), "1");
  // The transaction may go on after the conflict.
  ASSERT_TRUE(store_->Transact([](Transaction& transaction) -> Result<void> {
    EXPECT_FALSE(transaction.Insert("t", AsBytes("k"), AsBytes("2")));
    return transaction.Insert("t", AsBytes("l"), AsBytes("3"));
  }));
  EXPECT_EQ(Text("t", "k"), "1");
  EXPECT_EQ(Text("t", "l"), "3");
}

TEST_P(StoreTest, DeletesAndSaysWhetherThereWasARow) {
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("1")));
  ASSERT_TRUE(store_->Transact([](Transaction& transaction) -> Result<void> {
    EXPECT_TRUE(TRY(transaction.Delete("t", AsBytes("k"))));
    EXPECT_FALSE(TRY(transaction.Delete("t", AsBytes("k"))));
    EXPECT_FALSE(TRY(transaction.Delete("u", AsBytes("k"))));
    return {};
  }));
  EXPECT_EQ(Text("t", "k"), "(none)");
}

TEST_P(StoreTest, UndoesEverythingWhenTheWorkFails) {
  ASSERT_TRUE(store_->Put("t", AsBytes("old"), AsBytes("1")));
  const auto result = store_->Transact([](Transaction& transaction) -> Result<void> {
    TRY(transaction.Put("t", AsBytes("old"), AsBytes("2")));
    TRY(transaction.Put("u", AsBytes("new"), AsBytes("3")));
    EXPECT_EQ(*TRY(transaction.Get("u", AsBytes("new"))), ToBytes("3"));  // sees its own writes
    TRY(transaction.Delete("t", AsBytes("old")));
    return Error(ErrorCode::kExhausted, "no budget");
  });
  EXPECT_EQ(result.error().ToText(), "exhausted: no budget");
  EXPECT_EQ(Text("t", "old"), "1");
  EXPECT_EQ(Text("u", "new"), "(none)");
  EXPECT_TRUE(store_->Put("t", AsBytes("old"), AsBytes("4")));
}

std::vector<Bytes> Keys(const std::vector<Row>& rows) {
  std::vector<Bytes> keys;
  for (const Row& row : rows) keys.push_back(row.key);
  return keys;
}

TEST_P(StoreTest, ScansInOrderOfBytesByPrefixAndByPage) {
  const std::vector<Bytes> keys = {{0x00}, {0x61}, {0x61, 0x00}, {0x61, 0xFF}, {0x62}, {0xFF}, {0xFF, 0xFF}};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) ASSERT_TRUE(store_->Put("t", *key, *key));
  ASSERT_TRUE(store_->Put("s", Bytes{0x61}, AsBytes("other table")));
  ASSERT_TRUE(store_->Read([&](Snapshot& snapshot) -> Result<void> {
    const auto all = TRY(snapshot.Scan("t", {}, 100));
    EXPECT_EQ(Keys(all), keys);
    EXPECT_EQ(all[3].value, keys[3]);
    EXPECT_EQ(Keys(TRY(snapshot.Scan("t", Bytes{0x61}, 100))), std::vector<Bytes>(keys.begin() + 1, keys.begin() + 4));
    EXPECT_EQ(Keys(TRY(snapshot.Scan("t", Bytes{0xFF}, 100))), std::vector<Bytes>(keys.begin() + 5, keys.end()));
    EXPECT_EQ(Keys(TRY(snapshot.Scan("t", {}, 2))), std::vector<Bytes>(keys.begin(), keys.begin() + 2));
    EXPECT_EQ(Keys(TRY(snapshot.ScanAfter("t", {}, keys[1], 2))),
              std::vector<Bytes>(keys.begin() + 2, keys.begin() + 4));
    EXPECT_EQ(Keys(TRY(snapshot.ScanAfter("t", Bytes{0x61}, keys[3], 9))), std::vector<Bytes>());
    EXPECT_EQ(Keys(TRY(snapshot.ScanAfter("t", Bytes{0x61}, keys[0], 9))).size(), 3u);
    EXPECT_TRUE(TRY(snapshot.Scan("none", {}, 9)).empty());
    EXPECT_TRUE(TRY(snapshot.Scan("t", {}, 0)).empty());
    return {};
  }));
}

TEST_P(StoreTest, RunsTransactionsOneAfterTheOther) {
  const auto add_one = [](Transaction& transaction) -> Result<void> {
    const auto old = TRY(transaction.Get("t", AsBytes("count")));
    const Bytes next = ToBytes(std::to_string((old ? std::stoi(std::string(AsText(*old))) : 0) + 1));
    return transaction.Put("t", AsBytes("count"), next);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j) EXPECT_TRUE(store_->Transact(add_one));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Text("t", "count"), "100");
}

TEST_P(StoreTest, EndsTheProgramOnATransactionInsideAnother) {
  testing::FLAGS_gtest_death_test_style = "fast";
  EXPECT_DEATH(static_cast<void>(store_->Transact([&](Transaction&) { return store_->Put("t", AsBytes("k"), {}); })),
               "holder_");
}

TEST_P(StoreTest, FindsEverythingAgainAfterReopening) {
  if (!IsDurable(GetParam())) GTEST_SKIP() << "this store forgets by design";
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("1")));
  Reopen();
  EXPECT_EQ(Text("t", "k"), "1");
}

// Commits "before", then stops in the middle of a transaction until killed.
[[noreturn]] void WriteUntilKilled(Kind kind, const std::filesystem::path& path, int ready) {
  const auto store = Make(kind, path);
  if (!store->Put("t", AsBytes("before"), AsBytes("1"))) ::_exit(2);
  static_cast<void>(store->Transact([&](Transaction& transaction) -> Result<void> {
    for (int i = 0; i < 50; ++i)
      TRY(transaction.Put("t", Bytes{0xFF, static_cast<std::uint8_t>(i)}, Bytes(100'000, 1)));
    TRY(transaction.Put("t", AsBytes("before"), AsBytes("2")));
    if (::write(ready, "x", 1) != 1) ::_exit(3);
    while (true) ::pause();
  }));
  ::_exit(4);
}

TEST_P(StoreTest, KeepsCommittedAndForgetsUnfinishedWritesWhenKilled) {
  if (!IsDurable(GetParam())) GTEST_SKIP() << "this store forgets by design";
  store_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) WriteUntilKilled(GetParam(), path(), ready[1]);
  ::close(ready[1]);
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  Reopen();
  EXPECT_EQ(Text("t", "before"), "1");
  EXPECT_TRUE(store_->Read([](Snapshot& snapshot) -> Result<void> {
    EXPECT_EQ(TRY(snapshot.Scan("t", {}, 100)).size(), 1u);
    return {};
  }));
}

std::string KindName(const testing::TestParamInfo<Kind>& kind) {
  constexpr const char* kNames[] = {"Memory", "Sqlite", "SealedMemory", "SealedSqlite"};
  return kNames[static_cast<int>(kind.param)];
}

INSTANTIATE_TEST_SUITE_P(Every, StoreTest,
                         testing::Values(Kind::kMemory, Kind::kSqlite, Kind::kSealedMemory, Kind::kSealedSqlite),
                         KindName);

}  // namespace
}  // namespace cloister::store
