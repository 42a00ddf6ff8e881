// The chain of a run as a picture: evidence, each provider's verdict, its key, what came out, and the ledger beneath.
#pragma once

#include "report/facts.h"
#include "report/html.h"

namespace cloister::report::internal {

// Two drawings of the same, for wide pages and for phones; the style shows one of them.
Html ChainPicture(const RunFacts& facts);

}  // namespace cloister::report::internal
