// A running ledger: its folder, its keys, its server.
//
//   receipt.pem, log.pem, cosigner.pem   its keys (0600), made at the first start
//   tls.pem, tls.crt                     its TLS key and certificate
//   ledger.sqlite, head                  the log, and apart from it the last head that was signed
//   audit.jsonl                          what it refused, signed by receipt.pem
#pragma once

#include "service/daemon.h"
#include "service/ledger_card.h"

namespace cloister::ledger {
class Ledger;
}

namespace cloister::service {

struct LedgerServiceConfig {
  std::filesystem::path folder;
  std::string origin;  // names the ledger for ever; must be the same at every start
  Listen listen;
  Seconds max_checkpoint_age{300};
};

class LedgerService {
 public:
  // `clock` outlives it. kStale: the folder is an older copy than the last head that was signed, and so on; see Ledger::Open.
  static Result<std::unique_ptr<LedgerService>> Start(const LedgerServiceConfig& config, const Clock& clock,
                                                      telemetry::Logger logger);
  ~LedgerService();
  const LedgerCard& card() const { return card_; }
  // To be called now and then.
  void Tend();
  void Stop();

 private:
  LedgerService() = default;
  telemetry::Registry metrics_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<net::Server> server_;
  LedgerCard card_;
};

}  // namespace cloister::service
