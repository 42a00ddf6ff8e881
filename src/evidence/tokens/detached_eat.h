// A detached EAT bundle as NVIDIA's service answers: [["JWT", overall], {"GPU-0": JWT, …}], in which the overall token
// holds the SHA-256 of every other one (RFC 9711 §4.2.18.2).
#pragma once

#include "formats/json.h"

namespace cloister::evidence {

struct DetachedEat {
  std::string overall;
  std::map<std::string, std::string, std::less<>> submods;  // name → JWT, 1 to 32
};

// kMalformed: another structure; kLimit: over 4 MiB. Proves nothing.
Result<DetachedEat> ParseDetachedEat(std::string_view json);
// Checks that `claims`, those of the overall token, name each submodule by the SHA-256 of its JWT, and none that is not
// there. kMismatch: a digest, a submodule too many or missing; kMalformed; kUnsupported: another digest.
Result<void> CheckSubmodDigests(const formats::Json& claims, const DetachedEat& bundle);

}  // namespace cloister::evidence
