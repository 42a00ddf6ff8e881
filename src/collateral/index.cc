#include "collateral/index.h"

#include <algorithm>

namespace cloister::collateral {
namespace {

using formats::Json;

Result<crypto::Sha256Digest> DigestOf(const Json& json, std::string_view member) {
  const std::string hex = TRY(json.GetString(member));
  const auto digest = TRY_WITH(member, ToArray<32>(TRY(FromHex(hex))));
  if (ToHex(digest) != hex) return Error(ErrorCode::kMalformed, std::string(member) + ": expected lower-case hex");
  return digest;
}

// As we write it and in no other way, so that an index has one form.
Result<Time> TimeOf(const Json& json, std::string_view member) {
  const std::string text = TRY(json.GetString(member));
  const Time time = TRY_WITH(member, FromRfc3339(text));
  if (ToRfc3339(time) != text) return Error(ErrorCode::kMalformed, std::string(member) + ": expected a time in UTC");
  return time;
}

bool Before(const Entry& entry, Kind kind, std::string_view key) {
  return entry.kind != kind ? entry.kind < kind : std::string_view(entry.key) < key;
}

}  // namespace

Entry Entry::Of(const CheckedItem& item) {
  Entry entry;
  entry.kind = item.item().kind;
  entry.key = item.item().key;
  entry.sha256 = crypto::Sha256(item.item().body);
  entry.size = item.item().body.size();
  if (!item.item().issuers.empty()) entry.issuers = crypto::Sha256(item.item().issuers);
  entry.window = item.window();
  entry.issued = item.issued();
  entry.simulated = item.simulated();
  entry.source = item.item().source;
  return entry;
}

Result<Entry> Entry::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"kind", "key", "sha256", "size", "issuers_sha256", "not_before", "not_after", "issued",
                                 "simulated", "source"}));
  Entry entry;
  entry.kind = TRY(KindFromName(TRY(json.GetString("kind"))));
  entry.key = TRY(json.GetString("key"));
  TRY(CheckKey(entry.kind, entry.key));
  entry.sha256 = TRY(DigestOf(json, "sha256"));
  entry.size = static_cast<std::size_t>(TRY(json.GetIntIn("size", 1, static_cast<std::int64_t>(MaximumSize(entry.kind)))));
  if (json.Find("issuers_sha256") != nullptr) entry.issuers = TRY(DigestOf(json, "issuers_sha256"));
  entry.window.not_before = TRY(TimeOf(json, "not_before"));
  entry.window.not_after = TRY(TimeOf(json, "not_after"));
  if (entry.window.not_before >= entry.window.not_after) return Error(ErrorCode::kMalformed, "not_after: ends before it begins");
  entry.issued = TRY(TimeOf(json, "issued"));
  entry.simulated = TRY(json.GetBool("simulated"));
  entry.source = TRY(json.GetString("source"));
  if (entry.source.size() > kMaxSourceBytes) return Error(ErrorCode::kLimit, "source: over 1024 bytes");
  return entry;
}

Json Entry::ToJson() const {
  Json json = Json::Object{{"kind", KindName(kind)},
                           {"key", key},
                           {"sha256", ToHex(sha256)},
                           {"size", size},
                           {"not_before", ToRfc3339(window.not_before)},
                           {"not_after", ToRfc3339(window.not_after)},
                           {"issued", ToRfc3339(issued)},
                           {"simulated", simulated},
                           {"source", source}};
  if (issuers) json.Set("issuers_sha256", ToHex(*issuers));
  return json;
}

const Entry* Entries::Find(Kind kind, std::string_view key) const {
  const auto at = std::partition_point(all_.begin(), all_.end(), [&](const Entry& entry) { return Before(entry, kind, key); });
  return at != all_.end() && at->kind == kind && at->key == key ? &*at : nullptr;
}

Result<void> Entries::Put(Entry entry) {
  const auto at =
      std::partition_point(all_.begin(), all_.end(), [&](const Entry& other) { return Before(other, entry.kind, entry.key); });
  if (at != all_.end() && at->kind == entry.kind && at->key == entry.key) {
    *at = std::move(entry);
    return {};
  }
  if (all_.size() == kMaxItems) return Error(ErrorCode::kLimit, "collateral: a store holds at most 4096 items");
  all_.insert(at, std::move(entry));
  return {};
}

bool Entries::Remove(Kind kind, std::string_view key) {
  const Entry* entry = Find(kind, key);
  if (entry == nullptr) return false;
  all_.erase(all_.begin() + (entry - all_.data()));
  return true;
}

Result<Entries> Entries::FromJson(const Json::Array& array) {
  if (array.size() > kMaxItems) return Error(ErrorCode::kLimit, "collateral: expected at most 4096 items");
  Entries entries;
  for (const Json& json : array) {
    Entry entry = TRY_WITH("item " + std::to_string(entries.all_.size()), Entry::FromJson(json));
    if (!entries.all_.empty() && !Before(entries.all_.back(), entry.kind, entry.key)) {
      return Error(ErrorCode::kMalformed, entry.Name() + ": expected items in order, each once");
    }
    entries.all_.push_back(std::move(entry));
  }
  return entries;
}

Json Entries::ToJson() const {
  Json::Array array;
  for (const Entry& entry : all_) array.push_back(entry.ToJson());
  return array;
}

Result<Index> Index::Parse(std::string_view text) {
  const Json json = TRY(Json::Parse(text, {.max_bytes = kMaxIndexBytes}));
  TRY(json.RefuseUnknownMembers({"version", "items", "imports"}));
  TRY(json.GetIntIn("version", 1, 1));
  Index index;
  index.entries = TRY(Entries::FromJson(*TRY(json.GetArray("items"))));
  for (const Json& mark : *TRY(json.GetArray("imports"))) {
    TRY(mark.RefuseUnknownMembers({"signer", "issued", "manifest"}));
    const auto signer = TRY(DigestOf(mark, "signer"));
    const Time issued = TRY(TimeOf(mark, "issued"));
    const auto manifest = TRY(DigestOf(mark, "manifest"));
    if (!index.imports.empty() && index.imports.back().signer >= signer) {
      return Error(ErrorCode::kMalformed, "imports: expected signers in order, each once");
    }
    TRY(index.PutImport({.signer = signer, .issued = issued, .manifest = manifest}));
  }
  return index;
}

std::string Index::ToText() const {
  Json::Array marks;
  for (const ImportMark& mark : imports) {
    marks.push_back(Json::Object{
        {"signer", ToHex(mark.signer)}, {"issued", ToRfc3339(mark.issued)}, {"manifest", ToHex(mark.manifest)}});
  }
  return Json(Json::Object{{"version", 1}, {"items", entries.ToJson()}, {"imports", std::move(marks)}}).Pretty();
}

const ImportMark* Index::FindImport(const crypto::Sha256Digest& signer) const {
  const auto found = std::find_if(imports.begin(), imports.end(), [&](const ImportMark& mark) { return mark.signer == signer; });
  return found == imports.end() ? nullptr : &*found;
}

Result<void> Index::PutImport(const ImportMark& mark) {
  const auto at = std::partition_point(imports.begin(), imports.end(), [&](const ImportMark& m) { return m.signer < mark.signer; });
  if (at != imports.end() && at->signer == mark.signer) {
    *at = mark;
    return {};
  }
  if (imports.size() == kMaxSigners) return Error(ErrorCode::kLimit, "collateral: at most 64 signers of bundles");
  imports.insert(at, mark);
  return {};
}

}  // namespace cloister::collateral
