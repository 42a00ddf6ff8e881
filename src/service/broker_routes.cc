#include "service/broker_routes.h"

#include "service/broker_admin_routes.h"

namespace cloister::service {
namespace {

using broker::KbsError;
using broker::KbsStep;
using formats::Json;
using net::Request;
using net::Response;

constexpr std::size_t kMaxMessage = 4u << 20;

Response KbsFailureResponse(const Error& error, KbsStep step) {
  const KbsError failure = KbsError::From(error, step);
  return Response::Json(failure.status, failure.body.Dump());
}

// Runs `work` and writes its failure as a KBS error object.
template <class Work>
net::Handler Kbs(KbsStep step, Work work) {
  return [step, work = std::move(work)](const Request& request) -> Result<Response> {
    auto response = work(request);
    const bool by_token = step == KbsStep::kResource && request.headers.Count("Authorization") > 0;
    if (!response) return KbsFailureResponse(response.error(), by_token ? KbsStep::kToken : step);
    return response;
  };
}

Result<Json> JsonBody(const Request& request) {
  return TRY_WITH("body", Json::Parse(AsText(request.body), {.max_bytes = kMaxMessage}));
}

// The session's id out of the cookie. kNotFound: none came; kMalformed: more than one did.
Result<std::string> SessionOf(const Request& request) {
  if (request.headers.Count("Cookie") > 1) return Error(ErrorCode::kMalformed, "cookie: expected one header, got several");
  const std::string cookies = request.headers.Find("Cookie").value_or("");
  std::string_view rest = cookies;
  const std::string name = std::string(broker::kSessionCookie) + "=";
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    std::string_view one = rest.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name)) return std::string(one.substr(name.size()));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return Error(ErrorCode::kUntrusted, "session: expected the cookie of /auth, got none");
}

broker::Connection ConnectionOf(const Request& request, const BrokerRoutesParts& parts) {
  broker::Connection connection;
  connection.local_key = parts.tls_key;
  if (const auto exporter = ToArray<contract::kExporterSize>(request.connection.exporter)) connection.exporter = *exporter;
  return connection;
}

// RFC 6265 §4.1.1; guests look at the name and value only.
std::string CookieText(const std::string& session, Seconds lifetime) {
  return std::string(broker::kSessionCookie) + "=" + session + "; Max-Age=" + std::to_string(lifetime.count()) +
         "; Path=/kbs/v0; HttpOnly; Secure; SameSite=Strict";
}

Result<Response> Auth(const BrokerRoutesParts& parts, const Request& request) {
  const auto authed = TRY(parts.broker.Auth(TRY(JsonBody(request))));
  Response response = Response::Json(200, authed.challenge.Dump());
  response.headers.Set("Set-Cookie", CookieText(authed.session, authed.expires - parts.clock.Now()));
  return response;
}

Result<Response> Attest(const BrokerRoutesParts& parts, const Request& request) {
  const std::string session = TRY(SessionOf(request));
  const std::string token = TRY(parts.broker.Attest(session, TRY(JsonBody(request)), ConnectionOf(request, parts)));
  return Response::Json(200, Json(Json::Object{{"token", token}}).Dump());
}

Result<Response> Resource(const BrokerRoutesParts& parts, const Request& request) {
  const auto path = TRY(broker::ResourcePath::Parse(request.Capture("repository") + "/" + request.Capture("type") + "/" +
                                                    request.Capture("tag")));
  const std::string authorization = request.headers.Find("Authorization").value_or("");
  constexpr std::string_view kBearer = "Bearer ";
  if (authorization.starts_with(kBearer)) {
    return Response::Json(200, TRY(parts.broker.ResourceForToken(authorization.substr(kBearer.size()), path)));
  }
  return Response::Json(200, TRY(parts.broker.ResourceForSession(TRY(SessionOf(request)), path)));
}

}  // namespace

void AddBrokerRoutes(net::Router& router, const BrokerRoutesParts& parts) {
  const auto add = [&](std::string_view method, std::string_view path, KbsStep step, auto work) {
    router.Add(method, path, Kbs(step, [parts, work](const Request& request) { return work(parts, request); }));
  };
  add("POST", "/kbs/v0/auth", KbsStep::kAuth, Auth);
  add("POST", "/kbs/v0/attest", KbsStep::kAttest, Attest);
  add("GET", "/kbs/v0/resource/{repository}/{type}/{tag}", KbsStep::kResource, Resource);
  using Parts = BrokerRoutesParts;
  add("POST", "/kbs/v0/cloister/reserve", KbsStep::kCloister, [](const Parts& with, const Request& request) -> Result<Response> {
    const std::string session = TRY(SessionOf(request));
    return Response::Json(200, TRY(with.broker.Reserve(session, TRY(JsonBody(request)), ConnectionOf(request, with))).Dump());
  });
  add("POST", "/kbs/v0/cloister/release", KbsStep::kCloister, [](const Parts& with, const Request& request) -> Result<Response> {
    const std::string session = TRY(SessionOf(request));
    return Response::Json(200, TRY(with.broker.Release(session, TRY(JsonBody(request)), ConnectionOf(request, with))));
  });
  add("POST", "/kbs/v0/cloister/report", KbsStep::kCloister, [](const Parts& with, const Request& request) -> Result<Response> {
    const std::string session = TRY(SessionOf(request));
    return Response::Json(200, TRY(with.broker.Report(session, TRY(JsonBody(request)), ConnectionOf(request, with))).Dump());
  });
  AddBrokerAdminRoutes(router, parts);
}

}  // namespace cloister::service
