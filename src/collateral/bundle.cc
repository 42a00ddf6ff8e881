#include "collateral/bundle.h"

#include <algorithm>

namespace cloister::collateral {
namespace {

using formats::Cbor;
using formats::Json;

constexpr std::uint64_t kVersion = 1;
constexpr Seconds kClocksDiffer{24 * 3600};

struct Manifest {
  Time issued;
  Entries entries;
};

Json ManifestToJson(const Manifest& manifest) {
  return Json::Object{{"version", 1}, {"issued", ToRfc3339(manifest.issued)}, {"items", manifest.entries.ToJson()}};
}

Result<Manifest> ManifestFromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"version", "issued", "items"}));
  TRY(json.GetIntIn("version", 1, 1));
  Manifest manifest;
  manifest.issued = TRY_WITH("issued", FromRfc3339(TRY(json.GetString("issued"))));
  manifest.entries = TRY(Entries::FromJson(*TRY(json.GetArray("items"))));
  return manifest;
}

// How many bytes a digest's blob may have, and that no entry says two things about it.
std::map<crypto::Sha256Digest, std::size_t> BlobsOf(const Entries& entries) {
  std::map<crypto::Sha256Digest, std::size_t> blobs;
  for (const Entry& entry : entries.all()) {
    blobs[entry.sha256] = std::max(blobs[entry.sha256], entry.size);
    if (entry.issuers) blobs[*entry.issuers] = std::max(blobs[*entry.issuers], kMaxIssuerBytes);
  }
  return blobs;
}

Result<std::map<crypto::Sha256Digest, Bytes>> ReadBlobs(const Cbor& list, const Entries& entries) {
  const auto& blobs = *TRY(list.AsArray());
  const auto wanted = BlobsOf(entries);
  if (blobs.size() != wanted.size()) {
    return Error(ErrorCode::kUntrusted, "expected " + std::to_string(wanted.size()) + " blobs as the manifest has them, got " +
                                            std::to_string(blobs.size()));
  }
  std::map<crypto::Sha256Digest, Bytes> out;
  auto next = wanted.begin();
  for (const Cbor& blob : blobs) {
    const ByteSpan bytes = TRY(blob.AsBytes());
    if (bytes.size() > next->second) return Error(ErrorCode::kLimit, "a blob is larger than the manifest says");
    if (crypto::Sha256(bytes) != next->first) {
      return Error(ErrorCode::kUntrusted, "blob " + std::to_string(out.size()) + " is not the one of the manifest");
    }
    out.emplace(next->first, ToBytes(bytes));
    ++next;
  }
  return out;
}

Result<void> CheckRollback(const Index& index, const VerifiedBundle& bundle, Time now, Rollback rollback) {
  if (bundle.issued() > now + kClocksDiffer) {
    return Error(ErrorCode::kMalformed, "bundle: issued at " + ToRfc3339(bundle.issued()) + ", which is still to come");
  }
  const ImportMark* last = index.FindImport(bundle.signer());
  if (last == nullptr || rollback == Rollback::kAllow) return {};
  if (bundle.issued() < last->issued) {
    return Error(ErrorCode::kStale, "bundle: of " + ToRfc3339(bundle.issued()) + ", its signer's last one was of " + ToRfc3339(last->issued));
  }
  if (bundle.issued() == last->issued && bundle.mark().manifest != last->manifest) {
    return Error(ErrorCode::kConflict, "bundle: another one of the same signer and time was imported");
  }
  return {};
}

}  // namespace

Result<Exported> ExportBundle(const Store& store, const crypto::SigningKey& key, Time issued) {
  Exported out;
  Manifest manifest{.issued = issued, .entries = {}};
  std::map<crypto::Sha256Digest, Bytes> blobs;
  std::size_t total = 0;
  for (const Entry& entry : store.index().entries.all()) {
    auto read = store.Read(entry, issued);
    if (read ? !read->CheckAt(issued) : read.error().code() == ErrorCode::kExpired) {
      out.left_out.push_back(entry.Name());
      continue;
    }
    const CheckedItem item = TRY(std::move(read));
    TRY(manifest.entries.Put(entry));
    total += item.item().body.size() + item.item().issuers.size();
    if (total > kMaxBundleBytes / 2) return Error(ErrorCode::kLimit, "bundle: over 128 MiB of items");
    blobs[entry.sha256] = item.item().body;
    if (entry.issuers) blobs[*entry.issuers] = item.item().issuers;
  }
  const std::string payload = TRY(ManifestToJson(manifest).Canonical());
  token::CoseHeaders headers;
  headers.content_type = kManifestContentType;
  headers.key_id = ToBytes(ByteSpan(token::CoseKeyThumbprint(key.Public())));
  Cbor::Array list;
  for (auto& [digest, bytes] : blobs) list.push_back(Cbor(std::move(bytes)));
  Cbor::Array parts;
  parts.push_back(Cbor(kVersion));
  parts.push_back(Cbor(token::SignCose1(key, headers, AsBytes(payload))));
  parts.push_back(Cbor(std::move(list)));
  out.file = Cbor(std::move(parts)).Encode();
  out.items = manifest.entries.all().size();
  return out;
}

