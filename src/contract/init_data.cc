#include "contract/init_data.h"

#include "contract/internal/fields.h"
#include "formats/toml.h"

namespace cloister::contract {

using namespace internal;

namespace {

constexpr formats::JsonLimits kLimits{.max_bytes = 128 * 1024, .max_depth = 8};

Result<InitData::Ledger> ReadLedger(const Json& json) {
  TRY(json.RefuseUnknownMembers({"origin", "url", "keys", "tls", "witnesses"}));
  InitData::Ledger ledger;
  ledger.origin = TRY(GetText(json, "origin", 512));
  ledger.url = TRY(GetText(json, "url", 2048));
  ledger.keys = TRY(GetDigests(json, "keys"));
  ledger.tls = TRY(GetDigests(json, "tls"));
  ledger.witnesses = TRY(GetTexts(json, "witnesses"));
  if (ledger.keys.empty() || ledger.tls.empty()) return Malformed("keys, tls", "one or more of each", "none");
  return ledger;
}

Result<InitData::Broker> ReadBroker(const Json& json) {
  TRY(json.RefuseUnknownMembers({"party", "url", "key"}));
  InitData::Broker broker;
  broker.party = TRY(GetDid(json, "party"));
  broker.url = TRY(GetText(json, "url", 2048));
  broker.key = TRY(GetDigest(json, "key"));
  return broker;
}

Json WriteLedger(const InitData::Ledger& ledger) {
  return Json::Object{{"origin", ledger.origin},
                      {"url", ledger.url},
                      {"keys", HexList(ledger.keys)},
                      {"tls", HexList(ledger.tls)},
                      {"witnesses", TextList(ledger.witnesses)}};
}

Json WriteBroker(const InitData::Broker& broker) {
  return Json::Object{{"party", broker.party}, {"url", broker.url}, {"key", Hex(broker.key)}};
}

// A TOML basic string (v1.0 "String"). Canonical JSON has escaped every other control character.
std::string TomlString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\x7F') {
      out += "\\u007F";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Result<InitData> InitData::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"run_request", "contracts", "pipeline", "ledger", "brokers"}));
  InitData data;
  data.run_request = TRY(GetDigest(json, "run_request"));
  data.contracts = TRY(GetDigests(json, "contracts"));
  data.pipeline = TRY(GetDigest(json, "pipeline"));
  data.ledger = TRY(GetPart(json, "ledger", ReadLedger));
  data.brokers = TRY(GetList(json, "brokers", ReadBroker));
  if (data.contracts.empty()) return Malformed("contracts", "one or more", "none");
  if (!AllUnique(data.brokers, [](const Broker& broker) -> std::string_view { return broker.party; })) {
    return Malformed("brokers", "each party once", "one twice");
  }
  return data;
}

Json InitData::ToJson() const {
  return Json::Object{{"run_request", Hex(run_request)},
                      {"contracts", HexList(contracts)},
                      {"pipeline", Hex(pipeline)},
                      {"ledger", WriteLedger(ledger)},
                      {"brokers", ToList(brokers, WriteBroker)}};
}

Result<InitData> InitData::FromToml(std::string_view text) {
  const Json toml = TRY_WITH("init-data", formats::ParseToml(text, kLimits));
  TRY_WITH("init-data", toml.RefuseUnknownMembers({"version", "algorithm", "data"}));
  if (TRY_WITH("init-data", toml.GetString("version")) != "0.1.0") return Malformed("version", "0.1.0", "another");
  if (TRY_WITH("init-data", toml.GetString("algorithm")) != "sha256")
    return Malformed("algorithm", "sha256", "another");
  const Json& data = *TRY_WITH("init-data", toml.GetObject("data"));
  TRY_WITH("init-data: data", data.RefuseUnknownMembers({"cloister.json"}));
  const std::string inner = TRY_WITH("init-data: data", data.GetString("cloister.json"));
  const Json json = TRY_WITH("init-data: cloister.json", Json::Parse(inner, kLimits));
  InitData out = TRY_WITH("init-data: cloister.json", FromJson(json));
  if (TRY(out.ToJson().Canonical()) != inner) {
    return Error(ErrorCode::kMalformed, "init-data: cloister.json: expected canonical JSON (RFC 8785)");
  }
  return out;
}

std::string InitData::ToToml() const {
  const Result<std::string> json = ToJson().Canonical();
  CHECK(json);
  return "version = \"0.1.0\"\nalgorithm = \"sha256\"\n\n[data]\n\"cloister.json\" = " + TomlString(*json) + "\n";
}

const InitData::Broker* InitData::BrokerOf(std::string_view party) const {
  for (const Broker& broker : brokers) {
    if (broker.party == party) return &broker;
  }
  return nullptr;
}

Digest InitDataDigest(std::string_view toml) { return crypto::Sha256(AsBytes(toml)); }

}  // namespace cloister::contract
