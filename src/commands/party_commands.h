// `cloister party`: making, showing and renewing a party's keys.
#pragma once

#include "commands/answer.h"
#include "commands/party.h"

namespace cloister::commands {

struct PartyInitOptions {
  std::string folder;
  std::string did;
  std::string role;             // tdp, tdc, ccrp, sro, auditor
  std::string passphrase_file;
  std::vector<std::string> hosts;
};
Result<Answer> PartyInit(const PartyInitOptions& options, Streams streams);

struct PartyShowOptions {
  std::string folder;
  bool json = false;
};
Result<Answer> PartyShow(const PartyShowOptions& options, Streams streams);

struct PartyRotateOptions {
  std::string folder;
  std::string passphrase_file;
  std::string new_passphrase_file;
  std::string ledger;  // card of the ledger that is told; empty: none is
};
Result<Answer> PartyRotate(const PartyRotateOptions& options, Streams streams);

}  // namespace cloister::commands
