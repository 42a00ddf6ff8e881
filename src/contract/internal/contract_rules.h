// Rules of a contract that its members' types cannot express.
#pragma once

#include "contract/contract.h"

namespace cloister::contract::internal {

// kMalformed or kMismatch, naming what is wrong; see the invariants of Contract.
Result<void> CheckContract(const Contract& contract);

}  // namespace cloister::contract::internal
