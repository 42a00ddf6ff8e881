// Whether the kernels that were chosen compute what they should, on the machine that they run on now.
#pragma once

#include "base/result.h"
#include "training/internal/kernels.h"

namespace cloister::training::internal {

// Runs each kernel on a small known problem and compares with plain loops in double precision. Takes about a tenth of a millisecond.
// kInternal: a kernel is wrong; training must not begin, since neither clipping nor noise could be relied on.
Result<void> CheckKernels(const Kernels& kernels);

}  // namespace cloister::training::internal
