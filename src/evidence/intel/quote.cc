#include "evidence/intel/quote.h"

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::uint16_t kEcdsaP256 = 2;
constexpr std::uint32_t kTeeSgx = 0;
constexpr std::uint32_t kTeeTdx = 0x81;
constexpr std::uint16_t kQeReportCertification = 6;
constexpr std::array<std::uint8_t, 16> kIntelQeVendor = {0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9,
                                                         0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07};

std::string Number(std::uint64_t value) { return std::to_string(value); }

Result<IntelTee> ReadTee(ByteReader& reader, std::uint16_t version) {
  const auto tee = TRY(reader.Le<std::uint32_t>());
  // Version 3 has no such field: these bytes are the attestation key's, and zero for ECDSA.
  if (tee == kTeeSgx) return IntelTee::kSgx;
  if (tee == kTeeTdx && version > 3) return IntelTee::kTdx;
  return Error(ErrorCode::kUnsupported,
               "expected TEE type 0 (SGX)" + std::string(version > 3 ? " or 129 (TDX)" : "") + ", got " + Number(tee));
}

Result<IntelQuoteHeader> ReadHeader(ByteReader& reader) {
  IntelQuoteHeader header;
  header.version = TRY(reader.Le<std::uint16_t>());
  if (header.version < 3 || header.version > 5) {
    return Error(ErrorCode::kUnsupported, "expected version 3, 4 or 5, got " + Number(header.version));
  }
  const auto key_type = TRY(reader.Le<std::uint16_t>());
  if (key_type != kEcdsaP256) {
    return Error(ErrorCode::kUnsupported, "expected attestation key type 2 (ECDSA P-256), got " + Number(key_type));
  }
  header.tee = TRY(ReadTee(reader, header.version));
  header.qe_svn = TRY(reader.Le<std::uint16_t>());
  header.pce_svn = TRY(reader.Le<std::uint16_t>());
  if (TRY(reader.TakeArray<16>()) != kIntelQeVendor) {
    return Error(ErrorCode::kUnsupported, "the quoting enclave is of another vendor than Intel");
  }
  header.user_data = TRY(reader.TakeArray<20>());
  return header;
}

std::size_t BodySize(IntelBodyType type) {
  switch (type) {
    case IntelBodyType::kSgx:
      return kSgxReportSize;
    case IntelBodyType::kTd10:
      return kTdReport10Size;
    case IntelBodyType::kTd15:
      return kTdReport15Size;
  }
  CHECK(false);
}

// The descriptor that version 5 has between header and body.
Result<IntelBodyType> ReadBodyType(ByteReader& reader, const IntelQuoteHeader& header) {
  if (header.version < 5) return header.tee == IntelTee::kSgx ? IntelBodyType::kSgx : IntelBodyType::kTd10;
  const auto number = TRY(reader.Le<std::uint16_t>());
  const auto size = TRY(reader.Le<std::uint32_t>());
  if (number < 1 || number > 3) {
    return Error(ErrorCode::kUnsupported, "expected body type 1, 2 or 3, got " + Number(number));
  }
  const auto type = static_cast<IntelBodyType>(number);
  if ((type == IntelBodyType::kSgx) != (header.tee == IntelTee::kSgx)) {
    return Error(ErrorCode::kMalformed, "the body is of another TEE than the header says");
  }
  if (size != BodySize(type)) {
    return Error(ErrorCode::kMalformed, "body type " + Number(number) + " has " + Number(BodySize(type)) +
                                            " bytes, the descriptor says " + Number(size));
  }
  return type;
}

// Reads QE report, its signature, authentication data and certification data.
Result<void> ReadQePart(ByteReader& reader, IntelQuoteView& quote) {
  quote.qe_report_bytes = TRY(reader.TakeArray<kSgxReportSize>());
  quote.qe_report = TRY_WITH("QE report", ParseSgxReport(quote.qe_report_bytes));
  quote.qe_report_signature = TRY(reader.TakeArray<64>());
  quote.qe_authentication = TRY_WITH("QE authentication data", reader.Take(TRY(reader.Le<std::uint16_t>())));
  quote.certification_type = TRY(reader.Le<std::uint16_t>());
  quote.certification = TRY_WITH("certification data", reader.Take(TRY(reader.Le<std::uint32_t>())));
  return reader.Finish();
}

