// Drawing up a contract from what the parties handed each other: cards, dataset descriptions, the ledger's card.
#pragma once

#include "commands/party.h"

namespace cloister::commands {

// What the parties agreed on beyond who and what.
struct DraftTerms {
  std::string id;  // urn:uuid:…
  Time start;
  Time expiry;
  double epsilon;        // of one run, on each table
  double delta;
  double total_epsilon;  // of all runs on the account
  double total_delta;
  std::uint32_t max_rows_per_principal = 1;
  std::vector<contract::Digest> roots;  // which vendor roots may vouch; a simulated one only by its fingerprint
  contract::MinimumTcb min_tcb{};
  std::uint32_t hold_seconds = 0;  // contract::ComputeTerms::hold_seconds
};

// Outputs go to the consumer: "model" and "card". Everyone who signs may revoke. All columns of features, label and the
// principal are permitted, nothing else. kUsage: there isn't exactly one consumer, operator, certifier and pipeline.
Result<contract::Contract> DrawUp(const std::vector<PartyCard>& parties, const contract::LedgerTerms& ledger,
                                  const std::vector<contract::Dataset>& datasets, const contract::Digest& pipeline_digest,
                                  const DraftTerms& terms);

}  // namespace cloister::commands
