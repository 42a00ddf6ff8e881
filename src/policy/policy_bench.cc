#include <benchmark/benchmark.h>

#include "policy/policy.h"

namespace cloister::policy {
namespace {

using formats::Json;

constexpr const char* kRelease = R"(package release
default allow := false
allow if {
  input.submods.cpu["ear.status"] == "affirming"
  some trusted in data.rooms
  input.measurement == trusted
  data.account.left >= data.run.epsilon
})";

Policy Release() {
  const std::vector<Module> modules = {{"release.rego", kRelease}};
  auto policy = Policy::Compile(modules, Json::Object{{"rooms", Json::Array{"a", "b"}}}, {});
  CHECK(policy.has_value());
  return *std::move(policy);
}

const Json kClaims = Json::Object{
    {"measurement", "b"}, {"submods", Json::Object{{"cpu", Json::Object{{"ear.status", "affirming"}}}}}};

void BM_Compile(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Release());
}
BENCHMARK(BM_Compile);

void BM_AllowsWithCompiledDataOnly(benchmark::State& state) {
  const Policy policy = Release();
  for (auto _ : state) benchmark::DoNotOptimize(policy.Allows("data.release.allow", kClaims, {}));
}
BENCHMARK(BM_AllowsWithCompiledDataOnly);

void BM_AllowsWithDataOfTheCall(benchmark::State& state) {
  const Policy policy = Release();
  Context context;
  context.data = Json::Object{{"account", Json::Object{{"left", 2}}}, {"run", Json::Object{{"epsilon", 1}}}};
  for (auto _ : state) {
    const auto decision = policy.Allows("data.release.allow", kClaims, context);
    CHECK(decision.has_value() && decision->allowed);
  }
}
BENCHMARK(BM_AllowsWithDataOfTheCall);

}  // namespace
}  // namespace cloister::policy
