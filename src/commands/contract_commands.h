// `cloister contract`: drawing up, checking, signing and reading contracts.
#pragma once

#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

struct ContractNewOptions {
  std::vector<std::string> parties;   // party.json files
  std::vector<std::string> datasets;  // dataset descriptions
  std::string ledger;                 // the ledger's card
  std::string pipeline_sha256;        // hex, of the pipeline's plaintext
  std::vector<std::string> roots;     // hex
  double epsilon = 0;
  double delta = 0;
  double total_epsilon = 0;
  double total_delta = 0;
  int max_rows = 1;                   // of one person
  int days = 30;
  int hold_seconds = 0;               // contract::ComputeTerms::hold_seconds
  std::string output;
};
// Writes the canonical contract; what the linter calls an error is refused before.
Result<Answer> ContractNew(const ContractNewOptions& options, Streams streams);

struct ContractLintOptions {
  std::string file;
  bool json = false;
};
// No: the contract cannot become active.
Result<Answer> ContractLint(const ContractLintOptions& options, Streams streams);

struct ContractSignOptions {
  std::string party;
  std::string passphrase_file;
  std::string file;
  std::string output;   // the signature
  std::string ledger;   // empty: not registered
  std::string receipt;  // where the ledger's receipt goes; given with `ledger`
};
Result<Answer> ContractSign(const ContractSignOptions& options, Streams streams);

struct ContractShowOptions {
  std::string file;
  std::string signatures;  // folder; empty: they are not looked at
};
// No: signatures were to be looked at, and one is missing.
Result<Answer> ContractShow(const ContractShowOptions& options, Streams streams);

}  // namespace cloister::commands
