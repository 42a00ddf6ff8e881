// The page of facts that somebody verified. Apart from RenderPage for tests only: they make facts that no contract allows.
#pragma once

#include "report/facts.h"

namespace cloister::report::internal {

Result<std::string> Render(const RunFacts& facts, const formats::Json& records);

}  // namespace cloister::report::internal
