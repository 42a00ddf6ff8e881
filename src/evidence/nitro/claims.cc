#include "evidence/nitro/verify.h"

namespace cloister::evidence {

using formats::Json;

Json VerifiedNitro::Claims() const {
  Json claims = Json::Object{
      {"tee", "nitro"},
      {"measurement", ToHex(document_.pcrs.at(0))},
      {"debug", document_.Debug()},
      {"simulated", simulated()},
      {"root_sha256", ToHex(root().sha256)},
      {"revocation", revocation_ == NitroRevocation::kChecked ? "checked" : "not_checked"},
      {"collateral_expires", ToRfc3339(expires_)},
      {"module_id", document_.ModuleId()},
      {"timestamp", ToRfc3339(document_.Timestamp())},
      {"timestamp_ms", document_.timestamp_ms},
      {"time", time_ == NitroTime::kFresh ? "fresh" : "audit_of_old_document"},
  };
  for (const auto& [index, value] : document_.pcrs) claims.Set("pcr" + std::to_string(index), ToHex(value));
  if (document_.nonce) claims.Set("report_data", ToHex(*document_.nonce));
  if (document_.user_data) claims.Set("user_data", ToHex(*document_.user_data));
  if (document_.public_key) claims.Set("public_key", ToHex(*document_.public_key));
  return claims;
}

}  // namespace cloister::evidence
