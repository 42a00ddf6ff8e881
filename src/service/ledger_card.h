// What others need to know of a ledger: its public half, as it stands in contracts, and where it answers.
#pragma once

#include "contract/contract.h"

namespace cloister::service {

struct LedgerCard {
  std::string url;
  contract::LedgerTerms terms;
  static Result<LedgerCard> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
};

}  // namespace cloister::service
