// The gate: nothing leaves the room but what the contract names, serialized here, sealed to whom the contract names.
#pragma once

#include "room/work.h"

namespace cloister::room {

// An age file, complete but still in the room.
struct SealedOutput {
  contract::RunReport::Released released;
  Bytes ciphertext;
};

// Seals each output of the contract to its recipient. kMismatch: an output that the run did not make.
Result<std::vector<SealedOutput>> SealOutputs(const contract::Contract& contract, const TrainedModel& model,
                                              crypto::RandomSource& random);

// Writes NAME.SUFFIX.age and proof.json into `out`.
Result<void> HandOver(const std::filesystem::path& out, const std::vector<SealedOutput>& outputs,
                      const formats::Json& proof);

}  // namespace cloister::room
