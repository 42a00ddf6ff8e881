#include "collateral/store.h"

#include "collateral/status.h"
#include "collateral/testing.h"

namespace cloister::collateral {
namespace {

Store Reopened(const std::filesystem::path& folder) { return *Store::Open(folder, TestAnchors()); }

std::filesystem::path BlobOf(const Store& store, Kind kind, std::string_view key) {
  return store.folder() / "blobs" / ToHex(store.index().entries.Find(kind, key)->sha256);
}

TEST(Store, NamesTheItemWhoseBytesWereChanged) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  const auto file = BlobOf(store, Kind::kAmdCrl, "vcek/Milan");
  Bytes content = *ReadFile(file, 1 << 20);
  for (std::size_t i = 0; i < content.size(); i += 17) {
    content[i] ^= 1;
    ASSERT_TRUE(WriteFile(file, content, FileMode::kPublic));
    content[i] ^= 1;
    const auto got = Reopened(folder.path()).Get(Kind::kAmdCrl, "vcek/Milan", kTestNow);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::kUntrusted);
    EXPECT_NE(got.error().message().find("amd-crl vcek/Milan"), std::string::npos);
  }
}

TEST(Store, NamesTheItemThatIsMissing) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  std::filesystem::remove(BlobOf(store, Kind::kIntelTcbInfo, "tdx/50806f000000"));
  const auto got = store.Get(Kind::kIntelTcbInfo, "tdx/50806f000000", kTestNow);
  EXPECT_EQ(got.error().code(), ErrorCode::kUntrusted);
  EXPECT_NE(got.error().message().find("intel-tcb-info tdx/50806f000000"), std::string::npos);
  EXPECT_EQ(store.Get(Kind::kIntelTcbInfo, "sgx/50806f000000", kTestNow).error().code(), ErrorCode::kNotFound);
}

TEST(Store, RefusesAnIndexThatSaysSomethingElseThanItsItems) {
  const TestFolder folder;
  FullStore(folder.path());
  const auto file = folder.path() / "index.json";
  const std::string text = *ReadTextFile(file, kMaxIndexBytes);
  const std::string end = ToRfc3339(kTestNow + 20 * kDay);
  std::string later = text;
  for (std::size_t at; (at = later.find(end)) != std::string::npos;) later.replace(at, end.size(), "2036-01-01T00:00:00Z");
  ASSERT_TRUE(WriteFile(file, AsBytes(later), FileMode::kPublic));
  const Store store = Reopened(folder.path());
  for (const Entry& entry : store.index().entries.all()) {
    EXPECT_EQ(store.Read(entry, kTestNow).error().code(), ErrorCode::kUntrusted) << entry.Name();
  }
}

TEST(Store, RefusesItemsOfRootsThatItDoesNotTrust) {
  const TestFolder folder;
  FullStore(folder.path());
  const Store store = *Store::Open(folder.path(), evidence::TrustAnchors::Vendors());
  EXPECT_EQ(store.Get(Kind::kAmdCrl, "vcek/Milan", kTestNow).error().code(), ErrorCode::kUntrusted);
}

TEST(Store, RefusesExpiredItems) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  EXPECT_EQ(store.Get(Kind::kAmdCrl, "vcek/Milan", kTestNow + 20 * kDay).error().code(), ErrorCode::kExpired);
  const CheckedItem item = Checked(AmdCrl());
  EXPECT_EQ(store.Put({&item, 1}, kTestNow + 20 * kDay).error().code(), ErrorCode::kExpired);
}

TEST(Store, RefusesToGoBackUnlessThatIsSaid) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  const CheckedItem older = Checked(Intel().TcbInfo({.from = kTestNow - 11 * kDay, .to = kTestNow + 19 * kDay}));
  EXPECT_EQ(store.Put({&older, 1}, kTestNow).error().code(), ErrorCode::kStale);
  EXPECT_EQ(store.Get(Kind::kIntelTcbInfo, older.item().key, kTestNow)->issued(), kTestNow - 10 * kDay);
  ASSERT_TRUE(store.Put({&older, 1}, kTestNow, Older::kAllow));
  EXPECT_EQ(store.Get(Kind::kIntelTcbInfo, older.item().key, kTestNow)->issued(), older.issued());
}

TEST(Store, PutsAllOrNothing) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  const auto before = store.index().entries;
  const CheckedItem items[] = {Checked(Intel().Identity({.from = kTestNow - kDay, .to = kTestNow + kDay})),
                               Checked(Intel().TcbInfo({.from = kTestNow - 11 * kDay, .to = kTestNow + 19 * kDay}))};
  EXPECT_EQ(store.Put(items, kTestNow).error().code(), ErrorCode::kStale);
  EXPECT_EQ(Reopened(folder.path()).index().entries, before);
}

