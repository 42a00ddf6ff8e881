#include <algorithm>

#include "evidence/corim/internal/fields.h"
#include "formats/der.h"

namespace cloister::evidence::internal {
namespace {

using formats::Cbor;
using formats::CborType;

constexpr std::uint64_t kEpochTag = 1, kUriTag = 32, kUuidTag = 37, kOidTag = 111, kUeidTag = 550, kBytesTag = 560;

// The Named Information Hash Algorithm Registry (RFC 6920 §9.4), without those cut short.
struct HashName {
  std::int64_t number;
  std::string_view name;
  std::size_t size;
};
constexpr HashName kHashes[] = {{1, "sha-256", 32},   {7, "sha-384", 48},   {8, "sha-512", 64},  {9, "sha3-224", 28},
                                {10, "sha3-256", 32}, {11, "sha3-384", 48}, {12, "sha3-512", 64}};

struct KeyTag {
  std::uint64_t tag;
  std::string_view kind;
  enum class Form { kText, kBytes, kDigest } form;
};
constexpr KeyTag kKeyTags[] = {{554, "pkix-key", KeyTag::Form::kText},
                               {555, "pkix-certificate", KeyTag::Form::kText},
                               {556, "pkix-path", KeyTag::Form::kText},
                               {557, "key-thumbprint", KeyTag::Form::kDigest},
                               {558, "cose-key", KeyTag::Form::kBytes},
                               {559, "certificate-thumbprint", KeyTag::Form::kDigest},
                               {560, "bytes", KeyTag::Form::kBytes},
                               {561, "path-thumbprint", KeyTag::Form::kDigest},
                               {562, "der-certificate", KeyTag::Form::kBytes}};

CorimId Named(std::string_view kind, std::string text) { return {std::string(kind), std::move(text)}; }

Result<CorimId> Uuid(const Cbor& value) {
  const auto bytes = TRY_WITH("UUID", ToArray<16>(TRY(value.AsBytes())));
  std::string text = ToHex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
  return CorimId{"uuid", std::move(text)};
}

// RFC 9090 §2: the content of the OBJECT IDENTIFIER, without its head.
Result<CorimId> Oid(const Cbor& value) {
  const ByteSpan body = TRY(value.AsBytes());
  const Bytes der = formats::DerEncode(formats::DerTag::kOid, body);
  std::string dotted = TRY_WITH("OID", formats::DerReader(der).Oid());
  return CorimId{"oid", std::move(dotted)};
}

Result<CorimId> Ueid(const Cbor& value) {
  const ByteSpan bytes = TRY(value.AsBytes());
  if (bytes.size() < 7 || bytes.size() > 33) {
    return Error(ErrorCode::kMalformed, "UEID: expected 7 to 33 bytes, got " + std::to_string(bytes.size()));
  }
  return CorimId{"ueid", ToHex(bytes)};
}

Result<CorimId> Octets(const Cbor& value) {
  const ByteSpan bytes = TRY(value.AsBytes());
  if (bytes.empty() || bytes.size() > 1024) return Error(ErrorCode::kLimit, "identifier: expected 1 to 1024 bytes");
  return CorimId{"bytes", ToHex(bytes)};
}

}  // namespace

Result<std::vector<std::int64_t>> CheckKeys(const Cbor& map, std::initializer_list<std::int64_t> known) {
  std::vector<std::int64_t> extensions;
  const Cbor::Map& entries = *TRY(map.AsMap());
  if (entries.empty()) return Error(ErrorCode::kMalformed, "expected a map with members, got an empty one");
  for (const auto& [key, value] : entries) {
    const std::int64_t number = TRY_WITH("key", key.AsInt());
    if (number < 0) {
      extensions.push_back(number);
    } else if (std::find(known.begin(), known.end(), number) == known.end()) {
      return Error(ErrorCode::kMalformed, "a key that the draft has not: " + std::to_string(number));
    }
  }
  return extensions;
}

Result<const Cbor::Array*> NonEmptyArray(const Cbor& value, std::size_t most) {
  const Cbor::Array* array = TRY(value.AsArray());
  if (array->empty()) return Error(ErrorCode::kMalformed, "expected an array with elements, got an empty one");
  if (array->size() > most) return Error(ErrorCode::kLimit, "expected at most " + std::to_string(most) + " elements");
  return array;
}

Result<std::string> FindText(const Cbor& map, std::int64_t key) {
  const Cbor* value = map.Find(key);
  if (value == nullptr) return std::string();
  return std::string(TRY(value->AsText()));
}

Result<std::string> ReadUri(const Cbor& value) {
  const Cbor* content = value.tag() == kUriTag ? TRY(value.AsTagged(kUriTag)) : &value;
  return std::string(TRY_WITH("URI", content->AsText()));
}

Result<Time> ReadTime(const Cbor& value) {
  const Cbor* content = value.tag() == kEpochTag ? TRY(value.AsTagged(kEpochTag)) : &value;
  const std::int64_t seconds = TRY_WITH("time", content->AsInt());
  if (seconds < 0 || seconds > 253402300799) return Error(ErrorCode::kMalformed, "time: outside the years 1970 to 9999");
  return FromUnixSeconds(seconds);
}

Result<CorimId> ReadId(const Cbor& value) {
  if (value.type() == CborType::kText) return Named("text", std::string(TRY(value.AsText())));
  if (value.type() == CborType::kUnsigned) return Named("uint", std::to_string(TRY(value.AsUint())));
  if (value.tag() == kUuidTag) return Uuid(*TRY(value.AsTagged(kUuidTag)));
  if (value.tag() == kOidTag) return Oid(*TRY(value.AsTagged(kOidTag)));
  if (value.tag() == kUeidTag) return Ueid(*TRY(value.AsTagged(kUeidTag)));
  if (value.tag() == kBytesTag) return Octets(*TRY(value.AsTagged(kBytesTag)));
  return ReadKey(value);
}

Result<CorimId> ReadTagId(const Cbor& value) {
  if (value.type() == CborType::kBytes) return Uuid(value);
  if (value.tag() == kUuidTag) return Uuid(*TRY(value.AsTagged(kUuidTag)));
  return Named("text", std::string(TRY_WITH("tag id", value.AsText())));
}

Result<CorimDigest> ReadDigest(const Cbor& value) {
  const Cbor::Array& pair = *TRY_WITH("digest", value.AsArrayOf(2));
  CorimDigest digest;
  digest.value = ToBytes(TRY_WITH("digest", pair[1].AsBytes()));
  if (digest.value.empty() || digest.value.size() > 128) {
    return Error(ErrorCode::kMalformed, "digest: expected 1 to 128 bytes");
  }
  const bool by_number = pair[0].type() != CborType::kText;
  const std::int64_t number = by_number ? TRY_WITH("digest", pair[0].AsInt()) : 0;
  if (!by_number) digest.algorithm = std::string(TRY(pair[0].AsText()));
  for (const HashName& hash : kHashes) {
    if (by_number ? hash.number != number : hash.name != digest.algorithm) continue;
    digest.algorithm = std::string(hash.name);
    if (digest.value.size() == hash.size) return digest;
    return Error(ErrorCode::kMalformed, "digest: " + digest.algorithm + " of " + std::to_string(digest.value.size()) +
                                            " bytes");
  }
  if (by_number) return Error(ErrorCode::kUnsupported, "digest: algorithm " + std::to_string(number));
  return digest;
}

Result<std::vector<CorimDigest>> ReadDigests(const Cbor& value) {
  std::vector<CorimDigest> digests;
  for (const Cbor& one : *TRY_WITH("digests", NonEmptyArray(value, kMaximumFew))) {
    digests.push_back(TRY(ReadDigest(one)));
  }
  return digests;
}

Result<CorimKey> ReadKey(const Cbor& value) {
  for (const KeyTag& key : kKeyTags) {
    if (value.tag() != key.tag) continue;
    const Cbor& content = *TRY(value.AsTagged(key.tag));
    if (key.form == KeyTag::Form::kText) return Named(key.kind, std::string(TRY(content.AsText())));
    if (key.form == KeyTag::Form::kDigest) {
      const CorimDigest digest = TRY(ReadDigest(content));
      return Named(key.kind, digest.algorithm + ";" + ToHex(digest.value));
    }
    // A COSE key may stand as bytes or as a map.
    if (content.type() == CborType::kMap) return Named(key.kind, ToHex(content.Encode()));
    return Named(key.kind, ToHex(TRY(content.AsBytes())));
  }
  return Error(ErrorCode::kUnsupported, "an identifier or key of a kind that we do not take");
}

Result<std::vector<CorimKey>> ReadKeys(const Cbor& value) {
  std::vector<CorimKey> keys;
  if (value.type() != CborType::kArray) {
    keys.push_back(TRY(ReadKey(value)));
    return keys;
  }
  for (const Cbor& one : *TRY(NonEmptyArray(value, kMaximumFew))) keys.push_back(TRY(ReadKey(one)));
  return keys;
}

}  // namespace cloister::evidence::internal
