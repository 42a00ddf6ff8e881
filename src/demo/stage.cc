#include "demo/stage.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/file.h"
#include "contract/ledger_documents.h"

namespace cloister::demo {
namespace {

namespace fs = std::filesystem;
using formats::Json;

constexpr std::size_t kMaxFile = 64u << 20;
constexpr double kSharedRuns = 1000;

Result<fs::path> PlanWith(const fs::path& plan, int steps, const fs::path& file) {
  if (steps == 0) return plan;
  Json changed = TRY(Json::Parse(TRY(ReadTextFile(plan, kMaxFile))));
  changed.Set("steps", steps);
  TRY(WriteFile(file, AsBytes(changed.Pretty()), FileMode::kPublic));
  return file;
}

}  // namespace

Result<fs::path> Stage::Hardware(const std::string& name, const std::vector<std::string>& options) {
  const fs::path folder = config_.folder / name;
  if (fs::exists(folder / "anchors.json")) return folder;
  std::vector<std::string> arguments = {"init", "--rsa-bits", "2048", "--dir", folder.string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  auto init = TRY(commands::Process::Start({config_.programs / "cloister-simulator", arguments, folder.string() + ".log"}));
  const auto ended = TRY(init.Wait(std::chrono::minutes(2)));
  if (ended.code != 0) return Error(ErrorCode::kIo, "cloister-simulator init: " + ended.errors);
  return folder;
}

Result<fs::path> Stage::FlawedHardware(const std::string& flaw) {
  const std::vector<std::string> options = flaw == "old" ? std::vector<std::string>{"--tcb", "old"} : std::vector{"--" + flaw};
  return Hardware("hardware-" + flaw, options);
}

Result<std::unique_ptr<World>> Stage::Make(const std::string& name, const OwnWorldOptions& options, std::vector<fs::path> more_hardware) {
  const fs::path hardware = TRY(Hardware("hardware", {}));
  const fs::path plan = TRY(PlanWith(config_.plan, options.steps, config_.folder / (name + "-plan.json")));
  Scenario scenario = TRY(BreastCancerScenario(config_.data, SplitNumber(1)));
  WorldConfig config{config_.folder / name, config_.programs, hardware, plan, options.total_runs, options.unregistered, std::move(more_hardware)};
  auto world = std::make_unique<World>(std::move(config), std::move(scenario), console_);
  TRY(world->SetUp());
  return world;
}

Result<World*> Stage::Shared() {
  if (!shared_) {
    std::vector<fs::path> flawed;
    for (const char* flaw : {"old", "expired", "revoked"}) flawed.push_back(TRY(FlawedHardware(flaw)));
    shared_ = TRY(Make("world", {.total_runs = kSharedRuns}, std::move(flawed)));
    agreed_ = shared_->agreement();
    heads_ = {};
    TRY(RememberShared());
  }
  shared_used_ = true;
  return shared_.get();
}

Result<World*> Stage::Own(const OwnWorldOptions& options) {
  own_.push_back(TRY(Make("world-" + std::to_string(++worlds_), options, {})));
  return own_.back().get();
}

Result<RoomRun> Stage::Launch(World& world, const RoomInputs& inputs, const std::optional<std::string>& kill_in_state) {
  RoomRun run = TRY(world.LaunchRoom(inputs, kill_in_state));
  played_.push_back({run, &world});
  return run;
}

Result<Refusal> Stage::LaunchRefused(World& world, const RoomInputs& inputs) {
  const RoomRun run = TRY(Launch(world, inputs));
  if (run.Done()) return Error(ErrorCode::kRefused, "expected somebody to refuse the run, and it succeeded");
  return RefusalOf(run);
}

Result<Refusal> Stage::RunRefusedUnder(const ContractChanges& changes) {
  World& world = *TRY(Shared());
  TRY(world.AgreeAnew(changes));
  return LaunchRefused(world, TRY(world.RequestRun()));
}

Result<Refusal> Stage::SqlRefused(std::string sql) {
  return RunRefusedUnder({.pipeline = [sql](Json& pipeline) { pipeline.Set("sql", sql); }});
}

Result<Refusal> Stage::PlanRefused(const std::function<void(Json&)>& change) {
  return RunRefusedUnder({.pipeline = [&change](Json& pipeline) {
    Json plan = *pipeline.Find("training");
    change(plan);
    pipeline.Set("training", plan);
  }});
}

Result<FinishedRun> Stage::HonestRun(std::size_t number) {
  World& world = *TRY(Shared());
  const Agreement now = world.agreement();
  world.Return(agreed_);
  while (honest_.size() <= number) {
    AllowRuns(1);
    const RoomInputs inputs = TRY(world.RequestRun());
    const RoomRun run = TRY(Launch(world, inputs));
    if (!run.Done()) return Error(ErrorCode::kRefused, "expected an honest run to succeed: " + run.reason);
    honest_.push_back({inputs, run});
  }
  world.Return(now);
  return honest_[number];
}

Result<Refusal> Stage::OpeningRefused(const fs::path& file, const fs::path& proof) {
  const auto opened = TRY(Shared())->OpenAsConsumer(file, proof);
  if (opened) return Error(ErrorCode::kRefused, "expected the researcher's command to refuse the file, and it opened it");
  return Refusal{"researcher", opened.error().ToText()};
}

fs::path Stage::NewFile(const std::string& name) {
  return config_.folder / ("file-" + std::to_string(++files_) + "-" + name);
}

Result<RoomRun> Stage::Honest(World& world) {
  RoomRun run = TRY(Launch(world, TRY(world.RequestRun())));
  if (!run.Done()) return Error(ErrorCode::kRefused, "expected an honest run to succeed: " + run.reason);
  return run;
}

Result<std::pair<RoomRun, RoomRun>> Stage::LaunchTogether(World& world, const RoomInputs& one, const RoomInputs& other) {
  std::optional<Result<RoomRun>> beside;
  std::thread thread([&] { beside.emplace(world.LaunchRoom(other, std::nullopt)); });
  auto first = world.LaunchRoom(one, std::nullopt);
  thread.join();
  const RoomRun a = TRY(std::move(first));
  const RoomRun b = TRY(*std::move(beside));
  played_.insert(played_.end(), {{a, &world}, {b, &world}});
  return std::pair(a, b);
}

Result<Refusal> Stage::LaunchRefusedAfter(World& world, const RoomInputs& inputs, const std::string& state,
                                          const std::function<Result<void>()>& act) {
  std::optional<Result<void>> acted;
  world.WatchStates([&](const std::string& entered) {
    if (entered == state && !acted) acted = act();
  });
  auto refusal = LaunchRefused(world, inputs);
  world.WatchStates(nullptr);
  const Refusal refused = TRY(std::move(refusal));
  if (!acted) return Error(ErrorCode::kNotFound, "expected the room to enter its state " + state + ", it failed before: " + refused.reason);
  TRY(*std::move(acted));
  return refused;
}

Refusal Stage::RefusalOf(const RoomRun& run) {
  // "CODE: state STATE: broker of did:web:NAME.example: …" where it was a broker's word.
  constexpr std::string_view kBroker = "broker of did:web:";
  constexpr std::string_view kState = "state ";
  const std::size_t state = run.reason.find(kState);
  const std::size_t colon = state == std::string::npos ? state : run.reason.find(": ", state);
  if (colon != std::string::npos && run.reason.compare(colon + 2, kBroker.size(), kBroker) == 0) {
    const std::size_t name = colon + 2 + kBroker.size();
    return {"broker of " + run.reason.substr(name, run.reason.find_first_of(".:", name) - name), run.reason};
  }
  return {run.reason.find("ledger refuses: ") != std::string::npos ? "ledger" : "room", run.reason};
}

Result<void> Stage::RememberShared() {
  before_ = TRY(Charges(*shared_));
  heads_ = TRY(ReadStorySince(*shared_, heads_, {})).heads;
  return {};
}

Result<void> Stage::Begin() {
  played_.clear();
  allowed_ = {};
  false_rooms_.clear();
  put_back_.clear();
  shared_used_ = false;
  if (shared_) before_ = TRY(Charges(*shared_));
  return {};
}

Result<std::string> Stage::JudgeWorld(World& world, const std::map<std::string, double>& before, StoryHeads& heads,
                                      const std::optional<Refusal>& refusal) {
  std::vector<RoomRun> runs;
  for (const Played& one : played_) {
    if (one.world == &world) runs.push_back(one.run);
  }
  ReadStory read = TRY(ReadStorySince(world, heads, runs));
  heads = read.heads;
  read.story.allowed = allowed_;
  read.story.false_rooms = false_rooms_;
  read.story.put_back = put_back_;
  read.story.refusal = refusal;
  std::string problem = FindContradiction(read.story);
  if (!problem.empty()) return problem;
  const auto charges = Charges(world);
  // An attack may leave brokers of its own world stopped; their logs and the ledger have told.
  if (!charges && charges.error().code() == ErrorCode::kUnavailable && &world != shared_.get()) return std::string();
  if (!charges) return charges.error();
  const double allowed = (allowed_.runs + allowed_.keys + allowed_.reservations) * world.scenario().epsilon + 1e-9;
  for (const auto& [name, charged] : *charges) {
    const auto was = before.find(name);
    const double more = charged - (was == before.end() ? 0 : was->second);
    if (more > allowed) return "expected " + name + " to be charged at most epsilon " + Json(allowed).Dump() + ", got " + Json(more).Dump();
  }
  return std::string();
}

Result<std::string> Stage::JudgeWorlds(const std::optional<Refusal>& refusal) {
  std::string problem;
  // Where an attack has a world of its own, the refusal is told there.
  if (shared_ && shared_used_) problem = TRY(JudgeWorld(*shared_, before_, heads_, own_.empty() ? refusal : std::nullopt));
  for (const auto& world : own_) {
    StoryHeads from_the_start;
    if (problem.empty()) problem = TRY(JudgeWorld(*world, {}, from_the_start, world == own_.back() ? refusal : std::nullopt));
  }
  return problem;
}

Result<std::string> Stage::Judge(const std::optional<Refusal>& refusal) {
  auto problem = JudgeWorlds(refusal);
  if (!problem) {  // an attack that broke off left the world broken: the next one gets a new one
    shared_.reset();
    honest_.clear();
  }
  if (shared_) {
    shared_->WatchStates(nullptr);
    shared_->ReplaceRoom(shared_->room_program());
    shared_->Return(agreed_);
  }
  own_.clear();
  return problem;
}

Result<Refusal> RefusalOfBroker(const std::string& actor, const Result<void>& answer) {
  if (answer) return Error(ErrorCode::kRefused, "expected the broker of " + actor + " to refuse, and it granted the call");
  return Refusal{"broker of " + actor, answer.error().ToText()};
}

Result<std::map<std::string, double>> Charges(World& world) {
  std::map<std::string, double> charges;
  for (const std::string& name : world.providers()) charges[name] = TRY(world.Budget(name)).charged_epsilon;
  return charges;
}

Result<RoomInputs> OnceMore(const RoomInputs& inputs, const std::string& name) {
  RoomInputs again = inputs;
  again.out = inputs.out.parent_path() / name / "out";
  std::error_code error;
  fs::create_directories(again.out, error);
  if (error) return Error(ErrorCode::kIo, again.out.string() + ": " + error.message());
  return again;
}

Result<void> ReplaceRunRequest(RoomInputs& inputs, const std::function<void(contract::RunRequest&)>& change,
                               const crypto::SigningKey& key, std::string_view issuer) {
  const fs::path file = inputs.data / "run-request.cose";
  const auto honest = TRY(contract::StatementFromUnverified(TRY(ReadFile(file, kMaxFile))));
  contract::RunRequest request = TRY(contract::RunRequest::FromJson(honest.payload));
  change(request);
  const Bytes cose = TRY(contract::SignDocument(request, key, issuer, honest.issued_at));
  inputs.init_data.run_request = crypto::Sha256(cose);
  return WriteFile(file, cose, FileMode::kPublic);
}

Result<void> ReplaceCertification(const RoomInputs& inputs, const std::function<void(contract::Certification&)>& change,
                                  const crypto::SigningKey& key, std::string_view issuer) {
  const fs::path file = inputs.data / "certification.cose";
  const auto honest = TRY(contract::StatementFromUnverified(TRY(ReadFile(file, kMaxFile))));
  contract::Certification certification = TRY(contract::Certification::FromJson(honest.payload));
  change(certification);
  return WriteFile(file, TRY(contract::SignDocument(certification, key, issuer, honest.issued_at)), FileMode::kPublic);
}

Result<void> Stop(Actor& owner) {
  if (!owner.broker) return {};
  owner.broker->Kill(SIGTERM);
  TRY(owner.broker->Wait(std::chrono::seconds(10)));
  return {};
}

Result<void> WaitForLapse(World& world) {
  constexpr auto kPatience = std::chrono::seconds(40);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    bool reserved = false;
    for (const std::string& name : world.providers()) {
      const Json report = TRY(world.BudgetReport(name));
      for (const Json& account : *TRY(report.GetArray("accounts"))) {
        for (const Json& run : *TRY(account.GetArray("runs"))) reserved |= TRY(run.GetString("stage")) == "reserved";
      }
    }
    if (!reserved) return {};
    if (std::chrono::steady_clock::now() > until) return Error(ErrorCode::kRefused, "expected reservations to lapse, and they stand");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Result<void> CopyFolder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::remove_all(to, error);
  if (!error) fs::create_directories(to, error);
  if (!error) fs::copy(from, to, fs::copy_options::recursive, error);
  if (error) return Error(ErrorCode::kIo, "copying " + from.string() + ": " + error.message());
  return {};
}

Result<void> ShiftClock(const World& world, RoomInputs& inputs, Seconds by) {
  std::error_code error;
  const fs::path library = fs::canonical(world.config().programs / "cloister-simulator-clock.so", error);
  if (error) return Error(ErrorCode::kNotFound, "expected cloister-simulator-clock.so beside our programs: " + error.message());
  inputs.simulator_options.insert(inputs.simulator_options.end(), {"--file", library.string(), "--env", "LD_PRELOAD=" + library.string(),
                                                                   "--env", "CLOISTER_CLOCK_SHIFT=" + std::to_string(by.count())});
  return {};
}

void WaitUntil(Time time) {
  while (SystemClock().Now() < time) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

Result<void> FlipByte(const fs::path& file, std::size_t at) {
  Bytes bytes = TRY(ReadFile(file, kMaxFile));
  if (at >= bytes.size()) return Error(ErrorCode::kLimit, file.string() + ": no byte " + std::to_string(at));
  bytes[at] ^= 1;
  return WriteFile(file, bytes, FileMode::kPublic);
}

Result<void> ReplaceFile(const fs::path& from, const fs::path& to) {
  return WriteFile(to, TRY(ReadFile(from, kMaxFile)), FileMode::kPublic);
}

Result<void> WriteProgram(const fs::path& file, ByteSpan program) {
  TRY(WriteFile(file, program, FileMode::kPublic));
  std::error_code error;
  fs::permissions(file, fs::perms::owner_all, error);
  if (error) return Error(ErrorCode::kIo, file.string() + ": " + error.message());
  return {};
}

Result<void> RevokeOnLedger(World& world, const std::string& actor) {
  const Actor& owner = world.actor(actor);
  const Time now = SystemClock().Now();
  const contract::Revocation revocation{world.contract().id, world.contract().digest(), owner.card.did, "patients objected", now};
  const Bytes cose = TRY(contract::SignDocument(revocation, *owner.identity, owner.card.did, now));
  return world.Register(cose, world.config().folder / "revocation-receipt.cose");
}

Result<void> RevokeAtBroker(World& world, const std::string& actor) {
  const Actor& owner = world.actor(actor);
  auto admin = TRY(commands::BrokerAdmin::Connect(owner.folder, owner.broker_url));
  return admin.Revoke(world.contract().digest(), "the board said no");
}

}  // namespace cloister::demo
