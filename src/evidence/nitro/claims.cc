#include "evidence/nitro/verify.h"

namespace cloister::evidence {

using formats::Json;

Json VerifiedNitro::Claims() const {
  Json claims = Json::Object{
      {"tee", "nitro"},
      {"measurement", ToHex(claims_.pcrs.at(0))},
      {"debug", claims_.Debug()},
      {"simulated", simulated()},
      {"root_sha256", ToHex(root().sha256)},
      {"revocation", revocation_ == NitroRevocation::kChecked ? "checked" : "not_checked"},
      {"collateral_expires", ToRfc3339(expires_)},
      {"module_id", claims_.ModuleId()},
      {"timestamp", ToRfc3339(claims_.Timestamp())},
      {"timestamp_ms", claims_.timestamp_ms},
      {"time", time_ == NitroTime::kFresh ? "fresh" : "audit_of_old_document"},
  };
  for (const auto& [index, value] : claims_.pcrs) claims.Set("pcr" + std::to_string(index), ToHex(value));
  if (claims_.nonce) claims.Set("report_data", ToHex(*claims_.nonce));
  if (claims_.user_data) claims.Set("user_data", ToHex(*claims_.user_data));
  if (claims_.public_key) claims.Set("public_key", ToHex(*claims_.public_key));
  return claims;
}

}  // namespace cloister::evidence
