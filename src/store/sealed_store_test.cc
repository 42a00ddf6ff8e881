#include "store/sealed_store.h"

#include <gtest/gtest.h>

#include "store/memory_store.h"

namespace cloister::store {
namespace {

// A store that others still hold, as the host holds the disk.
class SharedStore final : public Store {
 public:
  explicit SharedStore(Store& store) : store_(store) {}
  Result<void> Transact(const Work& work) override { return store_.Transact(work); }
  Result<void> Read(const ReadWork& work) override { return store_.Read(work); }

 private:
  Store& store_;
};

Result<std::unique_ptr<SealedStore>> OpenSealed(Store& disk, std::uint8_t key) {
  return SealedStore::Open(std::make_unique<SharedStore>(disk), SecretBytes::CopyOf(Bytes(32, key)),
                           crypto::SystemRandom());
}

class SealedStoreTest : public testing::Test {
 protected:
  Bytes OnDisk(std::string_view table, std::string_view key) { return **disk_.Get(table, AsBytes(key)); }
  ErrorCode CodeOf(std::string_view table, std::string_view key) {
    const auto value = store_->Get(table, AsBytes(key));
    EXPECT_FALSE(value);
    return value ? ErrorCode::kInternal : value.error().code();
  }

  MemoryStore disk_;
  std::unique_ptr<SealedStore> store_ = *OpenSealed(disk_, 1);
};

TEST_F(SealedStoreTest, RefusesEveryFlippedByteAndEveryCut) {
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("secret")));
  const Bytes good = OnDisk("t", "k");
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    ASSERT_TRUE(disk_.Put("t", AsBytes("k"), bad));
    EXPECT_EQ(CodeOf("t", "k"), ErrorCode::kUntrusted) << "byte " << i;
    ASSERT_TRUE(disk_.Put("t", AsBytes("k"), ByteSpan(good).first(i)));
    EXPECT_EQ(CodeOf("t", "k"), ErrorCode::kUntrusted) << "length " << i;
  }
  ASSERT_TRUE(disk_.Put("t", AsBytes("k"), good));
  EXPECT_EQ(**store_->Get("t", AsBytes("k")), ToBytes("secret"));
}

TEST_F(SealedStoreTest, RefusesValuesMovedToAnotherRowOrTable) {
  ASSERT_TRUE(store_->Put("t", AsBytes("a"), AsBytes("1")));
  ASSERT_TRUE(store_->Put("t", AsBytes("b"), AsBytes("2")));
  ASSERT_TRUE(disk_.Put("t", AsBytes("a"), OnDisk("t", "b")));
  ASSERT_TRUE(disk_.Put("u", AsBytes("b"), OnDisk("t", "b")));
  EXPECT_EQ(CodeOf("t", "a"), ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf("u", "b"), ErrorCode::kUntrusted);
  EXPECT_EQ(store_
                ->Read([](Snapshot& snapshot) -> Result<void> {
                  TRY(snapshot.Scan("t", {}, 9));
                  return {};
                })
                .error()
                .code(),
            ErrorCode::kUntrusted);
  // Where the table ends and the key begins is bound too.
  ASSERT_TRUE(store_->Put("ta", AsBytes("b"), AsBytes("3")));
  ASSERT_TRUE(disk_.Put("t", AsBytes("ab"), OnDisk("ta", "b")));
  EXPECT_EQ(CodeOf("t", "ab"), ErrorCode::kUntrusted);
}

TEST_F(SealedStoreTest, RefusesValuesOfAnotherStoreUnderTheSameKey) {
  MemoryStore other_disk;
  const auto other = *OpenSealed(other_disk, 1);
  ASSERT_TRUE(other->Put("t", AsBytes("k"), AsBytes("theirs")));
  ASSERT_TRUE(disk_.Put("t", AsBytes("k"), **other_disk.Get("t", AsBytes("k"))));
  EXPECT_EQ(CodeOf("t", "k"), ErrorCode::kUntrusted);
}

TEST_F(SealedStoreTest, RefusesTheWrongKeyAndAReplacedId) {
  EXPECT_EQ(OpenSealed(disk_, 2).error().code(), ErrorCode::kUntrusted);
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("1")));
  ASSERT_TRUE(disk_.Transact([](Transaction& transaction) -> Result<void> {
    EXPECT_TRUE(TRY(transaction.Delete("sealed_store", AsBytes("id"))));
    return {};
  }));
  const auto reopened = *OpenSealed(disk_, 1);
  EXPECT_EQ(reopened->Get("t", AsBytes("k")).error().code(), ErrorCode::kUntrusted);
}

TEST_F(SealedStoreTest, RefusesAShortKeyAndItsOwnTable) {
  const auto short_key = SealedStore::Open(std::make_unique<MemoryStore>(), SecretBytes(16), crypto::SystemRandom());
  EXPECT_EQ(short_key.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf("sealed_store", "id"), ErrorCode::kUsage);
  EXPECT_EQ(store_->Put("sealed_store", AsBytes("id"), {}).error().code(), ErrorCode::kUsage);
}

TEST_F(SealedStoreTest, SealsTheSameValueDifferentlyEachTimeAndHidesIt) {
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("a long enough secret")));
  const Bytes first = OnDisk("t", "k");
  ASSERT_TRUE(store_->Put("t", AsBytes("k"), AsBytes("a long enough secret")));
  EXPECT_NE(OnDisk("t", "k"), first);
  EXPECT_EQ(AsText(first).find("secret"), std::string_view::npos);
  EXPECT_EQ(**(*OpenSealed(disk_, 1))->Get("t", AsBytes("k")), ToBytes("a long enough secret"));
}

}  // namespace
}  // namespace cloister::store
