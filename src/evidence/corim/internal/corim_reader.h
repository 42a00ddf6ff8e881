// Parts of a package that several files read.
#pragma once

#include "evidence/corim/corim.h"

namespace cloister::evidence::internal {

// {? 0: not before, 1: not after}. kMalformed: ends before it begins.
Result<CorimPeriod> ReadPeriod(const formats::Cbor& value);
Result<Coswid> ReadCoswid(const formats::Cbor& document);
Result<Cotl> ReadCotl(const formats::Cbor& document);
// The rules that `corim`'s profile adds; none for a profile that we do not know.
Result<void> CheckProfile(const Corim& corim);

}  // namespace cloister::evidence::internal
