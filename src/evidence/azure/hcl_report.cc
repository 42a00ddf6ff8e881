#include "evidence/azure/hcl_report.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "crypto/hash.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumReport = std::size_t{16} << 10;
constexpr std::size_t kMaximumKeys = 8;
constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kDataHeaderSize = 20;
constexpr std::string_view kMagic = "HCLA";
constexpr std::uint32_t kRequestReport = 2;
constexpr std::uint32_t kSha256 = 1;
constexpr std::uint32_t kDataVersion = 1;
constexpr std::string_view kAttestationKey = "HCLAkPub";

Error Unsupported(std::string what) { return Error(ErrorCode::kUnsupported, std::move(what)); }

// {signature, version, size of header, report and data, request, 16 reserved bytes}.
Result<std::uint32_t> ReadHeader(ByteReader& reader, std::uint32_t& size) {
  if (AsText(TRY(reader.Take(kMagic.size()))) != kMagic) return Error(ErrorCode::kMalformed, "expected HCLA at its start");
  const auto version = TRY(reader.Le<std::uint32_t>());
  if (version != 1 && version != 2) return Unsupported("expected version 1 or 2, got " + std::to_string(version));
  size = TRY(reader.Le<std::uint32_t>());
  const auto request = TRY(reader.Le<std::uint32_t>());
  if (request != kRequestReport) return Unsupported("expected a report (request 2), got request " + std::to_string(request));
  TRY(reader.Zero(16, "reserved"));
  return version;
}

Result<HclTee> TeeFromId(std::uint32_t id) {
  if (id == static_cast<std::uint32_t>(HclTee::kSnp)) return HclTee::kSnp;
  if (id == static_cast<std::uint32_t>(HclTee::kTdx)) return HclTee::kTdx;
  return Unsupported("expected a report of SNP (2) or TDX (4), got type " + std::to_string(id));
}

Result<UnverifiedHclReport> ReadReport(ByteSpan bytes) {
  ByteReader reader(bytes);
  UnverifiedHclReport report;
  std::uint32_t size = 0;
  report.version = TRY(ReadHeader(reader, size));
  const ByteSpan slot = TRY(reader.Take(kHclReportSlot));
  const auto data_size = TRY(reader.Le<std::uint32_t>());
  if (data_size > bytes.size() || data_size < kDataHeaderSize || size != kHeaderSize + kHclReportSlot + data_size) {
    return Error(ErrorCode::kMalformed, "runtime data of " + std::to_string(data_size) + " bytes in a report of " + std::to_string(size));
  }
  if (TRY(reader.Le<std::uint32_t>()) != kDataVersion) return Unsupported("expected runtime data of version 1");
  report.tee = TRY(TeeFromId(TRY(reader.Le<std::uint32_t>())));
  if (TRY(reader.Le<std::uint32_t>()) != kSha256) return Unsupported("expected a digest of SHA-256 over the runtime data");
  const auto length = TRY(reader.Le<std::uint32_t>());
  if (length != data_size - kDataHeaderSize) return Error(ErrorCode::kMalformed, "runtime data with two lengths");
  report.runtime_data = ToBytes(TRY(reader.Take(length)));
  TRY(reader.Zero(reader.left(), "padding"));

  const std::size_t used = report.tee == HclTee::kSnp ? kHclReportSlot : kTdReportStructSize;
  report.tee_report = ToBytes(slot.first(used));
  ByteReader unused(slot.subspan(used));
  TRY(unused.Zero(unused.left(), "rest of the hardware's report"));
  return report;
}

bool MaySign(const Json& key) {
  const auto operations = key.GetStrings("key_ops");
  return operations && std::ranges::find(*operations, "sign") != operations->end();
}

Result<crypto::VerifyingKey> ReadAttestationKey(const Json& json) {
  const Json::Array& keys = *TRY(json.GetArray("keys"));
  if (keys.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "expected at most 8 keys");
  const Json* found = nullptr;
  for (const Json& key : keys) {
    if (TRY(key.GetString("kid")) != kAttestationKey) continue;
    if (found != nullptr) return Error(ErrorCode::kMalformed, "expected one HCLAkPub, got two");
    found = &key;
  }
  if (found == nullptr) return Error(ErrorCode::kMalformed, "expected a key HCLAkPub, got none");
  if (TRY(found->GetString("kty")) != "RSA" || !MaySign(*found)) return Unsupported("expected HCLAkPub to be an RSA key that signs");
  const Bytes modulus = TRY(FromBase64Url(TRY(found->GetString("n"))));
  const Bytes exponent = TRY(FromBase64Url(TRY(found->GetString("e"))));
  return crypto::VerifyingKey::FromRsa(crypto::SignatureAlgorithm::kRs256, modulus, exponent);
}

Result<HclRuntimeData> ReadRuntimeData(ByteSpan bytes) {
  const Json json = TRY(Json::Parse(AsText(bytes), {.max_bytes = kMaximumReport, .max_depth = 8}));
  HclRuntimeData data{TRY(ReadAttestationKey(json)), Json::Object{}, std::nullopt};
  if (json.Find("vm-configuration") != nullptr) data.vm_configuration = *TRY(json.GetObject("vm-configuration"));
  if (const auto text = TRY(json.FindString("user-data"))) {
    const auto user_data = TRY_WITH("user-data", ToArray<64>(TRY_WITH("user-data", FromHex(*text))));
    data.user_data = ToBytes(user_data);
  }
  return data;
}

}  // namespace

Result<UnverifiedHclReport> ParseHclReport(ByteSpan bytes) {
  if (bytes.size() > kMaximumReport) return Error(ErrorCode::kLimit, "HCL report: expected up to 16 KiB");
  return TRY_WITH("HCL report", ReadReport(bytes));
}

Bytes SerializeHclReport(const UnverifiedHclReport& report, std::size_t size) {
  const auto data_size = static_cast<std::uint32_t>(kDataHeaderSize + report.runtime_data.size());
  Bytes out = ToBytes(kMagic);
  AppendLe(out, report.version);
  AppendLe(out, static_cast<std::uint32_t>(kHeaderSize + kHclReportSlot + data_size));
  AppendLe(out, kRequestReport);
  out.resize(kHeaderSize);
  out.insert(out.end(), report.tee_report.begin(), report.tee_report.end());
  out.resize(kHeaderSize + kHclReportSlot);
  AppendLe(out, data_size);
  AppendLe(out, kDataVersion);
  AppendLe(out, static_cast<std::uint32_t>(report.tee));
  AppendLe(out, kSha256);
  AppendLe(out, static_cast<std::uint32_t>(report.runtime_data.size()));
  out.insert(out.end(), report.runtime_data.begin(), report.runtime_data.end());
  out.resize(std::max(size, out.size()));
  return out;
}

std::array<std::uint8_t, 64> HclReportData(ByteSpan runtime_data) {
  std::array<std::uint8_t, 64> report_data{};
  std::ranges::copy(crypto::Sha256(runtime_data), report_data.begin());
  return report_data;
}

Result<HclRuntimeData> ParseHclRuntimeData(ByteSpan runtime_data) { return TRY_WITH("HCL runtime data", ReadRuntimeData(runtime_data)); }

}  // namespace cloister::evidence
