#include "commands/broker_admin.h"

#include "base/file.h"
#include "commands/party.h"
#include "service/http_broker_dialer.h"
#include "token/jwt.h"

namespace cloister::commands {
namespace {

using formats::Json;

constexpr std::string_view kAdmin = "/kbs/v0/cloister/admin/";

}  // namespace

Result<BrokerAdmin> BrokerAdmin::Connect(const std::filesystem::path& party, const std::string& url) {
  const PartyCard card = TRY(LoadPartyCard(party));
  if (!card.broker || card.broker->tls.empty()) {
    return Error(ErrorCode::kUsage, party.string() + ": expected a party with a broker, it has none");
  }
  const SecretBytes pem = TRY(ReadSecretFile(party / "broker" / "admin.pem", 64 * 1024));
  auto key = TRY(crypto::SigningKey::FromPem(pem.ExposeSecret()));
  auto client = TRY(net::Client::Create(url, net::ClientConfig{net::TrustKey{card.broker->tls[0]}}));
  return BrokerAdmin(std::move(client), std::move(key));
}

Result<Json> BrokerAdmin::Call(const std::string& method, const std::string& path, const Json& body) {
  const std::int64_t now = ToUnixSeconds(SystemClock().Now());
  const Json claims = Json::Object{{"role", "admin"}, {"sub", "owner"}, {"iat", now - 5}, {"exp", now + 60}};
  net::Request request;
  request.method = method;
  request.path = std::string(kAdmin) + path;
  request.headers.Set("Authorization", "Bearer " + token::SignJwt(key_, {}, claims));
  if (!body.is_null()) {
    request.headers.Set("Content-Type", "application/json");
    request.body = ToBytes(body.Dump());
  }
  const net::Response response = TRY(client_->Send(request));
  if (response.status != 200) return service::KbsFailure(response);
  return TRY_WITH("the broker's answer", Json::Parse(AsText(response.body), {.max_bytes = 16u << 20}));
}

Result<void> BrokerAdmin::ImportContract(const std::string& json, const std::vector<Bytes>& signatures) {
  Json::Array list;
  for (const Bytes& signature : signatures) list.push_back(ToBase64Url(signature));
  TRY(Call("POST", "contract", Json::Object{{"contract", json}, {"signatures", list}}));
  return {};
}

Result<void> BrokerAdmin::ImportSealedKey(const std::string& path, const sealed::SealingRecord& record,
                                          const sealed::Identity& identity) {
  const SecretBytes text = identity.ToText();
  TRY(Call("POST", "sealed-key",
           Json::Object{{"path", path}, {"record", record.ToJson()}, {"identity", AsText(text.ExposeSecret())}}));
  return {};
}

Result<void> BrokerAdmin::ImportCertification(ByteSpan cose) {
  TRY(Call("POST", "certification", Json::Object{{"certification", ToBase64Url(cose)}}));
  return {};
}

Result<void> BrokerAdmin::Revoke(const contract::Digest& contract, const std::string& reason) {
  TRY(Call("POST", "revoke", Json::Object{{"contract", ToHex(contract)}, {"reason", reason}}));
  return {};
}

Result<Json> BrokerAdmin::Status() { return Call("GET", "status", nullptr); }
Result<Json> BrokerAdmin::Budget() { return Call("GET", "budget", nullptr); }

}  // namespace cloister::commands
