#include "base/byte_reader.h"
#include "evidence/tpm/event_json.h"
#include "evidence/tpm/verify.h"

namespace cloister::evidence {

using formats::Json;

void VerifiedTpmQuote::SetClaims(Json& claims) const {
  for (const auto& [index, value] : pcrs_) claims.Set("pcr" + std::to_string(index), ToHex(value));
  if (const auto* init_data = pcrs_.Find(8)) claims.Set("init_data", ToHex(*init_data));
  claims.Set("report_data", ToHex(quote_.extra_data));
  claims.Set("pcr_bank", PcrBankName(selection().bank));
  claims.Set("tpm_clock", quote_.clock);
  claims.Set("tpm_clock_safe", quote_.clock_safe);
  claims.Set("tpm_reset_count", quote_.reset_count);
  claims.Set("tpm_restart_count", quote_.restart_count);
  Bytes firmware;
  AppendBe(firmware, quote_.firmware_version);
  claims.Set("tpm_firmware_version", ToHex(firmware));
  claims.Set("ak_sha256", ToHex(key_.Sha256()));
}

Json VerifiedTpmQuote::TrusteePcrs() const {
  Json pcrs = Json::Object{};
  for (const auto& [index, value] : pcrs_) {
    pcrs.Set(std::string(index < 10 ? "pcr0" : "pcr") + std::to_string(index), ToHex(value));
  }
  return pcrs;
}

Json VerifiedTpmLog::Claims() const {
  Json claims = Json::Object{{"uefi_event_logs", UefiEventLogs(log_)}};
  if (const auto secure_boot = MeasuredSecureBoot(log_, bank_, kSecureBootPcr)) claims.Set("secure_boot", *secure_boot);
  return claims;
}

}  // namespace cloister::evidence
