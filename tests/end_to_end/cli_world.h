// What tests of the operator's tool share: the built program, and a folder in which every file that its subcommands need
// was made by those subcommands themselves.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/process.h"
#include "demo/demo.h"

namespace cloister::cli_tests {

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

// Runs `program` with `arguments` and waits for its end.
Ran RunProgram(const std::filesystem::path& program, const std::vector<std::string>& arguments);
// Runs the built `cloister`.
Ran Cloister(const std::vector<std::string>& arguments);

void WriteText(const std::filesystem::path& file, std::string_view text, bool only_owner = false);
std::string ReadText(const std::filesystem::path& file);

// A ledger, four parties, sealed data, a signed contract, a run request.
class CliWorld {
 public:
  // One for the whole test program.
  static const CliWorld& Get();

  std::string At(const std::string& name) const { return (folder_->path() / name).string(); }
  const std::filesystem::path& folder() const { return folder_->path(); }

 private:
  CliWorld();
  void StartLedger();
  void MakeParties();
  void SealData();
  void MakeContract();
  void Must(const std::vector<std::string>& arguments);

  std::optional<commands::TemporaryFolder> folder_;
  std::optional<commands::Process> ledger_;
};

}  // namespace cloister::cli_tests
