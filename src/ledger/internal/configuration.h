// The ledger's first entry: who it is and which rules it admits statements by.
#pragma once

#include "ledger/trust.h"

namespace cloister::ledger::internal {

struct LedgerConfiguration {
  static constexpr std::string_view kContentType = "application/vnd.cloister.ledger-configuration+json";
  static constexpr std::string_view kRules = "contract-service/v1";

  LedgerTrust trust;

  static Result<LedgerConfiguration> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return "configuration"; }
};

}  // namespace cloister::ledger::internal
