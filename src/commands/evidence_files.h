// Evidence, and what it is verified against, in files.
#pragma once

#include <filesystem>

#include "evidence/composite.h"

namespace cloister::commands {

// A file that the command line names, read once: a pipe gives its content once.
struct GivenFile {
  std::string name;
  Bytes content;
};
// "-" is standard input. kLimit: too many, or one is longer than evidence may be, found before more than that is read.
Result<std::vector<GivenFile>> ReadGiven(const std::vector<std::string>& names);

// One piece of evidence in one or more files: one holds what hardware signed, the others certificates (DER, PEM) or what else
// belongs to it. `tee` is a kind's name or "auto". kUsage: none of the files is evidence, or several are.
Result<evidence::EvidencePart> ReadEvidence(std::span<const GivenFile> files, const std::string& tee);

// The KBS protocol's statement of a whole machine (evidence/kbs.h), where `files` is one file that holds such a JSON; else none.
Result<std::optional<evidence::KbsAttestation>> ReadMachine(std::span<const GivenFile> files);

// "nvidia-gpu=8": how many devices of which kinds. kUsage.
Result<evidence::ExpectedDevices> ReadDevices(const std::vector<std::string>& counts);

// The vendors' roots, and of `simulated_anchors` (a file, or empty) those whose SHA-256 (hex) are in `accept`.
Result<evidence::TrustAnchors> ReadAnchors(const std::string& simulated_anchors, const std::vector<std::string>& accept);

}  // namespace cloister::commands
