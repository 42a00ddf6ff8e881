// Where attacks are played: worlds on one SIMULATED processor, and what must hold in them afterwards.
#pragma once

#include "demo/false_room.h"
#include "demo/read_story.h"
#include "demo/world.h"

namespace cloister::demo {

struct StageConfig {
  std::filesystem::path folder;    // for the worlds; exists
  std::filesystem::path programs;  // where our programs are
  std::filesystem::path data;      // the scenario's file
  std::filesystem::path plan;      // the training plan (JSON)
};

struct OwnWorldOptions {
  double total_runs = 3;                    // the budget is worth so many
  int steps = 0;                            // of the training plan, such as kLongTraining; 0: as it stands
  std::set<std::string> unregistered = {};  // parties whose signature the ledger never gets
};

struct FinishedRun {
  RoomInputs inputs;
  RoomRun run;
};

class Stage {
 public:
  explicit Stage(StageConfig config) : config_(std::move(config)) {}

  // The world that attacks share; they leave it as they found it.
  Result<World*> Shared();
  // A world for one attack alone, gone after it.
  Result<World*> Own(const OwnWorldOptions& options);
  // A processor of its own, made by `cloister-simulator init` with `options`; its folder.
  Result<std::filesystem::path> Hardware(const std::string& name, const std::vector<std::string>& options);
  // One whose root the parties of the shared world name, but which is "old" (firmware), "expired" (chip certificate) or
  // "revoked" (the vendor's intermediate certificate).
  Result<std::filesystem::path> FlawedHardware(const std::string& flaw);

  // Launches a room, remembers the run for the judgement, and says how it ended.
  Result<RoomRun> Launch(World& world, const RoomInputs& inputs, const std::optional<std::string>& kill_in_state = std::nullopt);
  // The same where the room is to fail. kRefused: it did not.
  Result<Refusal> LaunchRefused(World& world, const RoomInputs& inputs);
  // One run in the shared world under another contract (World::AgreeAnew), which the room is to refuse.
  Result<Refusal> RunRefusedUnder(const ContractChanges& changes);
  // The same with nothing changed but the pipeline's SQL, or its training plan.
  Result<Refusal> SqlRefused(std::string sql);
  Result<Refusal> PlanRefused(const std::function<void(formats::Json&)>& change);
  // A run that has to succeed.
  Result<RoomRun> Honest(World& world);
  // Two rooms at the same time; watching states is for one room.
  Result<std::pair<RoomRun, RoomRun>> LaunchTogether(World& world, const RoomInputs& one, const RoomInputs& other);
  // The same where `act` is done as soon as the room enters `state`.
  Result<Refusal> LaunchRefusedAfter(World& world, const RoomInputs& inputs, const std::string& state,
                                     const std::function<Result<void>()>& act);
  // Who refused in a run that failed.
  static Refusal RefusalOf(const RoomRun& run);

  // A finished honest run in the shared world; each number is made once and lent to all attacks.
  Result<FinishedRun> HonestRun(std::size_t number);
  // The researcher opens `file` with `proof`, and is to refuse it.
  Result<Refusal> OpeningRefused(const std::filesystem::path& file, const std::filesystem::path& proof);
  // A name for a file that the attack makes.
  std::filesystem::path NewFile(const std::string& name);

  // This attack contains `runs` honest runs, which may come out and be charged.
  void AllowRuns(int runs) { allowed_.runs += runs; }
  // `runs` of its runs are refused after keys were released: nothing comes out, and what was reserved stays charged.
  void AllowKeys(int runs) { allowed_.keys += runs; }
  // `runs` of its runs are refused by one broker when others have reserved: charged until the run request lapses.
  void AllowReservations(int runs) { allowed_.reservations += runs; }
  // A false room plays `run` so far that it gets keys.
  void PlayFalsely(const std::string& run) { false_rooms_.insert(run); }
  // The attack replaces the broker's folder, its log in it, by another copy.
  void PutBack(const std::string& actor) { put_back_.insert(actor); }

