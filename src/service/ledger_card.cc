#include "service/ledger_card.h"

namespace cloister::service {

using formats::Json;

Json LedgerCard::ToJson() const {
  Json::Array keys;
  Json::Array tls;
  for (const contract::NamedKey& key : terms.keys) keys.push_back(key.ToJson());
  for (const contract::Digest& digest : terms.tls) tls.push_back(ToHex(digest));
  return Json::Object{{"url", url},
                      {"origin", terms.origin},
                      {"keys", keys},
                      {"vkey", terms.vkey},
                      {"cosigner", terms.cosigner},
                      {"tls", tls},
                      {"maxCheckpointAge", terms.max_checkpoint_age.count()}};
}

Result<LedgerCard> LedgerCard::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"url", "origin", "keys", "vkey", "cosigner", "tls", "maxCheckpointAge"}));
  LedgerCard card;
  card.url = TRY(json.GetString("url"));
  card.terms.origin = TRY(json.GetString("origin"));
  for (const Json& key : *TRY(json.GetArray("keys"))) card.terms.keys.push_back(TRY(contract::NamedKey::FromJson(key)));
  card.terms.vkey = TRY(json.GetString("vkey"));
  card.terms.cosigner = TRY(json.GetString("cosigner"));
  for (const std::string& tls : TRY(json.GetStrings("tls"))) {
    card.terms.tls.push_back(TRY(contract::DigestFromHex(tls)));
  }
  card.terms.max_checkpoint_age = Seconds(TRY(json.GetIntIn("maxCheckpointAge", 1, 86400)));
  return card;
}

}  // namespace cloister::service
