// What the room does to its own process before it has anything secret.
#pragma once

#include "base/result.h"

namespace cloister::room {

// Locks all memory, present and future, or else makes sure that there is no swap; no core dumps; no debugger of the same user; no new
// privileges; and a system call filter that refuses (EPERM) starting programs, tracing, mounting, loading code into the
// kernel, and sockets other than unix ones. Success proves that all of it is in force.
// kIo: the kernel refused one; the message says which and what to raise (memory needs RLIMIT_MEMLOCK "unlimited").
Result<void> HardenProcess();

}  // namespace cloister::room
