#include "service/http_broker_dialer.h"

#include "crypto/x509.h"

namespace cloister::service {
namespace {

using formats::Json;

constexpr std::size_t kMaxAnswer = 4u << 20;

ErrorCode CodeOfStatus(int status) {
  switch (status) {
    case 401: return ErrorCode::kUntrusted;
    case 403: return ErrorCode::kRefused;
    case 404: return ErrorCode::kNotFound;
    case 413: return ErrorCode::kLimit;
    default: return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kMalformed;
  }
}

class HttpBrokerConnection final : public room::BrokerConnection {
 public:
  HttpBrokerConnection(std::unique_ptr<net::Connection> connection, contract::Digest peer_key,
                       std::array<std::uint8_t, contract::kExporterSize> exporter)
      : connection_(std::move(connection)), peer_key_(peer_key), exporter_(exporter) {}

  const contract::Digest& peer_key() const override { return peer_key_; }
  const std::array<std::uint8_t, contract::kExporterSize>& exporter() const override { return exporter_; }

  Result<Json> Post(std::string_view path, const Json& body) override {
    net::Request request;
    request.method = "POST";
    request.path = std::string(path);
    request.headers.Set("Content-Type", "application/json");
    if (!cookie_.empty()) request.headers.Set("Cookie", cookie_);
    request.body = ToBytes(body.Dump());
    const net::Response response = TRY(connection_->Send(request));
    if (const auto cookie = response.headers.Find("Set-Cookie")) cookie_ = cookie->substr(0, cookie->find(';'));
    if (response.status != 200) return KbsFailure(response);
    return TRY_WITH("the broker's answer", Json::Parse(AsText(response.body), {.max_bytes = kMaxAnswer}));
  }

 private:
  std::unique_ptr<net::Connection> connection_;
  contract::Digest peer_key_;
  std::array<std::uint8_t, contract::kExporterSize> exporter_;
  std::string cookie_;
};

}  // namespace

Error KbsFailure(const net::Response& response) {
  const auto body = Json::Parse(AsText(response.body));
  const std::string status = "the broker answered " + std::to_string(response.status);
  if (!body) return Error(CodeOfStatus(response.status), status);
  const auto detail = body->GetString("detail");
  const auto code = body->GetString("code");
  return Error(code ? ErrorCodeFromName(*code, CodeOfStatus(response.status)) : CodeOfStatus(response.status),
               detail ? *detail : status);
}

Result<std::filesystem::path> RelaySocket(const std::filesystem::path& relays, std::string_view url) {
  const net::Origin origin = TRY(net::Origin::Parse(url));
  std::string name = origin.host + "-" + std::to_string(origin.port);
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain) c = '-';
  }
  return relays / (name + ".sock");
}

Result<std::unique_ptr<room::BrokerConnection>> HttpBrokerDialer::Dial(const contract::InitData::Broker& broker) {
  net::ClientConfig config{net::TrustKey{broker.key}};
  config.exporter_label = std::string(contract::kExporterLabel);
  if (relays_) config.unix_socket = TRY(RelaySocket(*relays_, broker.url));
  const net::Origin origin = TRY(net::Origin::Parse(broker.url));
  auto connection = TRY_WITH(broker.url, net::Connection::Open(origin, config));
  const auto certificate = TRY(crypto::Certificate::ParseDer(connection->info().peer_certificate));
  const auto exporter = TRY_WITH("TLS exporter", ToArray<contract::kExporterSize>(connection->info().exporter));
  const contract::Digest peer_key = crypto::Sha256(certificate.SpkiDer());
  return std::unique_ptr<room::BrokerConnection>(
      std::make_unique<HttpBrokerConnection>(std::move(connection), peer_key, exporter));
}

}  // namespace cloister::service