Result<void> ReadSignatureData(ByteSpan data, IntelQuoteView& quote) {
  ByteReader reader(data);
  quote.signature = TRY(reader.TakeArray<64>());
  quote.attestation_key = TRY(reader.TakeArray<64>());
  if (quote.header.version == 3) return ReadQePart(reader, quote);
  const auto type = TRY(reader.Le<std::uint16_t>());
  if (type != kQeReportCertification) {
    return Error(ErrorCode::kUnsupported, "expected certification data of type 6 (QE report), got " + Number(type));
  }
  ByteReader inner(TRY_WITH("QE report certification data", reader.Take(TRY(reader.Le<std::uint32_t>()))));
  TRY(reader.Finish());
  return ReadQePart(inner, quote);
}

Result<IntelQuoteView> Read(ByteSpan raw) {
  if (raw.size() > kMaximumIntelQuote) return Error(ErrorCode::kLimit, "over 64 KiB");
  ByteReader reader(raw);
  IntelQuoteView quote;
  quote.header = TRY(ReadHeader(reader));
  quote.body_type = TRY(ReadBodyType(reader, quote.header));
  const ByteSpan body = TRY_WITH("body", reader.Take(BodySize(quote.body_type)));
  if (quote.body_type == IntelBodyType::kSgx) {
    quote.body = TRY_WITH("body", ParseSgxReport(body));
  } else {
    quote.body = TRY_WITH("body", ParseTdReport(body));
  }
  quote.signed_part = raw.first(raw.size() - reader.left());
  TRY(ReadSignatureData(TRY_WITH("signature data", reader.Take(TRY(reader.Le<std::uint32_t>()))), quote));
  quote.trailing_bytes = reader.left();
  return quote;
}

}  // namespace

std::string_view IntelTeeName(IntelTee tee) { return tee == IntelTee::kSgx ? "SGX" : "TDX"; }

Result<IntelQuoteView> ViewIntelQuote(ByteSpan raw) { return TRY_WITH("Intel quote", Read(raw)); }

Result<IntelQuote> ParseIntelQuote(ByteSpan raw) {
  const IntelQuoteView view = TRY(ViewIntelQuote(raw));
  IntelQuote quote;
  static_cast<IntelQuoteFields&>(quote) = view;
  quote.signed_part = ToBytes(view.signed_part);
  quote.qe_authentication = ToBytes(view.qe_authentication);
  quote.certification = ToBytes(view.certification);
  return quote;
}

Result<SgxReport> ParseSgxReport(ByteSpan raw) {
  ByteReader reader(raw);
  SgxReport report;
  report.cpu_svn = TRY(reader.TakeArray<16>());
  report.misc_select = TRY(reader.TakeArray<4>());
  TRY(reader.Zero(12, "reserved bytes at 20"));
  report.isv_ext_prod_id = TRY(reader.TakeArray<16>());
  report.attributes = TRY(reader.TakeArray<16>());
  report.mr_enclave = TRY(reader.TakeArray<32>());
  TRY(reader.Zero(32, "reserved bytes at 96"));
  report.mr_signer = TRY(reader.TakeArray<32>());
  TRY(reader.Zero(32, "reserved bytes at 160"));
  report.config_id = TRY(reader.TakeArray<64>());
  report.isv_prod_id = TRY(reader.Le<std::uint16_t>());
  report.isv_svn = TRY(reader.Le<std::uint16_t>());
  report.config_svn = TRY(reader.Le<std::uint16_t>());
  TRY(reader.Zero(42, "reserved bytes at 262"));
  report.isv_family_id = TRY(reader.TakeArray<16>());
  report.report_data = TRY(reader.TakeArray<64>());
  TRY(reader.Finish());
  return report;
}

Result<TdReport> ParseTdReport(ByteSpan raw) {
  ByteReader reader(raw);
  TdReport report;
  report.tee_tcb_svn = TRY(reader.TakeArray<16>());
  report.mr_seam = TRY(reader.TakeArray<48>());
  report.mr_signer_seam = TRY(reader.TakeArray<48>());
  report.seam_attributes = TRY(reader.TakeArray<8>());
  report.td_attributes = TRY(reader.TakeArray<8>());
  report.xfam = TRY(reader.TakeArray<8>());
  report.mr_td = TRY(reader.TakeArray<48>());
  report.mr_config_id = TRY(reader.TakeArray<48>());
  report.mr_owner = TRY(reader.TakeArray<48>());
  report.mr_owner_config = TRY(reader.TakeArray<48>());
  for (auto& rtmr : report.rtmr) rtmr = TRY(reader.TakeArray<48>());
  report.report_data = TRY(reader.TakeArray<64>());
  if (raw.size() == kTdReport10Size) return report;
  report.td15.emplace();
  report.td15->tee_tcb_svn2 = TRY(reader.TakeArray<16>());
  report.td15->mr_service_td = TRY(reader.TakeArray<48>());
  TRY(reader.Finish());
  return report;
}

}  // namespace cloister::evidence
