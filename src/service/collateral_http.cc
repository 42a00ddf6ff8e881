#include "service/collateral_http.h"

#include <thread>

#include "net/client.h"

namespace cloister::service {

Result<collateral::HttpAnswer> CollateralHttp::Send(const collateral::HttpRequest& request) {
  const std::string origin = TRY(collateral::OriginOf(request.url));
  std::string target = request.url.substr(origin.size());
  if (target.empty()) target = "/";
  const net::Target parsed = TRY(net::ParseTarget(target));
  const bool plain = TRY(net::Origin::Parse(origin)).tls == false;
  net::ClientConfig config(plain ? net::Trust(net::TrustLoopback{}) : net::Trust(net::TrustAuthorities{roots_pem_, &clock_}));
  config.oldest_tls = net::OldestTls::k12;
  config.limits.body_bytes = request.max_bytes;
  const auto client = TRY(net::Client::Create(origin, std::move(config)));
  net::Request outgoing;
  outgoing.path = parsed.path;
  outgoing.query = parsed.query;
  outgoing.headers.Add("User-Agent", "cloister");
  if (!request.content_type.empty()) {
    outgoing.method = "POST";
    outgoing.headers.Add("Content-Type", request.content_type);
    outgoing.body = request.body;
  }
  net::Response response = TRY(client->Send(outgoing));
  return collateral::HttpAnswer{.status = response.status, .headers = response.headers.fields(), .body = std::move(response.body)};
}

std::chrono::milliseconds SteadyPace::Now() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void SteadyPace::Wait(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace cloister::service
