// Keeps a store fresh: fetches what it lacks, and what of it ends soon.
#pragma once

#include "collateral/fetch.h"

namespace cloister::collateral {

struct Wanted {
  Kind kind;
  std::string key;
  auto operator<=>(const Wanted&) const = default;
};

// What a service is asked for. Nothing is, where the store's own holds for longer than `ahead` (kept). kStale counts as kept:
// the service's is older than the store's.
enum class FetchOutcome { kKept, kFetched, kFailed };
struct Fetched {
  Wanted wanted;
  FetchOutcome outcome = FetchOutcome::kKept;
  std::optional<Error> failure = std::nullopt;  // where kFailed
};

// Fetches what of `wanted` is missing, corrupt, or ends within `ahead`, and puts what holds at `now` into `store`. One failure
// doesn't keep the others away. What issuers are taken from goes first, and is fetched where it is missing: AMD's chains, and
// for Intel's root list a QE identity.
std::vector<Fetched> Refresh(Store& store, Fetcher& fetcher, std::vector<Wanted> wanted, Time now, Seconds ahead);

// Everything that the store has and that can be fetched by name.
std::vector<Wanted> AllOf(const Store& store);

}  // namespace cloister::collateral
