// One link of the hash chain of a budget account (docs/formats/clean-room.md, "Accounts").
#pragma once

#include "base/time.h"
#include "contract/charged.h"
#include "contract/signed.h"

namespace cloister::contract {

// kReserve counts as spent; kLapse gives back what no key was released for; kSettle gives back what the room did not
// use.
enum class AccountEvent { kReserve, kRelease, kSettle, kLapse };
std::string_view AccountEventName(AccountEvent event);  // "reserve", …

struct AccountEntry {
  static constexpr std::string_view kContentType = "application/vnd.cloister.account-entry+json";
  std::string broker;  // DID of the party
  std::string account;
  std::uint64_t sequence;  // from 1
  Digest previous;         // head of sequence - 1; zeros for the first
  AccountEvent event;
  std::string run;
  Digest contract;
  std::string dataset;
  double epsilon;  // of the reservation; what was spent (kSettle)
  double delta;
  Charged charged;  // the account, after this entry
  Time time;

  static Result<AccountEntry> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return account; }
  // SHA-256 of the canonical JSON.
  Digest Head() const;
  bool operator==(const AccountEntry&) const = default;
};

// "urn:cloister:unmetered:DATASET": the account of a dataset without a budget.
std::string UnmeteredAccount(std::string_view dataset);
bool IsUnmetered(std::string_view account);

}  // namespace cloister::contract
