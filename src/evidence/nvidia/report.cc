#include "evidence/nvidia/report.h"

#include <algorithm>
#include <cstdio>

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::uint8_t kSpdm11 = 0x11;
constexpr std::uint8_t kGetMeasurements = 0xE0, kMeasurements = 0x60;
constexpr std::uint8_t kSignatureRequested = 0x01, kAllMeasurements = 0xFF;
constexpr std::uint8_t kMaximumSlot = 7;
constexpr std::uint8_t kDmtfForm = 1;
constexpr std::size_t kMaximumFields = 64;

Error Malformed(const std::string& what) { return Error(ErrorCode::kMalformed, "NVIDIA report: " + what); }

Result<void> Expect(ByteReader& reader, std::uint8_t expected, std::string_view what) {
  const std::uint8_t got = TRY(reader.Le<std::uint8_t>());
  if (got == expected) return {};
  return Error(ErrorCode::kUnsupported, "NVIDIA report: " + std::string(what) + ": expected " + std::to_string(expected) +
                                            ", got " + std::to_string(got));
}

Result<void> ReadRequest(ByteReader& reader, NvidiaReport& report) {
  TRY(Expect(reader, kSpdm11, "SPDM version of the request"));
  TRY(Expect(reader, kGetMeasurements, "request code"));
  TRY(Expect(reader, kSignatureRequested, "attributes of the request"));
  TRY(Expect(reader, kAllMeasurements, "measurements that the request asks for"));
  report.nonce = TRY(reader.TakeArray<kNvidiaNonceSize>());
  report.slot = TRY(reader.Le<std::uint8_t>());
  if (report.slot > kMaximumSlot) return Malformed("slot of the request over 7");
  return {};
}

Result<NvidiaMeasurement> ReadBlock(ByteReader& reader, std::size_t number) {
  if (TRY(reader.Le<std::uint8_t>()) != number) {
    return Malformed("expected block " + std::to_string(number) + ", got another or one twice");
  }
  TRY(Expect(reader, kDmtfForm, "form of a measurement"));
  const std::size_t size = TRY(reader.Le<std::uint16_t>());
  const std::uint8_t type = TRY(reader.Le<std::uint8_t>());
  const std::size_t value_size = TRY(reader.Le<std::uint16_t>());
  if (value_size > decltype(NvidiaMeasurement::value)::kMaximum || size != value_size + 3) {
    return Malformed("block " + std::to_string(number) + ": its sizes contradict each other");
  }
  const ByteSpan value = TRY(reader.Take(value_size));
  return NvidiaMeasurement{type, value};
}

Result<void> ReadRecord(ByteSpan record, std::size_t count, NvidiaReport& report) {
  ByteReader reader(record);
  for (std::size_t number = 1; number <= count; ++number) report.measurements.push_back(TRY(ReadBlock(reader, number)));
  TRY_WITH("measurement record", reader.Finish());
  return {};
}

struct OpaqueField {
  std::uint16_t type;
  ByteSpan value;
};

Result<OpaqueField> NextField(ByteReader& reader) {
  const auto type = TRY(reader.Le<std::uint16_t>());
  const std::size_t size = TRY(reader.Le<std::uint16_t>());
  const ByteSpan value = TRY(reader.Take(size));
  return OpaqueField{type, value};
}

Result<std::size_t> ReadU24(ByteReader& reader) {
  const std::size_t low = TRY(reader.Le<std::uint16_t>());
  const std::size_t high = TRY(reader.Le<std::uint8_t>());
  return high << 16 | low;
}

Result<NvidiaReport> Read(ByteReader& reader) {
  NvidiaReport report;
  TRY(ReadRequest(reader, report));
  TRY(Expect(reader, kSpdm11, "SPDM version of the response"));
  TRY(Expect(reader, kMeasurements, "response code"));
  TRY(Expect(reader, 0, "first parameter of the response"));
  TRY(Expect(reader, report.slot, "slot of the response"));
  const std::size_t count = TRY(reader.Le<std::uint8_t>());
  const std::size_t record = TRY(ReadU24(reader));
  TRY(ReadRecord(TRY(reader.Take(record)), count, report));
  report.response_nonce = TRY(reader.TakeArray<kNvidiaNonceSize>());
  const std::size_t opaque = TRY(reader.Le<std::uint16_t>());
  report.opaque = TRY(NvidiaOpaqueData::Parse(TRY(reader.Take(opaque))));
  report.signature = TRY(reader.TakeArray<kNvidiaSignatureSize>());
  return report;
}

