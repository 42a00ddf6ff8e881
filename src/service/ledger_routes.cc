#include "service/ledger_routes.h"

#include <charconv>

#include "token/cose_key.h"

namespace cloister::service {
namespace {

using formats::Json;
using net::Request;
using net::Response;

constexpr std::string_view kCose = "application/cose";
constexpr std::string_view kReceipt = "application/scitt-receipt+cose";

Result<std::uint64_t> Number(const std::string& text, std::string_view what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kMalformed, std::string(what) + ": expected a decimal number, got other text");
  }
  return value;
}

Response Body(int status, std::string_view type, ByteSpan body) {
  return Response::Text(status, type, AsText(body));
}

Result<Response> Register(ledger::Ledger& ledger, const Request& request) {
  const ledger::Registration entry = TRY(ledger.Register(request.body));
  Response response = Body(201, kReceipt, entry.receipt);
  response.headers.Set("Location", "/entries/" + std::to_string(entry.index));
  return response;
}

Result<Response> Fresh(ledger::Ledger& ledger, const Request& request) {
  const Json json = TRY(Json::Parse(AsText(request.body)));
  return Body(200, kCose, TRY(ledger.Fresh(TRY(contract::FreshRequest::FromJson(json)))));
}

Result<Response> Consistency(ledger::Ledger& ledger, const Request& request) {
  const std::uint64_t from = TRY(Number(request.Capture("from"), "from"));
  const std::uint64_t to = TRY(Number(request.Capture("to"), "to"));
  Json::Array proof;
  for (const translog::Hash& hash : TRY(ledger.Consistency(from, to))) proof.push_back(ToBase64(hash));
  return Response::Json(200, Json(Json::Object{{"from", from}, {"to", to}, {"proof", proof}}).Dump());
}

// The keys of receipts and fresh answers, under their thumbprints.
Bytes ScittKeys(const ledger::Ledger& ledger) {
  std::vector<token::CoseKey> keys;
  for (const contract::NamedKey& key : ledger.trust().keys) keys.push_back(token::WithThumbprint(key.key));
  return token::EncodeCoseKeySet(keys);
}

}  // namespace

void AddLedgerRoutes(net::Router& router, ledger::Ledger& ledger) {
  router.Add("POST", "/entries", [&ledger](const Request& request) { return Register(ledger, request); });
  router.Add("GET", "/entries/{index}", [&ledger](const Request& request) -> Result<Response> {
    return Body(200, kReceipt, TRY(ledger.Receipt(TRY(Number(request.Capture("index"), "index")))));
  });
  router.Add("POST", "/v1/fresh", [&ledger](const Request& request) { return Fresh(ledger, request); });
  router.Add("POST", "/v1/read", [&ledger](const Request& request) -> Result<Response> {
    return Body(200, kCose, TRY(ledger.Read(request.body)));
  });
  router.Add("GET", "/checkpoint", [&ledger](const Request&) -> Result<Response> {
    return Response::Text(200, "text/plain; charset=utf-8", TRY(ledger.Checkpoint()));
  });
  router.Add("GET", "/v1/consistency/{from}/{to}", [&ledger](const Request& request) { return Consistency(ledger, request); });
  router.Add("GET", "/.well-known/scitt-keys", [&ledger](const Request&) -> Result<Response> {
    return Body(200, "application/cbor", ScittKeys(ledger));
  });
}

void AddOperationsRoutes(net::Router& router, const telemetry::Registry& metrics, std::function<bool()> ready) {
  router.Add("GET", "/healthz", [](const Request&) -> Result<Response> { return Response::Text(200, "text/plain", "ok\n"); });
  router.Add("GET", "/readyz", [ready = std::move(ready)](const Request&) -> Result<Response> {
    return ready() ? Response::Text(200, "text/plain", "ready\n") : Response::Text(503, "text/plain", "not ready\n");
  });
  router.Add("GET", "/metrics", [&metrics](const Request&) -> Result<Response> {
    return Response::Text(200, "text/plain; version=0.0.4", metrics.ToPrometheusText());
  });
}

}  // namespace cloister::service
