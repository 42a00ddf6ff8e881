// Whole worlds (demo::World) for tests, and what they look at when a room has ended.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/demo.h"
#include "demo/stage.h"

namespace cloister::end_to_end {

using demo::RoomInputs;
using demo::RoomRun;
using demo::World;

// The value, or the end of the test (a function that returns void) with the failure.
#define MUST(...) CLOISTER_MUST_NAMED(CLOISTER_TRY_NAME(__COUNTER__), __VA_ARGS__)
#define CLOISTER_MUST_NAMED(name, ...)          \
  __extension__({                               \
    auto name = (__VA_ARGS__);                  \
    if (!name) FAIL() << name.error().ToText(); \
    *std::move(name);                           \
  })

// A number that stands in one cell of a provider's table, or in the pipeline, and nowhere else on this machine.
struct Marker {
  std::string text;
  double value;
  std::optional<double> next = std::nullopt;  // the number beside it, where there is one
};

struct TestWorld {
  commands::TemporaryFolder folder;
  commands::Console console{nullptr};
  std::vector<Marker> markers;  // one in each provider's table, then one in the pipeline
  std::unique_ptr<World> world;
};

struct WorldOptions {
  double total_runs = 3;
  int steps = 0;  // of the training plan; 0: as the example has it
};

// Why this machine cannot have a world (no data, no namespaces); empty where it can.
const std::string& WhyNoWorld();
// All set up, on a processor that all worlds of this process share.
Result<std::unique_ptr<TestWorld>> MakeWorld(const WorldOptions& options);
// For attacks: a stage in `folder`.
demo::StageConfig StageIn(const std::filesystem::path& folder);

using demo::Charges;
using demo::FlipByte;
using demo::OnceMore;
using demo::Released;
// The room ended in `state` because `who` ("room", "broker of did:…", "ledger") refused, saying `why`, and let nothing out.
void ExpectRefused(const RoomRun& run, const std::string& state, const std::string& who, const std::string& why);

// A run as one broker has it on one account.
struct RunOnAccount {
  std::string broker;
  bool metered;
  std::string stage;  // "reserved", "released", "settled", "lapsed"
  double charged;     // epsilon
};
Result<std::vector<RunOnAccount>> RunOnAccounts(World& world, const std::string& run);
// Waits, at most `patience`, until no broker has the run as "reserved". Brokers look at their deadlines every 10 seconds.
Result<std::vector<RunOnAccount>> WaitForLapse(World& world, const std::string& run, std::chrono::seconds patience);

}  // namespace cloister::end_to_end
