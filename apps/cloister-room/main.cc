// The clean room: what hardware measures. It takes no arguments, so that what it does is in its init-data alone:
// /init-data.toml, /data (ciphertexts and signed documents, read only), /out, and /net (the operator's relays).
#include <cstdio>

#include "attester/tsm_attester.h"
#include "base/file.h"
#include "room/hardening.h"
#include "room/room.h"
#include "service/http_broker_dialer.h"
#include "service/http_ledger_client.h"

namespace {

using namespace cloister;

// One line for each state on standard output, for the operator.
class PrintedProgress final : public room::Progress {
 public:
  void Entered(room::State state) override {
    const std::string_view name = room::StateName(state);
    std::printf("state %.*s\n", static_cast<int>(name.size()), name.data());
    std::fflush(stdout);
  }
};

Result<room::RoomOutcome> Run() {
  TRY(room::HardenProcess());
  const std::string init_data = TRY_WITH("init-data", ReadTextFile("/init-data.toml", 1u << 20));
  const auto parsed = TRY_WITH("init-data", contract::InitData::FromToml(init_data));
  const std::filesystem::path relays = "/net";
  service::HttpBrokerDialer dialer(relays);
  if (parsed.ledger.tls.empty()) return Error(ErrorCode::kMalformed, "init-data: expected a TLS key of the ledger, got none");
  const auto relay = TRY(service::RelaySocket(relays, parsed.ledger.url));
  const auto ledger = TRY(service::HttpLedgerClient::Create(parsed.ledger.url, parsed.ledger.tls[0], relay));
  attester::ConfigfsTsm entries{std::filesystem::path(attester::kTsmReportFolder)};
  attester::TsmAttester attester(entries, crypto::SystemRandom());
  PrintedProgress progress;
  room::SteadyPace pace;
  return room::RunRoom({init_data, "/data", "/out"}, {dialer, *ledger, attester, crypto::SystemRandom(), progress, pace});
}

}  // namespace

int main(int argc, char**) {
  if (argc != 1) {
    std::fprintf(stderr, "cloister-room: expected no arguments: what it does stands in its measured init-data\n");
    return 2;
  }
  const auto outcome = Run();
  if (!outcome) {
    std::printf("failed %s\n", outcome.error().ToText().c_str());
    return 3;
  }
  std::printf("done %s%s\n", outcome->run.c_str(), outcome->simulated ? " SIMULATED" : "");
  return 0;
}
