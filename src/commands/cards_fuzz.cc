// Files that parties send each other: a party's card, a ledger's card, a broker's settings, addresses, and the proof beside an
// output, which nobody but a room could have made.
#include "commands/party.h"
#include "contract/sample_for_tests.h"
#include "report/verify_run.h"
#include "service/broker_service.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText({data, size});
  if (const auto listen = service::Listen::Parse(text)) CHECK(text.ends_with(std::to_string(listen->port)) || text.ends_with("0"));
  (void)commands::RoleFromName(text);
  const auto json = formats::Json::Parse(text, {.max_bytes = 4u << 20});
  if (!json) return 0;
  if (const auto card = commands::PartyCard::FromJson(*json)) {
    CHECK(commands::PartyCard::FromJson(card->ToJson())->ToJson() == card->ToJson());
    CHECK(card->ToParty().did == card->did);
  }
  if (const auto card = service::LedgerCard::FromJson(*json)) {
    CHECK(service::LedgerCard::FromJson(card->ToJson())->ToJson() == card->ToJson());
    (void)ledger::LedgerTrust::FromTerms(card->terms);
  }
  (void)service::BrokerSettings::FromJson(*json, "/folder");
  static const contract::Contract contract = contract::Sample::MakeContract();
  if (const auto proof = contract::Proof::FromJson(*json)) CHECK(!report::VerifyRun(*proof, contract, {}));
  return 0;
}
