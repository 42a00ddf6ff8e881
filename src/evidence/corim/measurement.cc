#include "evidence/corim/internal/fields.h"

namespace cloister::evidence::internal {
namespace {

using formats::Cbor;
using formats::CborType;

constexpr std::uint64_t kExactSvnTag = 552, kMinimumSvnTag = 553, kBytesTag = 560, kMaskedTag = 563, kRangeTag = 564;
constexpr std::string_view kFlagNames[] = {
    "is-configured",         "is-secure", "is-recovery", "is-debug",                   "is-replay-protected",
    "is-integrity-protected", "is-runtime-meas", "is-immutable", "is-tcb", "is-confidentiality-protected"};

Result<CorimSvn> ReadSvn(const Cbor& value) {
  if (value.tag() == kMinimumSvnTag) return CorimSvn{TRY(TRY(value.AsTagged(kMinimumSvnTag))->AsUint()), true};
  if (value.tag() == kExactSvnTag) return CorimSvn{TRY(TRY(value.AsTagged(kExactSvnTag))->AsUint()), false};
  return CorimSvn{TRY_WITH("svn", value.AsUint()), false};
}

Result<void> ReadFlags(const Cbor& value, CorimMeasurement& out) {
  const std::vector<std::int64_t> extensions = TRY(CheckKeys(value, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  out.unread.insert(out.unread.end(), extensions.begin(), extensions.end());
  for (std::size_t i = 0; i < std::size(kFlagNames); ++i) {
    const auto key = static_cast<std::int64_t>(i);
    if (value.Find(key) != nullptr) out.flags[std::string(kFlagNames[i])] = TRY(value.GetBool(key));
  }
  return {};
}

// A value, or a value under a mask; an older draft has the mask in a member of its own.
Result<void> ReadRaw(const Cbor& values, CorimMeasurement& out) {
  const Cbor* raw = values.Find(4);
  const Cbor* mask = values.Find(5);
  if (raw == nullptr && mask == nullptr) return {};
  if (raw == nullptr) return Error(ErrorCode::kMalformed, "raw value: a mask without a value");
  if (raw->tag() == kMaskedTag) {
    const Cbor::Array& pair = *TRY(TRY(raw->AsTagged(kMaskedTag))->AsArrayOf(2));
    if (mask != nullptr) return Error(ErrorCode::kMalformed, "raw value: two masks");
    out.raw_value = ToBytes(TRY(pair[0].AsBytes()));
    mask = &pair[1];
  } else {
    out.raw_value = ToBytes(TRY_WITH("raw value", TRY_WITH("raw value", raw->AsTagged(kBytesTag))->AsBytes()));
  }
  if (mask != nullptr) out.raw_mask = ToBytes(TRY_WITH("raw value's mask", mask->AsBytes()));
  if (out.raw_mask && out.raw_mask->size() != out.raw_value->size()) {
    return Error(ErrorCode::kMalformed, "raw value: the mask has another length");
  }
  return {};
}

// Bytes of one of two lengths, where there are any.
Result<std::optional<Bytes>> FindSized(const Cbor& values, std::int64_t key, std::size_t a, std::size_t b) {
  const Cbor* value = values.Find(key);
  if (value == nullptr) return std::optional<Bytes>();
  const ByteSpan bytes = TRY(value->AsBytes());
  if (bytes.size() != a && bytes.size() != b) {
    return Error(ErrorCode::kMalformed, "address: " + std::to_string(bytes.size()) + " bytes");
  }
  return std::optional(ToBytes(bytes));
}

Result<void> ReadRegisters(const Cbor& value, CorimMeasurement& out) {
  const Cbor::Map& entries = *TRY_WITH("integrity registers", value.AsMap());
  if (entries.empty() || entries.size() > kMaximumFew) return Error(ErrorCode::kLimit, "integrity registers: 1 to 64");
  for (const auto& [key, digests] : entries) {
    const CorimId id = TRY_WITH("integrity register", ReadId(key));
    std::vector<CorimDigest> read = TRY(ReadDigests(digests));
    if (!out.registers.emplace(id.text, std::move(read)).second) {
      return Error(ErrorCode::kMalformed, "integrity registers: a name and a number that read the same");
    }
  }
  return {};
}

Result<std::optional<std::int64_t>> Bound(const Cbor& value) {
  if (value.is_null()) return std::optional<std::int64_t>();
  return std::optional(TRY(value.AsInt()));
}

Result<void> ReadRange(const Cbor& value, CorimMeasurement& out) {
  if (value.tag() != kRangeTag) {
    const std::int64_t exactly = TRY_WITH("integer range", value.AsInt());
    out.range = std::pair(std::optional(exactly), std::optional(exactly));
    return {};
  }
  const Cbor::Array& bounds = *TRY(TRY(value.AsTagged(kRangeTag))->AsArrayOf(2));
  const auto least = TRY_WITH("integer range", Bound(bounds[0]));
  const auto most = TRY_WITH("integer range", Bound(bounds[1]));
  if (least && most && *least > *most) return Error(ErrorCode::kMalformed, "integer range: holds nothing");
  out.range = std::pair(least, most);
  return {};
}

Result<void> ReadVersion(const Cbor& value, CorimMeasurement& out) {
  const std::vector<std::int64_t> extensions = TRY_WITH("version", CheckKeys(value, {0, 1}));
  out.unread.insert(out.unread.end(), extensions.begin(), extensions.end());
  out.version = std::string(TRY_WITH("version", value.GetText(0)));
  const Cbor* scheme = value.Find(1);
  if (scheme != nullptr && scheme->type() != CborType::kText) TRY_WITH("version scheme", scheme->AsInt());
  return {};
}

Result<void> ReadNames(const Cbor& values, CorimMeasurement& out) {
  out.mac = TRY_WITH("MAC", FindSized(values, 6, 6, 8));
  out.ip = TRY_WITH("IP", FindSized(values, 7, 4, 16));
  out.serial = TRY_WITH("serial number", FindText(values, 8));
  out.name = TRY_WITH("name", FindText(values, 11));
  if (const Cbor* ueid = values.Find(9); ueid != nullptr) out.ueid = ToBytes(TRY_WITH("UEID", ueid->AsBytes()));
  if (const Cbor* uuid = values.Find(10); uuid != nullptr) {
    if (uuid->type() == CborType::kText) return Error(ErrorCode::kMalformed, "UUID: expected bytes");
    out.uuid = TRY_WITH("UUID", ReadTagId(*uuid)).text;
  }
  return {};
}

// measurement-values-map
Result<void> ReadValues(const Cbor& values, CorimMeasurement& out) {
  out.unread = TRY(CheckKeys(values, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15}));
  if (const Cbor* version = values.Find(0); version != nullptr) TRY(ReadVersion(*version, out));
  if (const Cbor* svn = values.Find(1); svn != nullptr) out.svn = TRY(ReadSvn(*svn));
  if (const Cbor* digests = values.Find(2); digests != nullptr) out.digests = TRY(ReadDigests(*digests));
  if (const Cbor* flags = values.Find(3); flags != nullptr) TRY_WITH("flags", ReadFlags(*flags, out));
  TRY(ReadRaw(values, out));
  TRY(ReadNames(values, out));
  if (const Cbor* keys = values.Find(13); keys != nullptr) out.keys = TRY_WITH("keys", ReadKeys(*keys));
  if (const Cbor* registers = values.Find(14); registers != nullptr) TRY(ReadRegisters(*registers, out));
  if (const Cbor* range = values.Find(15); range != nullptr) TRY(ReadRange(*range, out));
  return {};
}

}  // namespace

Result<CorimEnvironment> ReadEnvironment(const Cbor& value) {
  TRY_WITH("environment", CheckKeys(value, {0, 1, 2}));
  CorimEnvironment environment;
  if (const Cbor* described = value.Find(0); described != nullptr) {
    TRY_WITH("class", CheckKeys(*described, {0, 1, 2, 3, 4}));
    if (const Cbor* id = described->Find(0); id != nullptr) environment.class_id = TRY_WITH("class id", ReadId(*id));
    environment.vendor = TRY_WITH("vendor", FindText(*described, 1));
    environment.model = TRY_WITH("model", FindText(*described, 2));
    if (described->Find(3) != nullptr) environment.layer = TRY_WITH("layer", described->GetUint(3));
    if (described->Find(4) != nullptr) environment.index = TRY_WITH("index", described->GetUint(4));
  }
  if (const Cbor* instance = value.Find(1); instance != nullptr) {
    environment.instance = TRY_WITH("instance", ReadId(*instance));
  }
  if (const Cbor* group = value.Find(2); group != nullptr) environment.group = TRY_WITH("group", ReadId(*group));
  return environment;
}

Result<CorimMeasurement> ReadMeasurement(const Cbor& value) {
  TRY_WITH("measurement", CheckKeys(value, {0, 1, 2}));
  CorimMeasurement measurement;
  if (const Cbor* key = value.Find(0); key != nullptr) measurement.key = TRY_WITH("measured element", ReadId(*key));
  TRY_WITH("measurement", ReadValues(*TRY_WITH("measurement", value.GetMap(1)), measurement));
  if (const Cbor* keys = value.Find(2); keys != nullptr) {
    measurement.authorized_by = TRY_WITH("authorized by", ReadKeys(*keys));
  }
  return measurement;
}

}  // namespace cloister::evidence::internal
