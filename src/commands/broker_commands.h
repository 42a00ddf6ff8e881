// `cloister broker …`, `cloister budget show`: the owner's commands to its own broker.
#pragma once

#include <string>

#include "commands/answer.h"

namespace cloister::commands {

struct BrokerAt {
  std::string party;  // the owner's folder
  std::string url;
  bool json = false;
};
Result<Answer> BrokerStatus(const BrokerAt& options, Streams streams);
Result<Answer> BudgetShow(const BrokerAt& options, Streams streams);

struct BrokerImportOptions {
  std::string party;
  std::string url;
  std::string contract;    // with its signatures' folder
  std::string signatures;
  std::string certification;
  std::string key;         // repo/type/tag, with record and identity
  std::string record;
  std::string identity;
};
// kUsage: nothing to import, or a part without those it belongs to. Everything is read before anything is sent.
Result<Answer> BrokerImport(const BrokerImportOptions& options, Streams streams);

}  // namespace cloister::commands
