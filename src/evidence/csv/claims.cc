#include "base/byte_reader.h"
#include "evidence/csv/report.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json PolicyClaims(const CsvPolicy& policy) {
  const auto bit = [&](unsigned index) { return static_cast<int>(policy.Bit(index)); };
  return Json::Object{{"nodbg", bit(0)},
                      {"noks", bit(1)},
                      {"es", bit(2)},
                      {"nosend", bit(3)},
                      {"domain", bit(4)},
                      {"csv", bit(5)},
                      {"csv3", bit(6)},
                      {"asid_reuse", bit(7)},
                      {"hsk_version", policy.bits >> 8 & 0xF},
                      {"cek_version", policy.bits >> 12 & 0xF},
                      {"api_major", policy.bits >> 16 & 0xFF},
                      {"api_minor", policy.bits >> 24 & 0xFF}};
}

std::string LeHex(std::uint32_t value) {
  Bytes bytes;
  AppendLe<std::uint32_t>(bytes, value);
  return ToHex(bytes);
}

void SetExtension(Json& claims, const CsvExtension& extension) {
  claims.Set("build", extension.build);
  claims.Set("rtmr_version", extension.rtmr_version);
  claims.Set("reserved0", ToHex(extension.reserved0));
  claims.Set("reserved1", ToHex(extension.reserved1));
  for (std::size_t i = 0; i < extension.rtmrs.size(); ++i) {
    claims.Set("rtmr" + std::to_string(i), ToHex(extension.rtmrs[i]));
  }
}

}  // namespace

Json UnverifiedCsv::Claims() const {
  Json claims = Json::Object{
      {"tee", "csv"},
      {"signature", "not_checked"},
      {"revocation", "not_checked"},
      {"measurement", ToHex(report_.measure)},
      {"report_data", ToHex(report_.report_data)},
      {"debug", !report_.policy.DebugForbidden()},
      {"hardware_id", serial_number_},
      {"version", std::to_string(report_.version)},
      {"policy", PolicyClaims(report_.policy)},
      {"user_pubkey_digest", ToHex(report_.user_public_key_digest)},
      {"vm_id", ToHex(report_.vm_id)},
      {"vm_version", ToHex(report_.vm_version)},
      {"mnonce", ToHex(report_.mnonce)},
      {"measure", ToHex(report_.measure)},
      {"sig_usage", LeHex(report_.signature_usage)},
      {"sig_algo", LeHex(report_.signature_algorithm)},
      {"serial_number", serial_number_},
  };
  if (report_.extension) {
    SetExtension(claims, *report_.extension);
  } else {
    claims.Set("anonce", LeHex(report_.anonce));
  }
  return claims;
}

}  // namespace cloister::evidence
