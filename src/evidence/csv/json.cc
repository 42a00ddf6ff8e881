#include "base/byte_reader.h"
#include "evidence/csv/report.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::int64_t kMaximumU32 = 0xFFFFFFFF;
constexpr std::size_t kMaximumArray = kCsvReportSize;
constexpr std::string_view kExtendedMagic("ATTESTATION_EXT\0", 16);

// Byte arrays are arrays of numbers in the serde form.
Result<Bytes> GetBytes(const Json& json, std::string_view key, std::size_t size) {
  const Json::Array& array = *TRY(json.GetArray(key));
  if (array.size() != size || size > kMaximumArray) {
    return Error(ErrorCode::kMalformed, std::string(key) + ": expected " + std::to_string(size) + " bytes, got " +
                                            std::to_string(array.size()));
  }
  Bytes bytes;
  bytes.reserve(size);
  for (const Json& each : array) {
    const std::int64_t byte = TRY_WITH(key, each.AsInt());
    if (byte < 0 || byte > 255) return Error(ErrorCode::kMalformed, std::string(key) + ": expected bytes");
    bytes.push_back(static_cast<std::uint8_t>(byte));
  }
  return bytes;
}

template <std::unsigned_integral I>
Result<void> AppendInt(const Json& json, std::string_view key, Bytes& out) {
  const std::int64_t value = TRY(json.GetIntIn(key, 0, std::int64_t{static_cast<I>(-1)}));
  AppendLe<I>(out, static_cast<I>(value));
  return {};
}

Result<void> AppendBytes(const Json& json, std::string_view key, std::size_t size, Bytes& out) {
  const Bytes bytes = TRY(GetBytes(json, key, size));
  out.insert(out.end(), bytes.begin(), bytes.end());
  return {};
}

Result<void> AppendPublicKey(const Json& data, Bytes& out) {
  const Json& public_key = *TRY(data.GetObject("pubkey"));
  TRY(AppendInt<std::uint32_t>(public_key, "usage", out));
  TRY(AppendInt<std::uint32_t>(public_key, "algo", out));
  const Json& key = *TRY(public_key.GetObject("key"));
  TRY(AppendInt<std::uint32_t>(key, "g", out));
  TRY(AppendBytes(key, "x", 72, out));
  return AppendBytes(key, "y", 72, out);
}

Result<void> AppendSignature(const Json& json, Bytes& out) {
  TRY(AppendInt<std::uint32_t>(json, "usage", out));
  TRY(AppendInt<std::uint32_t>(json, "algo", out));
  const Json& signature = *TRY(json.GetObject("signature"));
  TRY(AppendBytes(signature, "r", 72, out));
  TRY(AppendBytes(signature, "s", 72, out));
  return AppendBytes(json, "_reserved", 368, out);
}

// A certificate in the bytes that firmware writes.
Result<Bytes> CertificateFromJson(const Json& json) {
  Bytes out;
  const Json& body = *TRY(json.GetObject("body"));
  TRY(AppendInt<std::uint32_t>(body, "ver", out));
  const Json& data = *TRY(body.GetObject("data"));
  const Json& firmware = *TRY(data.GetObject("firmware"));
  TRY(AppendInt<std::uint8_t>(firmware, "major", out));
  TRY(AppendInt<std::uint8_t>(firmware, "minor", out));
  TRY(AppendInt<std::uint16_t>(data, "reserved1", out));
  TRY(AppendPublicKey(data, out));
  TRY(AppendInt<std::uint16_t>(data, "uid_size", out));
  TRY(AppendBytes(data, "user_id", 254, out));
  TRY(AppendBytes(data, "sid", 16, out));
  TRY(AppendBytes(data, "reserved2", 608, out));
  const Json::Array& signatures = *TRY(json.GetArray("sigs"));
  if (signatures.size() != 2) return Error(ErrorCode::kMalformed, "sigs: expected two");
  for (const Json& each : signatures) TRY(AppendSignature(each, out));
  return out;
}

// No magic: a report of before extensions, whatever the flags say.
Result<unsigned> VersionOf(const Json& wrapper) {
  const Bytes magic = TRY(GetBytes(wrapper, "magic", kExtendedMagic.size()));
  const std::int64_t flags = TRY(wrapper.GetIntIn("flags", 0, kMaximumU32));
  if (magic == Bytes(kExtendedMagic.size(), 0)) return 1u;
  if (Equal(magic, AsBytes(kExtendedMagic)) && flags <= 1) return flags == 0 ? 1u : 2u;
  return Error(ErrorCode::kMalformed, "magic and flags that we do not know");
}

Result<CsvReport> ReadReport(const Json& evidence) {
  const Json& wrapper = *TRY(evidence.GetObject("attestation_report"));
  TRY(wrapper.RefuseUnknownMembers({"magic", "flags", "data"}));
  const unsigned version = TRY(VersionOf(wrapper));
  const Bytes page = TRY(GetBytes(wrapper, "data", kCsvReportSize));
  return ParseCsvReport(page, version);
}

Result<Bytes> ReadEventLog(const Json& evidence) {
  const Json* log = evidence.Find("cc_eventlog");
  if (log == nullptr || log->is_null()) return Bytes();
  const std::string text = TRY_WITH("cc_eventlog", log->AsString());
  if (text.size() > kMaximumCsvEventLog / 3 * 4) return Error(ErrorCode::kLimit, "cc_eventlog: over 512 KiB");
  return TRY_WITH("cc_eventlog", FromBase64(text));
}

// The text before the zeros at the end.
Result<std::string> SerialNumberText(ByteSpan bytes) {
  std::size_t size = bytes.size();
  while (size > 0 && bytes[size - 1] == 0) --size;
  for (const std::uint8_t byte : bytes.first(size)) {
    if (byte < 0x21 || byte > 0x7E) return Error(ErrorCode::kMalformed, "serial_number: expected printable ASCII");
  }
  return std::string(AsText(bytes.first(size)));
}

struct Contents {
  CsvReport report;
  std::string serial_number;
  Bytes event_log;
};

Result<Contents> ReadContents(const Json& evidence) {
  TRY(evidence.RefuseUnknownMembers({"attestation_report", "cert_chain", "serial_number", "cc_eventlog"}));
  Contents contents;
  contents.report = TRY(ReadReport(evidence));
  const Json& chain = *TRY(evidence.GetObject("cert_chain"));
  TRY(chain.RefuseUnknownMembers({"hsk_cek", "pek"}));
  if (TRY_WITH("pek", CertificateFromJson(*TRY(chain.GetObject("pek")))) != contents.report.pek) {
    return Error(ErrorCode::kMismatch, "pek: not the certificate inside the report");
  }
  const Bytes serial_number = TRY(GetBytes(evidence, "serial_number", contents.report.serial_number.size()));
  if (!Equal(serial_number, contents.report.serial_number)) {
    return Error(ErrorCode::kMismatch, "serial_number: not the one inside the report");
  }
  contents.serial_number = TRY(SerialNumberText(serial_number));
  contents.event_log = TRY(ReadEventLog(evidence));
  return contents;
}

}  // namespace

Result<UnverifiedCsv> UnverifiedCsv::Read(const Json& evidence, CsvCheck check) {
  if (check != CsvCheck::kNothing) {
    return Error(ErrorCode::kUnsupported, "CSV evidence: its SM2 signatures cannot be checked here");
  }
  Contents contents = TRY_WITH("CSV evidence", ReadContents(evidence));
  return UnverifiedCsv(std::move(contents.report), std::move(contents.serial_number), std::move(contents.event_log));
}

}  // namespace cloister::evidence
