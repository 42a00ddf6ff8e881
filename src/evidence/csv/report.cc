#include "evidence/csv/report.h"

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::size_t kAnonceAt = 188;  // behind all fields that it masks
constexpr std::size_t kSignatureSize = 144;
constexpr std::size_t kPekSize = 2084;

// The signed part of version 1 with the mask taken off. The nonce itself is not masked.
Bytes Unmasked(ByteSpan page) {
  Bytes bytes = ToBytes(page.first(kAnonceAt));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= page[kAnonceAt + i % 4];
  return bytes;
}

Result<void> ReadCommon(ByteReader& reader, CsvReport& report) {
  report.user_public_key_digest = TRY(reader.TakeArray<32>());
  report.vm_id = TRY(reader.TakeArray<16>());
  report.vm_version = TRY(reader.TakeArray<16>());
  report.report_data = TRY(reader.TakeArray<64>());
  report.mnonce = TRY(reader.TakeArray<16>());
  report.measure = TRY(reader.TakeArray<32>());
  report.policy.bits = TRY(reader.Le<std::uint32_t>());
  report.signature_usage = TRY(reader.Le<std::uint32_t>());
  report.signature_algorithm = TRY(reader.Le<std::uint32_t>());
  return {};
}

Result<CsvExtension> ReadExtension(ByteReader& reader) {
  CsvExtension extension;
  extension.build = TRY(reader.Le<std::uint32_t>());
  extension.rtmr_version = TRY(reader.Le<std::uint16_t>());
  extension.reserved0 = TRY(reader.TakeArray<14>());
  for (auto& rtmr : extension.rtmrs) rtmr = TRY(reader.TakeArray<32>());
  extension.reserved1 = TRY(reader.TakeArray<656>());
  return extension;
}

Result<CsvReport> Parse(ByteSpan page, unsigned version) {
  if (page.size() != kCsvReportSize) {
    return Error(ErrorCode::kMalformed, "expected 4096 bytes, got " + std::to_string(page.size()));
  }
  CsvReport report{};
  report.version = version;
  ByteReader reader(page);
  if (version == 1) {
    const Bytes unmasked = Unmasked(TRY(reader.Take(kAnonceAt + 4)));
    ByteReader fields(unmasked);
    TRY(ReadCommon(fields, report));
    TRY(fields.Finish());
    ByteReader anonce(page.subspan(kAnonceAt, 4));
    report.anonce = TRY(anonce.Le<std::uint32_t>());
  } else if (version == 2) {
    TRY(ReadCommon(reader, report));
    report.extension = TRY(ReadExtension(reader));
  } else {
    return Error(ErrorCode::kMalformed, "expected version 1 or 2, got " + std::to_string(version));
  }
  TRY(reader.Take(kSignatureSize));
  report.pek = ToBytes(TRY(reader.Take(kPekSize)));
  report.serial_number = TRY(reader.TakeArray<64>());
  TRY(reader.Zero(32, "reserved bytes"));
  TRY(reader.Take(32));  // a MAC that only the guest can check
  TRY(reader.Zero(reader.left(), "padding"));
  return report;
}

}  // namespace

Result<CsvReport> ParseCsvReport(ByteSpan page, unsigned version) {
  return TRY_WITH("CSV report", Parse(page, version));
}

}  // namespace cloister::evidence
