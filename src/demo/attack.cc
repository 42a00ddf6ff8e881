#include "demo/attack.h"

#include <chrono>

namespace cloister::demo {
namespace {

// Empty, or why `refusal` is not the one that the attack has to meet.
std::string Compare(const Attack& attack, const Refusal& refusal) {
  if (refusal.by != attack.refused_by) {
    return "expected " + std::string(attack.refused_by) + " to refuse, got " + refusal.by + ": " + refusal.reason;
  }
  if (refusal.reason.find(attack.reason) == std::string::npos) {
    return "expected a refusal that says \"" + std::string(attack.reason) + "\", got: " + refusal.reason;
  }
  return "";
}

Result<void> PlayAndJudge(const Attack& attack, Stage& stage, AttackOutcome& outcome) {
  TRY(stage.Begin());
  const auto refusal = attack.play(stage);
  if (refusal) {
    outcome.refused_by = refusal->by;
    outcome.reason = refusal->reason;
  }
  const auto harm = stage.Judge(refusal ? std::optional(*refusal) : std::nullopt);
  if (!refusal) return refusal.error();
  TRY(Result<std::string>(harm));
  outcome.problem = Compare(attack, *refusal);
  if (outcome.problem.empty()) outcome.problem = *harm;
  return {};
}

}  // namespace

AttackOutcome PlayAttack(const Attack& attack, Stage& stage) {
  const auto begin = std::chrono::steady_clock::now();
  AttackOutcome outcome{.name = std::string(attack.name), .what = std::string(attack.what), .refused_by = {}, .reason = {}, .problem = {}};
  if (const auto played = PlayAndJudge(attack, stage, outcome); !played) outcome.problem = played.error().ToText();
  outcome.ok = outcome.problem.empty();
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

Result<std::vector<const Attack*>> FindAttacks(std::string_view name) {
  std::vector<const Attack*> found;
  for (const Attack& attack : AllAttacks()) {
    if (name == "all" || name == attack.name) found.push_back(&attack);
  }
  if (found.empty()) return Error(ErrorCode::kUsage, "expected the name of an attack, or all; `--attack list` names them");
  return found;
}

formats::Json AttackOutcome::ToJson() const {
  formats::Json json = formats::Json::Object{
      {"name", name}, {"what", what}, {"refused_by", refused_by}, {"reason", reason}, {"ok", ok}, {"seconds", seconds}};
  if (!problem.empty()) json.Set("problem", problem);
  return json;
}

}  // namespace cloister::demo
