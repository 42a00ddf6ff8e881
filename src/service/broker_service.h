// A running broker: a party's broker folder, its server.
//
//   key.pem, tls.pem, tls.crt, root.key, admin.pub   made with the party (cloister party init)
//   store.sqlite                                     sealed under root.key
//   token.pem                                        signs attestation results; made at the first start
//   audit.jsonl                                      what it decided, signed by key.pem
//   broker.json                                      anchors and collateral, see BrokerSettings
#pragma once

#include "broker/broker.h"
#include "service/daemon.h"
#include "service/ledger_card.h"

namespace cloister::service {

// The owner's choice of what may vouch for hardware. Simulated roots are taken only by their fingerprints.
struct BrokerSettings {
  std::optional<std::filesystem::path> simulated_anchors;  // a file of evidence::SimulatedAnchors
  std::vector<contract::Digest> accept_simulated;          // which of them
  std::vector<std::filesystem::path> collateral;           // as ReadCollateral takes it
  std::map<std::string, broker::Privacy> accounts;         // the owner's, with the most that each may ever be charged
  // {simulated_anchors?, accept_simulated?: [hex], collateral?: [path], accounts?: {name: {epsilon, delta}}}; relative paths are
  // to `folder`. kUsage: roots to accept without anchors.
  static Result<BrokerSettings> FromJson(const formats::Json& json, const std::filesystem::path& folder);
};

struct BrokerServiceConfig {
  std::filesystem::path folder;
  broker::Owner owner;  // tls_keys is filled here
  LedgerCard ledger;
  BrokerSettings settings;
  Listen listen;
};

class BrokerService {
 public:
  // `clock` outlives it. kStale: the store is an older copy than the ledger knows; and whatever a file lacks.
  static Result<std::unique_ptr<BrokerService>> Start(BrokerServiceConfig config, const Clock& clock,
                                                      telemetry::Logger logger);
  ~BrokerService();
  std::string url() const;
  // To be called now and then: ends sessions, lets reservations lapse.
  void Tend();
  void Stop();

 private:
  struct State;
  explicit BrokerService(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloister::service
