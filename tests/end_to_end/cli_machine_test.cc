// SIMULATED machines through the commands that people type: what `cloister-simulator machine` prints is run as it stands.
#include <gmock/gmock.h>

#include <sstream>

#include "end_to_end/cli_world.h"

namespace cloister::cli_tests {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kNonce = "4242424242424242424242424242424242424242424242424242424242424242";

// The arguments of the command that the simulator printed.
std::vector<std::string> PrintedCommand(const std::string& text) {
  std::istringstream words(text.substr(text.find("cloister evidence verify")));
  std::vector<std::string> arguments;
  std::string word;
  words >> word;  // the program
  while (words >> word) {
    if (word != "\\") arguments.push_back(word);
  }
  return arguments;
}

Ran VerifyMachine(const std::vector<std::string>& options) {
  const auto folder = commands::TemporaryFolder::Make();
  CHECK(folder);
  std::vector<std::string> arguments = {"machine", "--nonce", kNonce, "--out", (folder->path() / "machine").string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Ran made = RunProgram(fs::path(CLOISTER_PROGRAM_DIR) / "cloister-simulator", arguments);
  if (made.code != 0) return made;
  return Cloister(PrintedCommand(made.out));
}

TEST(CliMachine, IsVerifiedAsPrintedAndNeverAYes) {
  const std::vector<std::vector<std::string>> machines = {
      {"--cpu", "tdx", "--gpus", "8", "--switches", "4"}, {"--cpu", "snp"}, {"--cpu", "sgx"}, {"--cpu", "cca"}, {"--cpu", "nitro"},
      {"--cpu", "tpm"}, {"--cpu", "gcp-vtpm"}, {"--cpu", "az-snp-vtpm"}, {"--cpu", "az-tdx-vtpm"}};
  for (const auto& machine : machines) {
    const Ran ran = VerifyMachine(machine);
    EXPECT_EQ(ran.code, 1) << machine[1] << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("SIMULATED"), HasSubstr("proved"), Not(HasSubstr("YES")))) << machine[1];
    EXPECT_THAT(ran.err, Not(HasSubstr("NOT VERIFIED"))) << machine[1];
  }
}

TEST(CliMachine, IsRefusedWithAFault) {
  for (const char* fault : {"gpu-removed", "gpu-other-firmware", "replayed", "revoked"}) {
    const Ran ran = VerifyMachine({"--cpu", "tdx", "--gpus", "2", "--fault", fault});
    EXPECT_EQ(ran.code, 1) << fault << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("NOT VERIFIED")) << fault;
  }
  EXPECT_EQ(VerifyMachine({"--cpu", "tdx", "--fault", "gpu-removed"}).code, 2);
  EXPECT_EQ(VerifyMachine({"--cpu", "abacus"}).code, 2);
}

}  // namespace
}  // namespace cloister::cli_tests
