// The ledger over HTTP (docs/formats/clean-room.md, "Ledger, HTTP").
#pragma once

#include "ledger/ledger.h"
#include "net/router.h"

namespace cloister::service {

// Adds the ledger's routes; it outlives the router.
void AddLedgerRoutes(net::Router& router, ledger::Ledger& ledger);

// Adds /healthz, /readyz and /metrics. `ready` says whether requests can be answered; both outlive the router.
void AddOperationsRoutes(net::Router& router, const telemetry::Registry& metrics, std::function<bool()> ready);

}  // namespace cloister::service
