// All evidence that the machine at hand can show, and, for each kind that it can't, why not.
#pragma once

#include <filesystem>

#include "attester/tpm.h"
#include "crypto/random.h"

namespace cloister::attester {

// Where to look. The defaults are a Linux machine's own.
struct MachinePlaces {
  std::filesystem::path root = "/";  // /sys and /dev are looked for below it
  TpmOptions tpm;                    // an empty tcti: the device below `root`
  std::string nvml;                  // path or name of NVIDIA's library; empty: kNvmlLibrary
};

struct CollectedPart {
  std::string tee;         // "snp", "tdx", "cca", "nitro", "tpm", "nvidia"
  formats::Json evidence;  // as the KBS protocol or the maker's tools write it; "nitro": {document: base64}
  std::optional<Bytes> raw = std::nullopt;  // where the evidence is no JSON of its own ("nitro")
};

struct AbsentPart {
  std::string tee;  // "snp, tdx, cca" stand together, since they have one interface
  Error why;
};

struct MachineEvidence {
  std::vector<CollectedPart> found;
  std::vector<AbsentPart> absent;

  // {nonce, evidence: [{tee, evidence}], absent: [{tee, code, why}]}
  formats::Json ToJson(ByteSpan nonce) const;
};

// Takes evidence over `nonce`, 1 to 64 bytes: padded with zeros to 64 where the hardware signs report data, padded or cut to 32
// for GPUs, as it is for TPMs and Nitro. kUsage: another length.
Result<MachineEvidence> CollectMachine(const MachinePlaces& places, ByteSpan nonce, crypto::RandomSource& random);

}  // namespace cloister::attester
