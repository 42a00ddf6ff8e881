#include "collateral/bundle.h"

#include <functional>

#include "collateral/testing.h"

namespace cloister::collateral {
namespace {

using formats::Cbor;
using formats::Json;

const crypto::SigningKey& Key() {
  static const auto* const key = new crypto::SigningKey(crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa));
  return *key;
}

Bytes Exported1(Time issued = kTestNow) {
  const TestFolder folder;
  return ExportBundle(FullStore(folder.path()), Key(), issued)->file;
}

Result<Imported> ImportInto(const std::filesystem::path& folder, ByteSpan file, Time now = kTestNow, Rollback rollback = Rollback::kRefuse) {
  Store store = TRY(Store::OpenOrMake(folder, TestAnchors()));
  return ImportBundle(store, TRY(ReadBundle(file, Key().Public())), now, rollback);
}

// A bundle whose manifest the key signed after `change` had its way.
Bytes Resigned(ByteSpan file, const std::function<void(Json&)>& change, const std::string& content_type = std::string(kManifestContentType)) {
  const Cbor outer = *Cbor::Decode(file, formats::CborForm::kDeterministic);
  const auto& parts = **outer.AsArray();
  const auto verified = *token::VerifyCose1(*parts[1].AsBytes(), Key().Public());
  Json json = *Json::Parse(AsText(verified.payload()));
  change(json);
  token::CoseHeaders headers;
  headers.content_type = content_type;
  return Cbor(Cbor::Array{parts[0], Cbor(token::SignCose1(Key(), headers, AsBytes(*json.Canonical()))), parts[2]}).Encode();
}

TEST(Bundle, RefusesAnotherSignersKey) {
  const auto other = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  EXPECT_EQ(ReadBundle(Exported1(), other.Public()).error().code(), ErrorCode::kUntrusted);
}

TEST(Bundle, RefusesEveryChangedByteAndEveryCut) {
  Bytes file = Exported1();
  for (std::size_t i = 0; i < file.size(); i += 7) {
    file[i] ^= 0x10;
    EXPECT_FALSE(ReadBundle(file, Key().Public())) << "byte " << i;
    file[i] ^= 0x10;
  }
  for (std::size_t size = 0; size < file.size(); size += 11) {
    EXPECT_FALSE(ReadBundle(ByteSpan(file).first(size), Key().Public())) << "cut at " << size;
  }
  file.push_back(0);
  EXPECT_FALSE(ReadBundle(file, Key().Public()));
}

TEST(Bundle, RefusesMissingSwappedAndAdditionalBlobs) {
  const Bytes file = Exported1();
  const Cbor outer = *Cbor::Decode(file, formats::CborForm::kDeterministic);
  const auto& parts = **outer.AsArray();
  const auto with = [&](const Cbor::Array& blobs) {
    const auto read = ReadBundle(Cbor(Cbor::Array{parts[0], parts[1], Cbor(blobs)}).Encode(), Key().Public());
    return read ? ErrorCode::kInternal : read.error().code();
  };
  Cbor::Array blobs = **parts[2].AsArray();
  std::swap(blobs[0], blobs[1]);
  EXPECT_NE(with(blobs), ErrorCode::kInternal);
  std::swap(blobs[0], blobs[1]);
  EXPECT_EQ(with(blobs), ErrorCode::kInternal) << "unchanged";
  blobs.push_back(Cbor(Bytes{1}));
  EXPECT_EQ(with(blobs), ErrorCode::kUntrusted);
  blobs.resize(blobs.size() - 2);
  EXPECT_EQ(with(blobs), ErrorCode::kUntrusted);
}

TEST(Bundle, RefusesKindsThatItDoesNotKnowAndOtherDocumentsOfTheSigner) {
  const Bytes file = Exported1();
  EXPECT_EQ(ReadBundle(Resigned(file, [](Json& json) {
                         Json::Array items = **json.GetArray("items");
                         items.back().Set("kind", "zilog-fuses");
                         json.Set("items", items);
                       }), Key().Public()).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(ReadBundle(Resigned(file, [](Json&) {}, "application/json"), Key().Public()).error().code(), ErrorCode::kMismatch);
  EXPECT_TRUE(ReadBundle(Resigned(file, [](Json&) {}), Key().Public()));
  EXPECT_EQ(ReadBundle(Resigned(file, [](Json& json) { json.Set("more", 1); }), Key().Public()).error().code(), ErrorCode::kMalformed);
}

TEST(Bundle, RefusesDatesThatAreNotTheItems) {
  const TestFolder folder;
  const Bytes file = Resigned(Exported1(), [](Json& json) {
    Json::Array items = **json.GetArray("items");
    items.front().Set("not_after", "2036-01-01T00:00:00Z");
    json.Set("items", items);
  });
  EXPECT_EQ(ImportInto(folder.path(), file).error().code(), ErrorCode::kMismatch);
}

TEST(Bundle, RefusesItemsThatNoRootOfTheImporterVouchesFor) {
  const TestFolder folder;
  Store store = *Store::OpenOrMake(folder.path(), evidence::TrustAnchors::Vendors());
  const auto bundle = *ReadBundle(Exported1(), Key().Public());
  EXPECT_EQ(ImportBundle(store, bundle, kTestNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_TRUE(store.index().entries.all().empty());
}

TEST(Bundle, RefusesToGoBackUnlessThatIsSaid) {
  const TestFolder folder;
  const Bytes older = Exported1(kTestNow - kDay);
  ASSERT_TRUE(ImportInto(folder.path(), Exported1()));
  EXPECT_EQ(ImportInto(folder.path(), older).error().code(), ErrorCode::kStale);
  EXPECT_TRUE(ImportInto(folder.path(), older, kTestNow, Rollback::kAllow));
  // The mark has gone back with it; so a newer one goes on.
  EXPECT_TRUE(ImportInto(folder.path(), Exported1()));
}

TEST(Bundle, RefusesTwoOfOneTimeAndOnesFromTheFuture) {
  const TestFolder folder;
  const Bytes file = Exported1();
  ASSERT_TRUE(ImportInto(folder.path(), file));
  ASSERT_TRUE(ImportInto(folder.path(), file)) << "the very same";
  const TestFolder less;
  Store store = FullStore(less.path());
  ASSERT_TRUE(store.Remove(Kind::kAmdChain, "vcek/Milan"));
  EXPECT_EQ(ImportInto(folder.path(), ExportBundle(store, Key(), kTestNow)->file).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(ImportInto(folder.path(), Exported1(kTestNow + 2 * kDay)).error().code(), ErrorCode::kMalformed);
}

TEST(Bundle, LeavesOutWhatHasExpired) {
  const TestFolder folder;
  const Bytes file = Exported1();
  const auto imported = ImportInto(folder.path(), file, kTestNow + 20 * kDay);
  ASSERT_TRUE(imported) << imported.error().ToText();
  EXPECT_TRUE(imported->taken.empty());
  EXPECT_EQ(imported->expired.size(), AllTestItems().size());
  const TestFolder old;
  const auto exported = ExportBundle(FullStore(old.path()), Key(), kTestNow + 20 * kDay);
  EXPECT_EQ(exported->items, 0u);
  EXPECT_EQ(exported->left_out.size(), AllTestItems().size());
}

TEST(Bundle, KeepsWhatTheStoreHasNewer) {
  const TestFolder folder;
  Store store = FullStore(folder.path());
  const CheckedItem newer = Checked(Intel().Identity({.from = kTestNow - kDay, .to = kTestNow + kDay}));
  ASSERT_TRUE(store.Put({&newer, 1}, kTestNow));
  const auto imported = ImportInto(folder.path(), Exported1());
  ASSERT_TRUE(imported) << imported.error().ToText();
  EXPECT_EQ(imported->kept.size(), AllTestItems().size()) << "the same bytes, or newer ones";
  ASSERT_TRUE(store.Reload());
  EXPECT_EQ(store.Get(Kind::kIntelQeIdentity, "tdx", kTestNow)->issued(), newer.issued());
}

TEST(Bundle, CarriesAStoreFromOneMachineToAnother) {
  const TestFolder from;
  const Store store = FullStore(from.path());
  const auto once = *ExportBundle(store, Key(), kTestNow);
  EXPECT_EQ(once.file, ExportBundle(store, Key(), kTestNow)->file) << "deterministic";
  const TestFolder to;
  const auto imported = ImportInto(to.path(), once.file);
  ASSERT_TRUE(imported) << imported.error().ToText();
  EXPECT_EQ(imported->taken.size(), AllTestItems().size());
  EXPECT_EQ(Store::Open(to.path(), TestAnchors())->index().entries, store.index().entries);
}

TEST(Bundle, PassesNothingCorruptOn) {
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  std::filesystem::remove(folder.path() / "blobs" / ToHex(store.index().entries.all().front().sha256));
  EXPECT_EQ(ExportBundle(store, Key(), kTestNow).error().code(), ErrorCode::kUntrusted);
}

}  // namespace
}  // namespace cloister::collateral
