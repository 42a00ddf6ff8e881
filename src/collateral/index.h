// What a store holds and a bundle carries, as a list: everything about each item but its bytes.
#pragma once

#include "collateral/check.h"
#include "formats/json.h"

namespace cloister::collateral {

inline constexpr std::size_t kMaxItems = 4096;
inline constexpr std::size_t kMaxIndexBytes = std::size_t{4} << 20;

struct Entry {
  Kind kind = Kind::kAmdChain;
  std::string key;
  crypto::Sha256Digest sha256{};  // of the body
  std::size_t size = 0;
  std::optional<crypto::Sha256Digest> issuers;  // SHA-256 of the PEM; none where the item has none
  Window window{};
  Time issued{};
  bool simulated = false;
  std::string source;
  bool operator==(const Entry&) const = default;

  static Entry Of(const CheckedItem& item);
  // kMalformed, kLimit, kUnsupported (a kind that we do not know).
  static Result<Entry> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Name() const { return NameOf(kind, key); }
};

// By kind and key, each once.
class Entries {
 public:
  const std::vector<Entry>& all() const { return all_; }
  const Entry* Find(Kind kind, std::string_view key) const;  // null: none
  // Puts it in its place, instead of what has that name. kLimit: over kMaxItems.
  Result<void> Put(Entry entry);
  // False: there was none.
  bool Remove(Kind kind, std::string_view key);

  // kMalformed: out of order, or a name twice; those of Entry::FromJson.
  static Result<Entries> FromJson(const formats::Json::Array& array);
  formats::Json ToJson() const;
  bool operator==(const Entries&) const = default;

 private:
  std::vector<Entry> all_;
};

// The last manifest that was imported from a signer; an older one is refused.
struct ImportMark {
  crypto::Sha256Digest signer;  // SHA-256 of the key's COSE thumbprint input (RFC 9679)
  Time issued;
  crypto::Sha256Digest manifest;
  bool operator==(const ImportMark&) const = default;
};

// A store's index.json.
struct Index {
  Entries entries;
  std::vector<ImportMark> imports;  // by signer, at most kMaxSigners

  static constexpr std::size_t kMaxSigners = 64;
  static Result<Index> Parse(std::string_view text);
  std::string ToText() const;
  const ImportMark* FindImport(const crypto::Sha256Digest& signer) const;  // null: none
  Result<void> PutImport(const ImportMark& mark);
};

}  // namespace cloister::collateral
