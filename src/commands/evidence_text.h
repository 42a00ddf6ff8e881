// Verdicts on evidence as text and as JSON.
#pragma once

#include "appraisal/appraiser.h"

namespace cloister::commands {

// A value from evidence on one line: a text without quotes where it is printable ASCII, else JSON with everything else escaped,
// so that no byte of it reaches a terminal.
std::string PlainText(const formats::Json& value);

// The policy that judged, and what came out. Without `appraisal` nothing was judged.
struct EvidenceVerdict {
  const evidence::VerifiedEvidence& evidence;
  const appraisal::Appraisal* appraisal;
  std::string policy_name;  // "built-in …", or the file
  crypto::Sha256Digest policy_digest;

  // Verified, not SIMULATED, and affirmed where there is an appraisal.
  bool Yes() const;
  formats::Json ToJson() const;
  std::string ToText() const;
};

}  // namespace cloister::commands