Item VerifiedBundle::ItemOf(const Entry& entry) const {
  Item item{.kind = entry.kind, .key = entry.key, .body = blobs_.at(entry.sha256), .issuers = {}, .source = entry.source};
  if (entry.issuers) item.issuers = blobs_.at(*entry.issuers);
  return item;
}

Result<VerifiedBundle> ReadBundle(ByteSpan file, const crypto::VerifyingKey& signer) {
  const Cbor outer = TRY_WITH("bundle", Cbor::Decode(file, formats::CborForm::kDeterministic,
                                                     {.max_bytes = kMaxBundleBytes, .max_depth = 4, .max_items = 4 * kMaxItems}));
  const auto& parts = *TRY_WITH("bundle", outer.AsArrayOf(3));
  if (TRY_WITH("bundle", parts[0].AsUint()) != kVersion) return Error(ErrorCode::kUnsupported, "bundle: expected version 1");
  const ByteSpan message = TRY_WITH("bundle", parts[1].AsBytes());
  const auto signed_manifest = TRY_WITH("bundle", token::VerifyCose1(message, signer));
  if (signed_manifest.content_type() != kManifestContentType) {
    return Error(ErrorCode::kMismatch, "bundle: its signer signed something else than a list of collateral");
  }
  const std::string_view text = AsText(signed_manifest.payload());
  const Json json = TRY_WITH("bundle", Json::Parse(text, {.max_bytes = kMaxIndexBytes}));
  if (TRY_WITH("bundle", json.Canonical()) != text) return Error(ErrorCode::kMalformed, "bundle: its manifest is not canonical");
  Manifest manifest = TRY_WITH("bundle", ManifestFromJson(json));
  VerifiedBundle bundle;
  bundle.blobs_ = TRY_WITH("bundle", ReadBlobs(parts[2], manifest.entries));
  bundle.entries_ = std::move(manifest.entries);
  bundle.mark_ = {.signer = token::CoseKeyThumbprint(signer), .issued = manifest.issued, .manifest = crypto::Sha256(AsBytes(text))};
  return bundle;
}

Result<Imported> ImportBundle(Store& store, const VerifiedBundle& bundle, Time now, Rollback rollback) {
  Imported done;
  std::vector<CheckedItem> items;
  for (const Entry& entry : bundle.entries().all()) {
    auto item = CheckItem(bundle.ItemOf(entry), store.anchors(), now);
    if (item ? !item->CheckAt(now) : item.error().code() == ErrorCode::kExpired) {
      done.expired.push_back(entry.Name());
      continue;
    }
    items.push_back(TRY_WITH("bundle", std::move(item)));
    if (items.back().window() != entry.window) {
      return Error(ErrorCode::kMismatch, "bundle: " + entry.Name() + ": its dates are not what the manifest says");
    }
  }
  TRY(store.Apply([&](const Index& index) -> Result<Store::Change> {
    TRY(CheckRollback(index, bundle, now, rollback));
    Store::Change change;
    change.mark = bundle.mark();
    for (const CheckedItem& item : items) {
      const Entry* there = index.entries.Find(item.item().kind, item.item().key);
      // The same bytes repair what became corrupt.
      const bool same = there != nullptr && there->sha256 == crypto::Sha256(item.item().body) && store.Read(*there, now);
      const bool keep = same || (there != nullptr && there->issued > item.issued());
      (keep ? done.kept : done.taken).push_back(NameOf(item.item().kind, item.item().key));
      if (!keep) change.items.push_back(&item);
    }
    return change;
  }));
  return done;
}

}  // namespace cloister::collateral
