// The owner's side of a broker over HTTP; see broker_routes.h.
#pragma once

#include "service/broker_routes.h"

namespace cloister::service {

void AddBrokerAdminRoutes(net::Router& router, const BrokerRoutesParts& parts);

}  // namespace cloister::service
