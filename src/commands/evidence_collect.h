// `cloister evidence collect`: what the machine at hand can show about itself.
#pragma once

#include <string>

#include "commands/answer.h"

namespace cloister::commands {

struct EvidenceCollectOptions {
  std::string nonce;      // hex, 1 to 64 bytes
  std::string output;     // empty: standard output
  std::string tee;        // only this one's evidence, in its own form; empty: all, with what is absent and why
  std::string root = "/";  // where /sys and /dev are
  std::string tcti;       // empty: device:/dev/tpmrm0
  std::string tpm_key;    // hex of a persistent handle; empty: one is made
  std::string nvml;       // empty: libnvidia-ml.so.1
};
// No: the machine has no evidence to show (of that kind).
Result<Answer> EvidenceCollect(const EvidenceCollectOptions& options, Streams streams);

}  // namespace cloister::commands
