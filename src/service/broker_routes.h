// A broker over HTTP: KBS 0.4.0, the clean room's calls, and the owner's side (docs/formats/kbs.md).
#pragma once

#include "broker/admin.h"
#include "broker/broker.h"
#include "net/router.h"

namespace cloister::service {

// What the routes need beside the broker. All of it outlives the router.
struct BrokerRoutesParts {
  broker::Broker& broker;
  const broker::AdminAccess& admin;
  const Clock& clock;
  contract::Digest tls_key;  // SHA-256 of the SPKI of the key that the server shows
};

// Adds every route. Owner's calls (all need a bearer token that an admin rule lets through):
//   POST /kbs/v0/cloister/admin/contract       {contract: text, signatures: [COSE]} -> {contract: digest}
//   POST /kbs/v0/cloister/admin/sealed-key     {path, record, identity} -> {}
//   POST /kbs/v0/cloister/admin/certification  {certification: COSE} -> {}
//   POST /kbs/v0/cloister/admin/revoke         {contract: digest, reason} -> {}
//   POST /kbs/v0/cloister/admin/release-policy {policy: base64url} -> {}
//   GET  /kbs/v0/cloister/admin/status, GET /kbs/v0/cloister/admin/budget
void AddBrokerRoutes(net::Router& router, const BrokerRoutesParts& parts);

}  // namespace cloister::service
