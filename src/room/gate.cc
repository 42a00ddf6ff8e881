#include "room/gate.h"

#include "base/file.h"
#include "sealed/age_file.h"
#include "sealed/age_keys.h"

namespace cloister::room {

Result<std::vector<SealedOutput>> SealOutputs(const contract::Contract& contract, const TrainedModel& model,
                                              crypto::RandomSource& random) {
  const std::string card = model.card.Pretty();
  std::vector<SealedOutput> outputs;
  for (const contract::Output& output : contract.outputs) {
    const ByteSpan content = output.kind == contract::OutputKind::kModel ? ByteSpan(model.safetensors) : AsBytes(card);
    const auto recipient = TRY(sealed::Recipient::FromText(output.recipient));
    SealedOutput sealed_output;
    sealed_output.ciphertext = TRY(sealed::Seal(std::span(&recipient, 1), content, random));
    sealed_output.released = {output.name,      output.kind,
                              output.to,        output.recipient,
                              crypto::Sha256(sealed_output.ciphertext), sealed_output.ciphertext.size()};
    outputs.push_back(std::move(sealed_output));
  }
  return outputs;
}

Result<void> HandOver(const std::filesystem::path& out, const std::vector<SealedOutput>& outputs,
                      const formats::Json& proof) {
  TRY(WriteFile(out / "proof.json", AsBytes(proof.Pretty()), FileMode::kPublic));
  for (const SealedOutput& output : outputs) {
    const std::string suffix = output.released.kind == contract::OutputKind::kModel ? ".safetensors.age" : ".json.age";
    TRY(WriteFile(out / (output.released.name + suffix), output.ciphertext, FileMode::kPublic));
  }
  return {};
}

}  // namespace cloister::room