TEST(Store, GivesBackWhatWasPutAndKeepsNothingElse) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  for (const Item& item : AllTestItems()) {
    const auto got = Reopened(folder.path()).Get(item.kind, item.key, kTestNow);
    ASSERT_TRUE(got) << got.error().ToText();
  }
  EXPECT_EQ(store.Get(Kind::kAmdCrl, "vcek/Milan", kTestNow)->item().body, Amd().crl.Der());
  const auto old_blob = BlobOf(store, Kind::kIntelQeIdentity, "tdx");
  const CheckedItem next = Checked(Intel().Identity({.from = kTestNow - kDay, .to = kTestNow + kDay}));
  ASSERT_TRUE(store.Put({&next, 1}, kTestNow));
  EXPECT_FALSE(std::filesystem::exists(old_blob));
  ASSERT_TRUE(store.Remove(Kind::kAmdVcek, AmdVcek().key));
  EXPECT_EQ(store.Remove(Kind::kAmdVcek, AmdVcek().key).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store.Get(Kind::kAmdVcek, AmdVcek().key, kTestNow).error().code(), ErrorCode::kNotFound);
  // Its issuers are the other's body too: still there.
  EXPECT_TRUE(store.Get(Kind::kAmdChain, "vcek/Milan", kTestNow));
}

TEST(Store, RepairsABlobThatIsPutAgain) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  ASSERT_TRUE(WriteFile(BlobOf(store, Kind::kAmdCrl, "vcek/Milan"), AsBytes("rot"), FileMode::kPublic));
  const CheckedItem item = Checked(AmdCrl());
  ASSERT_TRUE(store.Put({&item, 1}, kTestNow));
  EXPECT_TRUE(store.Get(Kind::kAmdCrl, "vcek/Milan", kTestNow));
}

TEST(Store, SeesWhatAnotherProcessPut) {
  const TestFolder folder;
  Store first = *Store::OpenOrMake(folder.path(), TestAnchors());
  Store second = *Store::OpenOrMake(folder.path(), TestAnchors());
  const CheckedItem a = Checked(AmdCrl());
  const CheckedItem b = Checked(Intel().RootCrl());
  ASSERT_TRUE(first.Put({&a, 1}, kTestNow));
  ASSERT_TRUE(second.Put({&b, 1}, kTestNow));
  EXPECT_TRUE(second.Get(Kind::kAmdCrl, "vcek/Milan", kTestNow));
  ASSERT_TRUE(first.Reload());
  EXPECT_TRUE(first.Get(Kind::kIntelRootCrl, "root", kTestNow));
}

TEST(Store, RefusesAFolderThatHoldsNone) {
  const TestFolder folder;
  EXPECT_EQ(Store::Open(folder.path(), TestAnchors()).error().code(), ErrorCode::kNotFound);
}

TEST(Index, RefusesWhatItWouldNotWrite) {
  const TestFolder folder;
  const std::string good = FullStore(folder.path()).index().ToText();
  ASSERT_TRUE(Index::Parse(good));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return Index::Parse(text.replace(at, from.size(), to)).error().code();
  };
  EXPECT_EQ(with("\"version\": 1", "\"version\": 2"), ErrorCode::kMalformed);
  EXPECT_EQ(with("\"amd-crl\"", "\"amd-clr\""), ErrorCode::kUnsupported);
  EXPECT_EQ(with("vcek/Milan", "../../Milan"), ErrorCode::kMalformed);
  EXPECT_EQ(with("\"simulated\"", "\"real\""), ErrorCode::kMalformed);
  EXPECT_EQ(with("\"amd-chain\"", "\"amd-crl\""), ErrorCode::kMalformed) << "out of order, or twice";
  EXPECT_EQ(with("00:00:00Z", "00:00:00+00:00"), ErrorCode::kMalformed);
  EXPECT_EQ(Index::Parse(good)->ToText(), good);
}

TEST(Status, NamesWhatEndsSoonWhatHasEndedAndWhatIsCorrupt) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  EXPECT_EQ(StatusOf(store, kTestNow, 7 * kDay).Count(ItemState::kFresh), AllTestItems().size());
  const CheckedItem brief = Checked(Intel().Identity({.from = kTestNow - kDay, .to = kTestNow + kDay}));
  ASSERT_TRUE(store.Put({&brief, 1}, kTestNow));
  auto status = StatusOf(store, kTestNow, 7 * kDay);
  EXPECT_TRUE(status.Good());
  EXPECT_EQ(status.items.front().state, ItemState::kSoon);
  EXPECT_EQ(status.items.front().entry.kind, Kind::kIntelQeIdentity);
  EXPECT_EQ(status.first_end, kTestNow + kDay);
  status = StatusOf(store, kTestNow + kDay, 7 * kDay);
  EXPECT_FALSE(status.Good());
  EXPECT_EQ(status.Count(ItemState::kExpired), 1u);
  EXPECT_EQ(status.first_end, kTestNow + 20 * kDay);
  std::filesystem::remove(BlobOf(store, Kind::kAmdCrl, "vcek/Milan"));
  status = StatusOf(store, kTestNow, 7 * kDay);
  EXPECT_FALSE(status.Good());
  EXPECT_EQ(status.items.front().state, ItemState::kCorrupt);
  EXPECT_EQ(status.items.front().entry.Name(), "amd-crl vcek/Milan");
}

}  // namespace
}  // namespace cloister::collateral
