#include "contract/account_entry.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

std::string_view AccountEventName(AccountEvent event) {
  switch (event) {
    case AccountEvent::kReserve:
      return "reserve";
    case AccountEvent::kRelease:
      return "release";
    case AccountEvent::kSettle:
      return "settle";
    case AccountEvent::kLapse:
      return "lapse";
  }
  CHECK(false);
}

Result<AccountEntry> AccountEntry::FromJson(const Json& json) {
  TRY(CheckType(json, "account-entry/v1",
                {"type", "broker", "account", "sequence", "previous", "event", "run", "contract", "dataset", "epsilon",
                 "delta", "charged", "time"}));
  AccountEntry entry{};
  entry.broker = TRY(GetDid(json, "broker"));
  entry.account = TRY(GetText(json, "account", 512));
  entry.sequence = TRY(GetCount(json, "sequence", 1));
  entry.previous = TRY(GetDigest(json, "previous"));
  entry.event = TRY(GetEnum(
      json, "event", {AccountEvent::kReserve, AccountEvent::kRelease, AccountEvent::kSettle, AccountEvent::kLapse},
      AccountEventName));
  entry.run = TRY(GetUuid(json, "run"));
  entry.contract = TRY(GetDigest(json, "contract"));
  entry.dataset = TRY(GetUrnUuid(json, "dataset"));
  entry.epsilon = TRY(GetFinite(json, "epsilon", 0, 1e6));
  entry.delta = TRY(GetFinite(json, "delta", 0, 1));
  entry.charged = TRY(GetPart(json, "charged", Charged::FromJson));
  entry.time = TRY(GetTime(json, "time"));
  if ((entry.sequence == 1) != (entry.previous == Digest{})) {
    return Malformed("previous", "zeros at sequence 1 and only there", "otherwise");
  }
  return entry;
}

Json AccountEntry::ToJson() const {
  return Json::Object{{"type", "account-entry/v1"},
                      {"broker", broker},
                      {"account", account},
                      {"sequence", Count(sequence)},
                      {"previous", Hex(previous)},
                      {"event", AccountEventName(event)},
                      {"run", run},
                      {"contract", Hex(contract)},
                      {"dataset", dataset},
                      {"epsilon", Number(epsilon)},
                      {"delta", Number(delta)},
                      {"charged", charged.ToJson()},
                      {"time", ToRfc3339(time)}};
}

Digest AccountEntry::Head() const {
  const Result<Digest> head = CanonicalDigest(ToJson());
  CHECK(head);
  return *head;
}

std::string UnmeteredAccount(std::string_view dataset) { return "urn:cloister:unmetered:" + std::string(dataset); }
bool IsUnmetered(std::string_view account) { return account.starts_with("urn:cloister:unmetered:"); }

}  // namespace cloister::contract
