#include "commands/open_output.h"

#include "base/file.h"
#include "sealed/age_file.h"

namespace cloister::commands {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{1} << 30;
constexpr std::size_t kMaxProof = 4u << 20;

}  // namespace

Result<OpenedOutput> OpenOutput(const std::filesystem::path& file, const std::filesystem::path& proof_file,
                                const contract::Contract& contract, const evidence::SimulatedAnchors& simulated,
                                const sealed::Identity& identity) {
  const std::string text = TRY(ReadTextFile(proof_file, kMaxProof));
  const auto json = TRY_WITH(proof_file.string() + ": expected a room's proof", formats::Json::Parse(text, {.max_bytes = kMaxProof}));
  const auto proof = TRY_WITH(proof_file.string() + ": expected a room's proof", contract::Proof::FromJson(json));
  const report::VerifiedRun run = TRY(report::VerifyRun(proof, contract, simulated));
  const Bytes ciphertext = TRY(ReadFile(file, kMaxOutput));
  auto output = TRY_WITH(file.string(), run.CheckOutput(ciphertext));
  SecretBytes plaintext = TRY_WITH(file.string(), sealed::Open(identity, ciphertext));
  return OpenedOutput{std::move(output), std::move(plaintext), run.simulated(), run.steps()};
}

}  // namespace cloister::commands
