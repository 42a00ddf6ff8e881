#include "sealed/record.h"

namespace cloister::sealed {
namespace {

constexpr std::string_view kEncryption = "age-v1";
constexpr std::int64_t kMaxSize = (std::int64_t{1} << 53) - 1;  // what canonical JSON can carry

Result<crypto::Sha256Digest> GetDigest(const formats::Json& json, std::string_view key) {
  const std::string hex = TRY(json.GetString(key));
  const Bytes bytes = TRY_WITH(key, FromHex(hex));
  return TRY_WITH(key, ToArray<32>(bytes));
}

}  // namespace

formats::Json SealingRecord::ToJson() const {
  return formats::Json::Object{{"encryption", kEncryption},
                               {"header", ToBase64(header)},
                               {"header_sha256", ToHex(header_sha256)},
                               {"sha256", ToHex(file.sha256)},
                               {"size", file.size}};
}

Result<SealingRecord> SealingRecord::FromJson(const formats::Json& json) {
  TRY(json.RefuseUnknownMembers({"encryption", "header", "header_sha256", "sha256", "size"}));
  if (TRY(json.GetString("encryption")) != kEncryption) {
    return Error(ErrorCode::kUnsupported, "sealing record: expected encryption age-v1, got another");
  }
  const std::string base64 = TRY(json.GetString("header"));
  // One by one: g++ does not destroy the members before a TRY that fails within braces.
  SealingRecord record;
  record.header = TRY_WITH("header", FromBase64(base64));
  record.header_sha256 = TRY(GetDigest(json, "header_sha256"));
  record.file.sha256 = TRY(GetDigest(json, "sha256"));
  record.file.size = static_cast<std::uint64_t>(TRY(json.GetIntIn("size", 1, kMaxSize)));
  const AgeHeader header = TRY(AgeHeader::Parse(record.header));
  if (header.Digest() != record.header_sha256) {
    return Error(ErrorCode::kMismatch, "sealing record: header_sha256 is of another header");
  }
  return record;
}

}  // namespace cloister::sealed
