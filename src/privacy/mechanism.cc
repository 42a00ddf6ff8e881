#include "privacy/mechanism.h"

namespace cloister::privacy {
namespace {

constexpr std::string_view kSubsampledGaussianName = "subsampled-gaussian";

Result<void> CheckEvent(const MechanismEvent& event) {
  if (event.kind != MechanismKind::kSubsampledGaussian) return Error(ErrorCode::kUnsupported, "unknown mechanism kind");
  // Written so that NaN fails each comparison.
  if (!(event.sigma >= kMinimumSigma && event.sigma <= kMaximumSigma)) {
    return Error(ErrorCode::kUsage, "sigma: expected 0.01 to 1e6, got " + std::to_string(event.sigma));
  }
  if (!(event.q > 0 && event.q <= 1)) {
    return Error(ErrorCode::kUsage, "q: expected more than 0 and at most 1, got " + std::to_string(event.q));
  }
  if (event.steps == 0 || event.steps > kMaximumSteps) {
    return Error(ErrorCode::kUsage, "steps: expected 1 to 10000000, got " + std::to_string(event.steps));
  }
  return {};
}

}  // namespace

Result<void> CheckComposition(std::span<const MechanismEvent> events) {
  if (events.empty() || events.size() > kMaximumEvents) {
    return Error(ErrorCode::kUsage, "mechanisms: expected 1 to 64 events, got " + std::to_string(events.size()));
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    TRY_WITH("mechanisms[" + std::to_string(i) + "]", CheckEvent(events[i]));
  }
  return {};
}

Result<void> CheckDelta(double delta) {
  if (delta > 0 && delta < 1) return {};
  return Error(ErrorCode::kUsage, "delta: expected more than 0 and less than 1, got " + std::to_string(delta));
}

formats::Json CompositionToJson(std::span<const MechanismEvent> events) {
  formats::Json::Array list;
  for (const MechanismEvent& event : events) {
    CHECK(event.kind == MechanismKind::kSubsampledGaussian);
    list.push_back(formats::Json::Object{
        {"mechanism", kSubsampledGaussianName}, {"sigma", event.sigma}, {"q", event.q}, {"steps", event.steps}});
  }
  return list;
}

Result<Composition> CompositionFromJson(const formats::Json& json) {
  Composition events;
  const formats::Json::Array& list = *TRY(json.AsArray());
  if (list.size() > kMaximumEvents) return Error(ErrorCode::kLimit, "mechanisms: expected at most 64 events");
  for (const formats::Json& entry : list) {
    TRY(entry.RefuseUnknownMembers({"mechanism", "sigma", "q", "steps"}));
    if (TRY(entry.GetString("mechanism")) != kSubsampledGaussianName) {
      return Error(ErrorCode::kUnsupported, "mechanism: expected subsampled-gaussian");
    }
    const std::int64_t steps = TRY(entry.GetIntIn("steps", 1, static_cast<std::int64_t>(kMaximumSteps)));
    const double sigma = TRY(entry.GetNumber("sigma"));
    const double q = TRY(entry.GetNumber("q"));
    events.push_back({MechanismKind::kSubsampledGaussian, sigma, q, static_cast<std::uint64_t>(steps)});
  }
  auto checked = CheckComposition(events);
  if (!checked) return Error(ErrorCode::kMalformed, checked.error().message());
  return events;
}

}  // namespace cloister::privacy
