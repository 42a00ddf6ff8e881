#include "base/byte_reader.h"
#include "evidence/intel/quote.h"

namespace cloister::evidence {
namespace {

void Append(Bytes& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void AppendZeros(Bytes& out, std::size_t count) { out.insert(out.end(), count, 0); }

// Bytes after their length.
void AppendSized(Bytes& out, ByteSpan bytes) {
  AppendLe(out, static_cast<std::uint32_t>(bytes.size()));
  Append(out, bytes);
}

Bytes SerializeQePart(const IntelQuote& quote) {
  CHECK(quote.qe_authentication.size() <= 0xFFFF);
  Bytes out;
  Append(out, quote.qe_report_bytes);
  Append(out, quote.qe_report_signature);
  AppendLe(out, static_cast<std::uint16_t>(quote.qe_authentication.size()));
  Append(out, quote.qe_authentication);
  AppendLe(out, quote.certification_type);
  AppendSized(out, quote.certification);
  return out;
}

}  // namespace

Bytes SerializeSgxReport(const SgxReport& report) {
  Bytes out;
  Append(out, report.cpu_svn);
  Append(out, report.misc_select);
  AppendZeros(out, 12);
  Append(out, report.isv_ext_prod_id);
  Append(out, report.attributes);
  Append(out, report.mr_enclave);
  AppendZeros(out, 32);
  Append(out, report.mr_signer);
  AppendZeros(out, 32);
  Append(out, report.config_id);
  AppendLe(out, report.isv_prod_id);
  AppendLe(out, report.isv_svn);
  AppendLe(out, report.config_svn);
  AppendZeros(out, 42);
  Append(out, report.isv_family_id);
  Append(out, report.report_data);
  return out;
}

Bytes SerializeTdReport(const TdReport& report) {
  Bytes out;
  Append(out, report.tee_tcb_svn);
  Append(out, report.mr_seam);
  Append(out, report.mr_signer_seam);
  Append(out, report.seam_attributes);
  Append(out, report.td_attributes);
  Append(out, report.xfam);
  Append(out, report.mr_td);
  Append(out, report.mr_config_id);
  Append(out, report.mr_owner);
  Append(out, report.mr_owner_config);
  for (const auto& rtmr : report.rtmr) Append(out, rtmr);
  Append(out, report.report_data);
  if (!report.td15) return out;
  Append(out, report.td15->tee_tcb_svn2);
  Append(out, report.td15->mr_service_td);
  return out;
}

Bytes SerializeIntelSignedPart(const IntelQuote& quote) {
  const auto* td = std::get_if<TdReport>(&quote.body);
  const Bytes body = td != nullptr ? SerializeTdReport(*td) : SerializeSgxReport(std::get<SgxReport>(quote.body));
  Bytes out;
  AppendLe(out, quote.header.version);
  AppendLe<std::uint16_t>(out, 2);
  AppendLe<std::uint32_t>(out, quote.header.tee == IntelTee::kTdx ? 0x81 : 0);
  AppendLe(out, quote.header.qe_svn);
  AppendLe(out, quote.header.pce_svn);
  Append(out, *FromHex("939a7233f79c4ca9940a0db3957f0607"));
  Append(out, quote.header.user_data);
  if (quote.header.version >= 5) {
    AppendLe(out, static_cast<std::uint16_t>(quote.body_type));
    AppendLe(out, static_cast<std::uint32_t>(body.size()));
  }
  Append(out, body);
  return out;
}

Bytes SerializeIntelQuote(const IntelQuote& quote) {
  const Bytes qe_part = SerializeQePart(quote);
  Bytes data;
  Append(data, quote.signature);
  Append(data, quote.attestation_key);
  if (quote.header.version == 3) {
    Append(data, qe_part);
  } else {
    AppendLe<std::uint16_t>(data, 6);
    AppendSized(data, qe_part);
  }
  Bytes out = quote.signed_part;
  AppendSized(out, data);
  return out;
}

}  // namespace cloister::evidence