  // Before and after each attack. Judge(): empty, or what should not be: something came out, somebody was billed, or the
  // parties' audit logs tell another story than that `refusal`.
  Result<void> Begin();
  Result<std::string> Judge(const std::optional<Refusal>& refusal);

 private:
  struct Played {
    RoomRun run;
    World* world;
  };
  Result<std::unique_ptr<World>> Make(const std::string& name, const OwnWorldOptions& options,
                                      std::vector<std::filesystem::path> more_hardware);
  Result<std::string> JudgeWorlds(const std::optional<Refusal>& refusal);
  // Charges in `world` beyond `before`, and the story that its logs tell from `heads` on, which go on to the next story.
  Result<std::string> JudgeWorld(World& world, const std::map<std::string, double>& before, StoryHeads& heads,
                                 const std::optional<Refusal>& refusal);
  Result<void> RememberShared();
  StageConfig config_;
  commands::Console console_{nullptr};
  std::unique_ptr<World> shared_;
  std::vector<std::unique_ptr<World>> own_;
  int worlds_ = 0;
  int files_ = 0;
  AllowedRuns allowed_;
  std::set<std::string> false_rooms_;
  std::set<std::string> put_back_;
  bool shared_used_ = false;
  std::map<std::string, double> before_;  // charges in the shared world
  StoryHeads heads_;                      // of its logs
  Agreement agreed_;                      // what it was set up with
  std::vector<Played> played_;
  std::vector<FinishedRun> honest_;  // of the shared world
};

// The refusal that the broker of `actor` answered a call with. kRefused: it granted it.
Result<Refusal> RefusalOfBroker(const std::string& actor, const Result<void>& answer);
template <class T>
Result<Refusal> RefusalOfBroker(const std::string& actor, const Result<T>& answer) {
  return RefusalOfBroker(actor, answer ? Result<void>() : Result<void>(answer.error()));
}
// What each provider's account is charged (epsilon), by the provider's name.
Result<std::map<std::string, double>> Charges(World& world);
// The same inputs for one more launch, with an empty folder for what comes out.
Result<RoomInputs> OnceMore(const RoomInputs& inputs, const std::string& name);
// Another run request in the place of the one in `inputs`, as `change` makes it from that, signed by `key` as `issuer`; the
// init-data names it.
Result<void> ReplaceRunRequest(RoomInputs& inputs, const std::function<void(contract::RunRequest&)>& change,
                               const crypto::SigningKey& key, std::string_view issuer);
// The same for the room's certification, which no init-data names.
Result<void> ReplaceCertification(const RoomInputs& inputs, const std::function<void(contract::Certification&)>& change,
                                  const crypto::SigningKey& key, std::string_view issuer);
// Ends the broker of `owner` as its operator would.
Result<void> Stop(Actor& owner);
// Waits until nothing is reserved any more: all reservations were released, settled, or have lapsed.
Result<void> WaitForLapse(World& world);
// What is in the folder `from`, and nothing else, in the folder `to`: a backup, or one put back.
Result<void> CopyFolder(const std::filesystem::path& from, const std::filesystem::path& to);
// The room will see another time of day: SIMULATED by a library that is launched, and measured, with it.
Result<void> ShiftClock(const World& world, RoomInputs& inputs, Seconds by);
// Sleeps until the clock shows `time`.
void WaitUntil(Time time);
Result<void> FlipByte(const std::filesystem::path& file, std::size_t at);
// Puts a copy of `from` in the place of `to`.
Result<void> ReplaceFile(const std::filesystem::path& from, const std::filesystem::path& to);
inline constexpr std::size_t kMaxProgram = std::size_t{1} << 30;  // bytes
Result<void> WriteProgram(const std::filesystem::path& file, ByteSpan program);

// The party takes the world's contract back: on the ledger, or at its own broker only.
Result<void> RevokeOnLedger(World& world, const std::string& actor);
Result<void> RevokeAtBroker(World& world, const std::string& actor);
inline constexpr int kLongTraining = 1000;  // steps; a second or more

}  // namespace cloister::demo
