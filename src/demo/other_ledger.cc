#include "demo/other_ledger.h"

#include <csignal>

#include "demo/stage.h"

namespace cloister::demo {

namespace fs = std::filesystem;

Result<void> OtherLedger::Copy() {
  // Stopped between two instructions, so that the files are of one moment, as after a power cut.
  world_.ledger_process().Kill(SIGSTOP);
  const auto copied = CopyFolder(world_.config().folder / "ledger", folder_);
  world_.ledger_process().Kill(SIGCONT);
  return copied;
}

Result<void> OtherLedger::CopyTlsKeyOnly() {
  std::error_code error;
  fs::create_directories(folder_, error);
  for (const char* file : {"tls.pem", "tls.crt"}) {
    if (!error) fs::copy_file(world_.config().folder / "ledger" / file, folder_ / file, error);
  }
  if (error) return Error(ErrorCode::kIo, folder_.string() + ": " + error.message());
  return {};
}

Result<std::string> OtherLedger::Start() {
  process_ = TRY(world_.StartLedgerIn(folder_, url_));
  return url_;
}

Result<void> OtherLedger::RegisterACertification(int number) {
  const Actor& certifier = world_.actor("certifier");
  const Time now = SystemClock().Now();
  const contract::Certification certification{
      certifier.card.did, {crypto::Sha384Digest{}}, {"dp-sgd/1"}, {"number " + std::to_string(number)}, now, now + std::chrono::hours(1)};
  auto client = TRY(service::HttpLedgerClient::Create(url_, world_.ledger_card().terms.tls.at(0), std::nullopt));
  TRY(client->Register(TRY(contract::SignDocument(certification, *certifier.identity, certifier.card.did, now))));
  return {};
}

}  // namespace cloister::demo
