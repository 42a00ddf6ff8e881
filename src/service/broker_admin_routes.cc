#include "service/broker_admin_routes.h"

namespace cloister::service {
namespace {

using broker::KbsError;
using broker::KbsStep;
using formats::Json;
using net::Request;
using net::Response;

using Work = Result<Response> (*)(broker::Broker&, const Request&);

Response Done() { return Response::Json(200, "{}"); }

Result<Json> JsonBody(const Request& request) {
  return TRY_WITH("body", Json::Parse(AsText(request.body), {.max_bytes = 2u << 20}));
}

Result<std::string> PolicyText(const Json& body) {
  return std::string(AsText(TRY_WITH("policy", FromBase64Url(TRY(body.GetString("policy"))))));
}

Result<broker::ResourcePath> PathOf(const Request& request) {
  return broker::ResourcePath::Parse(request.Capture("repository") + "/" + request.Capture("type") + "/" +
                                     request.Capture("tag"));
}

Result<Response> ImportContract(broker::Broker& broker, const Request& request) {
  const Json body = TRY(JsonBody(request));
  TRY(body.RefuseUnknownMembers({"contract", "signatures"}));
  std::vector<Bytes> signatures;
  for (const std::string& text : TRY(body.GetStrings("signatures"))) signatures.push_back(TRY(FromBase64Url(text)));
  const contract::Digest digest = TRY(broker.ImportContract(TRY(body.GetString("contract")), signatures));
  return Response::Json(200, Json(Json::Object{{"contract", ToHex(digest)}}).Dump());
}

Result<Response> ImportSealedKey(broker::Broker& broker, const Request& request) {
  const Json body = TRY(JsonBody(request));
  TRY(body.RefuseUnknownMembers({"path", "record", "identity"}));
  const auto path = TRY(broker::ResourcePath::Parse(TRY(body.GetString("path"))));
  const auto record = TRY(sealed::SealingRecord::FromJson(*TRY(body.GetObject("record"))));
  const auto identity = TRY(sealed::Identity::FromText(TRY(body.GetString("identity"))));
  TRY(broker.ImportSealedKey(path, record, identity));
  return Done();
}

Result<Response> ImportCertification(broker::Broker& broker, const Request& request) {
  const Json body = TRY(JsonBody(request));
  TRY(body.RefuseUnknownMembers({"certification"}));
  TRY(broker.ImportCertification(TRY(FromBase64Url(TRY(body.GetString("certification"))))));
  return Done();
}

Result<Response> Revoke(broker::Broker& broker, const Request& request) {
  const Json body = TRY(JsonBody(request));
  TRY(body.RefuseUnknownMembers({"contract", "reason"}));
  TRY(broker.RevokeContract(TRY(contract::DigestFromHex(TRY(body.GetString("contract")))),
                            TRY(body.GetString("reason"))));
  return Done();
}

Result<Response> SetReleasePolicy(broker::Broker& broker, const Request& request) {
  TRY(broker.SetPolicy(broker::PolicyKind::kRelease, TRY(PolicyText(TRY(JsonBody(request))))));
  return Done();
}

Result<Response> SetResourcePolicy(broker::Broker& broker, const Request& request) {
  TRY(broker.SetPolicy(broker::PolicyKind::kResource, TRY(PolicyText(TRY(JsonBody(request))))));
  return Done();
}

Result<Response> SetAttestationPolicy(broker::Broker& broker, const Request& request) {
  const Json body = TRY(JsonBody(request));
  TRY(broker.SetAttestationPolicy(TRY(body.GetString("policy_id")), TRY(PolicyText(body))));
  return Done();
}

Result<Response> SetResource(broker::Broker& broker, const Request& request) {
  TRY(broker.SetResource(TRY(PathOf(request)), request.body));
  return Response::Text(200, "text/xml", "");
}

Result<Response> DeleteResource(broker::Broker& broker, const Request& request) {
  TRY(broker.DeleteResource(TRY(PathOf(request))));
  return Response::Text(200, "text/xml", "");
}

Result<Response> Status(broker::Broker& broker, const Request&) {
  return Response::Json(200, TRY(broker.Status()).Dump());
}
Result<Response> Budget(broker::Broker& broker, const Request&) {
  return Response::Json(200, TRY(broker.Budget()).Dump());
}

// Where a refusal of what the owner asked for is written to the audit log.
enum class Noted { kByTheBroker, kHere };
using Asker = audit::RefusalLog::Asker;

}  // namespace

void AddBrokerAdminRoutes(net::Router& router, const BrokerRoutesParts& parts) {
  const auto add = [&](std::string_view method, std::string_view path, Work work, Noted noted) {
    const std::string route = std::string(method) + " " + std::string(path);
    router.Add(method, path,
               [parts, work, noted, route, method = std::string(method)](const Request& request) -> Result<Response> {
                 const auto allowed = parts.admin.Authorize(
                     method, request.path, request.headers.Find("Authorization").value_or(""), parts.clock.Now());
                 auto response = allowed ? work(parts.broker, request) : Result<Response>(allowed.error());
                 if (response) return response;
                 if (!allowed) response = parts.broker.NoteAdminRefusal(Asker::kStranger, route, response.error());
                 if (allowed && noted == Noted::kHere)
                   response = parts.broker.NoteAdminRefusal(Asker::kOwner, route, response.error());
                 // Only who may not is an admin error; for who may, what was asked for failed.
                 const KbsStep asked = request.path.ends_with("-policy") ? KbsStep::kPolicy : KbsStep::kResource;
                 const KbsError failure = KbsError::From(response.error(), allowed ? asked : KbsStep::kAdmin);
                 return Response::Json(failure.status, failure.body.Dump());
               });
  };
  add("POST", "/kbs/v0/cloister/admin/contract", ImportContract, Noted::kByTheBroker);
  add("POST", "/kbs/v0/cloister/admin/sealed-key", ImportSealedKey, Noted::kByTheBroker);
  add("POST", "/kbs/v0/cloister/admin/certification", ImportCertification, Noted::kByTheBroker);
  add("POST", "/kbs/v0/cloister/admin/revoke", Revoke, Noted::kHere);
  add("POST", "/kbs/v0/cloister/admin/release-policy", SetReleasePolicy, Noted::kHere);
  add("GET", "/kbs/v0/cloister/admin/status", Status, Noted::kHere);
  add("GET", "/kbs/v0/cloister/admin/budget", Budget, Noted::kHere);
  add("POST", "/kbs/v0/resource-policy", SetResourcePolicy, Noted::kHere);
  add("POST", "/kbs/v0/attestation-policy", SetAttestationPolicy, Noted::kHere);
  add("POST", "/kbs/v0/resource/{repository}/{type}/{tag}", SetResource, Noted::kHere);
  add("DELETE", "/kbs/v0/resource/{repository}/{type}/{tag}", DeleteResource, Noted::kHere);
}

}  // namespace cloister::service
