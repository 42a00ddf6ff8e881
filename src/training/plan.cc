#include "training/plan.h"

#include <cmath>

namespace cloister::training {
namespace {

using formats::Json;

constexpr std::string_view kType = "training-plan/v1";

struct NamedSchedule {
  std::string_view name;
  Schedule schedule;
};
constexpr NamedSchedule kSchedules[] = {
    {"constant", Schedule::kConstant}, {"linear", Schedule::kLinear}, {"cosine", Schedule::kCosine}};

Result<Schedule> ReadSchedule(std::string_view text) {
  for (const NamedSchedule& named : kSchedules) {
    if (named.name == text) return named.schedule;
  }
  return Error(ErrorCode::kMalformed, "schedule: expected constant, linear or cosine");
}

Result<std::uint32_t> ReadBatch(const Json& value) {
  if (value.is_string() && TRY(value.AsString()) == "all") return std::uint32_t{0};
  const auto count = value.AsInt();
  if (!count || *count < 1 || *count > 100'000'000) {
    return Error(ErrorCode::kMalformed, "expected_batch: expected \"all\" or a number of persons");
  }
  return static_cast<std::uint32_t>(*count);
}

Result<void> ReadModel(const Json& model, TrainingPlan& plan) {
  TRY(model.RefuseUnknownMembers({"hidden", "classes", "loss"}));
  for (const Json& width : *TRY(model.GetArray("hidden"))) {
    const std::int64_t value = TRY(width.AsInt());
    if (value < 1 || value > 1'000'000) return Error(ErrorCode::kMalformed, "hidden: expected widths of 1 to 1000000");
    plan.hidden.push_back(static_cast<std::uint32_t>(value));
  }
  plan.classes = static_cast<std::uint32_t>(TRY(model.GetIntIn("classes", 2, 10'000)));
  const std::string loss = TRY(model.GetString("loss"));
  if (loss != "sigmoid" && loss != "softmax") return Error(ErrorCode::kMalformed, "loss: expected sigmoid or softmax");
  plan.loss = loss == "sigmoid" ? Loss::kSigmoid : Loss::kSoftmax;
  return {};
}

// Not NaN, and in [low, high].
Result<void> InRange(std::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return Error(ErrorCode::kUsage, std::string(name) + ": expected " + std::to_string(low) + " to " + std::to_string(high) +
                                      ", got " + std::to_string(value));
}

}  // namespace

Result<void> TrainingPlan::Check() const {
  if (hidden.size() > 16) return Error(ErrorCode::kUsage, "hidden: expected at most 16 layers");
  if (classes < 2 || classes > 10'000) return Error(ErrorCode::kUsage, "classes: expected 2 to 10000");
  if (loss == Loss::kSigmoid && classes != 2) return Error(ErrorCode::kUsage, "loss: sigmoid takes exactly 2 classes");
  if (steps < 1 || steps > 1'000'000) return Error(ErrorCode::kUsage, "steps: expected 1 to 1000000");
  TRY(InRange("clip", clip, 1e-6, 1e6));
  TRY(InRange("learning_rate", learning_rate, 1e-9, 1e9));
  TRY(InRange("momentum", momentum, 0, 0.9999));
  TRY(InRange("averaging", averaging, 0, 1));
  TRY(InRange("bias_input", bias_input, 1e-3, 10));
  TRY(InRange("centre", centre, 0, 1));
  return InRange("loss_bound", loss_bound, 0.1, 100);
}

Result<TrainingPlan> TrainingPlan::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"type", "model", "steps", "expected_batch", "clip", "learning_rate", "schedule", "momentum",
                                 "averaging", "bias_input", "centre", "validation"}));
  if (TRY(json.GetString("type")) != kType) return Error(ErrorCode::kMalformed, "type: expected training-plan/v1");
  TrainingPlan plan;
  TRY_WITH("model", ReadModel(*TRY(json.GetObject("model")), plan));
  plan.steps = static_cast<std::uint32_t>(TRY(json.GetIntIn("steps", 1, 1'000'000)));
  plan.expected_batch = TRY(ReadBatch(*TRY(json.Get("expected_batch"))));
  plan.clip = TRY(json.GetNumber("clip"));
  plan.learning_rate = TRY(json.GetNumber("learning_rate"));
  plan.schedule = TRY(ReadSchedule(TRY(json.GetString("schedule"))));
  plan.momentum = TRY(json.GetNumber("momentum"));
  plan.averaging = TRY(json.GetNumber("averaging"));
  plan.bias_input = TRY(json.GetNumber("bias_input"));
  plan.centre = TRY(json.GetNumber("centre"));
  const Json& validation = *TRY(json.GetObject("validation"));
  TRY(validation.RefuseUnknownMembers({"loss", "loss_bound"}));
  plan.validation_loss = TRY(validation.GetBool("loss"));
  plan.loss_bound = TRY(validation.GetNumber("loss_bound"));
  const auto checked = plan.Check();
  if (!checked) return Error(ErrorCode::kMalformed, checked.error().message());
  return plan;
}

Json TrainingPlan::ToJson() const {
  std::string_view schedule_name;
  for (const NamedSchedule& named : kSchedules) {
    if (named.schedule == schedule) schedule_name = named.name;
  }
  Json::Array widths;
  for (const std::uint32_t width : hidden) widths.push_back(width);
  return Json::Object{
      {"type", kType},
      {"model", Json::Object{{"hidden", widths}, {"classes", classes}, {"loss", loss == Loss::kSigmoid ? "sigmoid" : "softmax"}}},
      {"steps", steps},
      {"expected_batch", expected_batch == 0 ? Json("all") : Json(expected_batch)},
      {"clip", clip},
      {"learning_rate", learning_rate},
      {"schedule", schedule_name},
      {"momentum", momentum},
      {"averaging", averaging},
      {"bias_input", bias_input},
      {"centre", centre},
      {"validation", Json::Object{{"loss", validation_loss}, {"loss_bound", loss_bound}}}};
}

ModelShape TrainingPlan::ShapeFor(std::size_t inputs) const {
  return {inputs, hidden, loss == Loss::kSigmoid ? 1U : classes, loss};
}

}  // namespace cloister::training
