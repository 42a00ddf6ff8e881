#include "commands/evidence_collect.h"

#include "attester/machine.h"
#include "base/file.h"
#include "commands/documents.h"

namespace cloister::commands {
namespace {

Result<std::optional<std::uint32_t>> HandleOf(const std::string& hex) {
  if (hex.empty()) return std::optional<std::uint32_t>();
  const std::string digits = hex.starts_with("0x") ? hex.substr(2) : hex;
  const auto bytes = FromHex(digits);
  if (!bytes || bytes->size() != 4) return Error(ErrorCode::kUsage, "--tpm-key: expected a handle of 8 hex digits, such as 81000003");
  std::uint32_t handle = 0;
  for (const std::uint8_t byte : *bytes) handle = handle << 8 | byte;
  return std::optional(handle);
}

Result<void> Give(const EvidenceCollectOptions& options, ByteSpan content, Streams streams) {
  if (!options.output.empty()) return WriteFile(options.output, content, FileMode::kPublic);
  streams.out << AsText(content);
  return {};
}

// What was found and what wasn't, for people; beside the evidence itself.
void Say(const attester::MachineEvidence& machine, std::ostream& err) {
  for (const auto& part : machine.found) err << "found   " << part.tee << "\n";
  for (const auto& part : machine.absent) err << "absent  " << part.tee << ": " << part.why.message() << "\n";
}

}  // namespace

Result<Answer> EvidenceCollect(const EvidenceCollectOptions& options, Streams streams) {
  const auto nonce = FromHex(options.nonce);
  if (!nonce || nonce->empty() || nonce->size() > 64) {
    return Error(ErrorCode::kUsage, "--nonce: expected 2 to 128 hex digits, got something else");
  }
  if (!options.output.empty()) TRY(CheckWritable(options.output));
  attester::MachinePlaces places;
  places.root = options.root;
  places.tpm.tcti = options.tcti;
  places.tpm.key_handle = TRY(HandleOf(options.tpm_key));
  places.nvml = options.nvml;
  const auto machine = TRY(attester::CollectMachine(places, *nonce, crypto::SystemRandom()));
  Say(machine, streams.err);
  if (options.tee.empty()) {
    TRY(Give(options, AsBytes(machine.ToJson(*nonce).Pretty()), streams));
    return machine.found.empty() ? Answer::kNo : Answer::kYes;
  }
  for (const auto& part : machine.found) {
    if (part.tee != options.tee) continue;
    const std::string text = part.evidence.Pretty();
    TRY(Give(options, part.raw ? ByteSpan(*part.raw) : AsBytes(text), streams));
    return Answer::kYes;
  }
  return Answer::kNo;
}

}  // namespace cloister::commands