// Text up to the first NUL, then only NULs.
Result<std::optional<NvidiaText>> TextOf(const NvidiaReport& report, NvidiaField type) {
  const auto value = report.opaque.Find(type);
  if (!value) return std::optional<NvidiaText>();
  const auto end = std::find(value->begin(), value->end(), 0);
  const ByteSpan text(value->begin(), end);
  const bool printable = std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return c > 0x20 && c < 0x7F; });
  if (!printable || text.size() > NvidiaText::kMaximum || std::any_of(end, value->end(), [](std::uint8_t c) { return c != 0; })) {
    return Malformed("opaque field " + std::to_string(static_cast<unsigned>(type)) + ": not a text of at most 64 characters");
  }
  return std::optional(NvidiaText(AsText(text)));
}

// GPUs: 8 bytes; switches: the text itself.
Result<std::optional<NvidiaText>> VbiosVersion(const NvidiaReport& report) {
  constexpr std::size_t kBinary = 8;
  const auto value = report.opaque.Find(NvidiaField::kVbiosVersion);
  if (!value || value->size() != kBinary) return TextOf(report, NvidiaField::kVbiosVersion);
  const ByteSpan b = *value;
  if (b[5] != 0 || b[6] != 0 || b[7] != 0) return Malformed("VBIOS version: its last 3 bytes are not zero");
  char text[16];
  std::snprintf(text, sizeof text, "%02X.%02X.%02X.%02X.%02X", b[3], b[2], b[1], b[0], b[4]);
  return std::optional(NvidiaText(text));
}

Result<std::optional<std::uint8_t>> StatusOf(const NvidiaReport& report, NvidiaField type) {
  const auto value = report.opaque.Find(type);
  if (!value) return std::optional<std::uint8_t>();
  if (value->size() != 1 || (value->front() != kNvidiaEnabled && value->front() != kNvidiaDisabled)) {
    return Malformed("opaque field " + std::to_string(static_cast<unsigned>(type)) + ": expected one byte, AA or 55");
  }
  return std::optional(value->front());
}

void AppendBlock(Bytes& record, std::size_t number, const NvidiaMeasurement& measurement) {
  record.push_back(static_cast<std::uint8_t>(number));
  record.push_back(kDmtfForm);
  AppendLe(record, static_cast<std::uint16_t>(measurement.value.size() + 3));
  record.push_back(measurement.type);
  AppendLe(record, static_cast<std::uint16_t>(measurement.value.size()));
  record.insert(record.end(), measurement.value.begin(), measurement.value.end());
}

}  // namespace

Result<NvidiaOpaqueData> NvidiaOpaqueData::Parse(ByteSpan bytes) {
  if (bytes.size() > kMaximumNvidiaReport) return Error(ErrorCode::kLimit, "NVIDIA report: opaque data over 8 KiB");
  ByteReader reader(bytes);
  BoundedVector<std::uint16_t, kMaximumFields> types;
  while (reader.left() > 0) {
    const OpaqueField field = TRY(NextField(reader));
    // A parser that lets the last one win would let one field mask another.
    if (std::find(types.begin(), types.end(), field.type) != types.end()) {
      return Malformed("opaque field " + std::to_string(field.type) + " is there twice");
    }
    if (types.size() == kMaximumFields) return Error(ErrorCode::kLimit, "NVIDIA report: more than 64 opaque fields");
    types.push_back(field.type);
  }
  NvidiaOpaqueData data;
  data.bytes_ = bytes;
  return data;
}

std::optional<ByteSpan> NvidiaOpaqueData::Find(NvidiaField type) const {
  ByteReader reader(bytes_);
  while (reader.left() > 0) {
    const OpaqueField field = *NextField(reader);
    if (field.type == static_cast<std::uint16_t>(type)) return field.value;
  }
  return std::nullopt;
}

