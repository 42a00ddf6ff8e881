// Reads what all parties of a world wrote down, and verifies it.
#pragma once

#include "demo/audit_story.h"
#include "demo/world.h"

namespace cloister::demo {

// How long the logs were when a story began.
struct StoryHeads {
  std::map<std::string, audit::AuditHead> brokers;  // by name
  audit::AuditHead ledger;
  std::uint64_t entries = 0;  // of the ledger's log itself
};

struct ReadStory {
  AuditStory story;  // `allowed` and `refusal` are the caller's to fill in
  StoryHeads heads;  // where the next story begins
};

// The story of `runs` since `begin`. Every log must hold under its owner's key and continue `begin`; a room's under a
// key that a broker attested for its run. Entries of the ledger are read as the consumer, and account entries verified
// by the keys of their brokers. kUntrusted, kStale, kMismatch: a log does not hold; the message names it. A ledger that
// does not answer leaves `accounts` empty.
Result<ReadStory> ReadStorySince(World& world, const StoryHeads& begin, std::span<const RoomRun> runs);

// The files that a room let out, beside its own log.
std::vector<std::string> Released(const RoomRun& run);

}  // namespace cloister::demo
