#include "ledger/internal/configuration.h"

namespace cloister::ledger::internal {

using formats::Json;

Result<LedgerConfiguration> LedgerConfiguration::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"type", "origin", "keys", "vkey", "cosigner", "rules"}));
  if (TRY(json.GetString("type")) != "ledger-configuration/v1" || TRY(json.GetString("rules")) != kRules) {
    return Error(ErrorCode::kUnsupported, "ledger configuration: another version or other rules");
  }
  contract::LedgerTerms terms;
  terms.origin = TRY(json.GetString("origin"));
  for (const Json& key : *TRY(json.GetArray("keys"))) terms.keys.push_back(TRY(contract::NamedKey::FromJson(key)));
  terms.vkey = TRY(json.GetString("vkey"));
  terms.cosigner = TRY(json.GetString("cosigner"));
  return LedgerConfiguration{TRY(LedgerTrust::FromTerms(terms))};
}

Json LedgerConfiguration::ToJson() const {
  Json::Array keys;
  for (const contract::NamedKey& key : trust.keys) keys.push_back(key.ToJson());
  return Json::Object{{"type", "ledger-configuration/v1"}, {"origin", trust.origin},          {"keys", std::move(keys)},
                      {"vkey", trust.log.Text()},          {"cosigner", trust.cosigner.Text()}, {"rules", kRules}};
}

}  // namespace cloister::ledger::internal