void NvidiaOpaqueData::Set(NvidiaField type, ByteSpan value) {
  Remove(type);
  Append(type, value);
}

void NvidiaOpaqueData::Append(NvidiaField type, ByteSpan value) {
  Bytes all = ToBytes(bytes_);
  AppendLe(all, static_cast<std::uint16_t>(type));
  AppendLe(all, static_cast<std::uint16_t>(value.size()));
  all.insert(all.end(), value.begin(), value.end());
  bytes_ = all;
}

void NvidiaOpaqueData::Remove(NvidiaField type) {
  NvidiaOpaqueData others;
  ByteReader reader(bytes_);
  while (reader.left() > 0) {
    const OpaqueField field = *NextField(reader);
    if (field.type != static_cast<std::uint16_t>(type)) others.Append(static_cast<NvidiaField>(field.type), field.value);
  }
  *this = others;
}

Result<NvidiaReport> ParseNvidiaReport(ByteSpan raw) {
  if (raw.size() > kMaximumNvidiaReport) return Error(ErrorCode::kLimit, "NVIDIA report: over 8 KiB");
  ByteReader reader(raw);
  NvidiaReport report = TRY_WITH("NVIDIA report", Read(reader));
  TRY_WITH("NVIDIA report", reader.Finish());
  return report;
}

Result<ByteSpan> NvidiaReportInBuffer(ByteSpan buffer) {
  if (buffer.size() > kMaximumNvidiaReport) return Error(ErrorCode::kLimit, "NVIDIA report: over 8 KiB");
  ByteReader reader(buffer);
  TRY_WITH("NVIDIA report", Read(reader));
  return buffer.first(buffer.size() - reader.left());
}

Bytes SerializeNvidiaReport(const NvidiaReport& report) {
  Bytes raw = {kSpdm11, kGetMeasurements, kSignatureRequested, kAllMeasurements};
  raw.insert(raw.end(), report.nonce.begin(), report.nonce.end());
  raw.push_back(report.slot);
  Bytes record;
  for (std::size_t i = 0; i < report.measurements.size(); ++i) AppendBlock(record, i + 1, report.measurements[i]);
  const ByteSpan opaque = report.opaque.bytes();
  for (const std::uint8_t byte : {kSpdm11, kMeasurements, std::uint8_t{0}, report.slot}) raw.push_back(byte);
  raw.push_back(static_cast<std::uint8_t>(report.measurements.size()));
  AppendLe(raw, static_cast<std::uint16_t>(record.size() & 0xFFFF));
  raw.push_back(static_cast<std::uint8_t>(record.size() >> 16));
  raw.insert(raw.end(), record.begin(), record.end());
  raw.insert(raw.end(), report.response_nonce.begin(), report.response_nonce.end());
  AppendLe(raw, static_cast<std::uint16_t>(opaque.size()));
  raw.insert(raw.end(), opaque.begin(), opaque.end());
  raw.insert(raw.end(), report.signature.begin(), report.signature.end());
  return raw;
}

Result<NvidiaDeviceInfo> ReadNvidiaDeviceInfo(const NvidiaReport& report) {
  NvidiaDeviceInfo info;
  info.driver_version = TRY(TextOf(report, NvidiaField::kDriverVersion));
  info.vbios_version = TRY(VbiosVersion(report));
  info.project = TRY(TextOf(report, NvidiaField::kProject));
  info.project_sku = TRY(TextOf(report, NvidiaField::kProjectSku));
  info.chip_sku = TRY(TextOf(report, NvidiaField::kChipSku));
  info.chip_sku_mod = TRY(TextOf(report, NvidiaField::kChipSkuMod));
  info.nvdec0_status = TRY(StatusOf(report, NvidiaField::kNvdec0Status));
  info.protected_pcie_status = TRY(StatusOf(report, NvidiaField::kProtectedPcie));
  if (const auto fwid = report.opaque.Find(NvidiaField::kFwid)) {
    info.fwid = TRY_WITH("NVIDIA report: FWID", ToArray<kNvidiaFwidSize>(*fwid));
  }
  return info;
}

}  // namespace cloister::evidence
