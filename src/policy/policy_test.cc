#include "policy/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace cloister::policy {
namespace {

using formats::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Json kNothing = Json::Object{};

Result<Policy> CompileOne(std::string text, Dialect dialect = Dialect::kRegoV1, const Limits& limits = {}) {
  const std::vector<Module> modules = {{"test.rego", std::move(text), dialect}};
  return Policy::Compile(modules, kNothing, limits);
}

Policy Compiled(std::string text) {
  Result<Policy> policy = CompileOne(std::move(text));
  if (!policy) ADD_FAILURE() << policy.error().ToText();
  return *std::move(policy);
}

ErrorCode CompileFailure(std::string text, std::string_view expected) {
  const Result<Policy> policy = CompileOne(std::move(text));
  if (policy) {
    ADD_FAILURE() << "compiled";
    return ErrorCode::kInternal;
  }
  EXPECT_THAT(policy.error().message(), HasSubstr(expected));
  return policy.error().code();
}

Json ValueOf(const Policy& policy, std::string_view rule, const Json& input = kNothing) {
  auto evaluation = policy.Evaluate(rule, input, {});
  if (!evaluation) {
    ADD_FAILURE() << evaluation.error().ToText();
    return nullptr;
  }
  EXPECT_TRUE(evaluation->value.has_value());
  return evaluation->value.value_or(nullptr);
}

TEST(Policy, RefusesTextThatDoesNotParseAndSaysWhere) {
  EXPECT_EQ(CompileFailure("package a\nallow if {\n  1 +\n}\n", "test.rego:4:1"), ErrorCode::kMalformed);
  EXPECT_EQ(CompileFailure("allow := true\n", "test.rego:1:"), ErrorCode::kMalformed);
  EXPECT_EQ(CompileFailure("", ""), ErrorCode::kMalformed);
}

TEST(Policy, RefusesBracketsThatWouldKeepTheParserBusy) {
  const auto code = [](const std::string& rule) {
    const Module module{"test.rego", "package policy\n\n" + rule + "\n"};
    const auto compiled = Policy::Compile(std::span(&module, 1), Json::Object{}, {});
    return compiled ? std::string("compiles") : std::string(ErrorCodeName(compiled.error().code()));
  };
  const auto nested = [](int depth) { return "x := " + std::string(depth, '[') + "1" + std::string(depth, ']'); };
  EXPECT_EQ(code(nested(12)), "compiles");
  EXPECT_EQ(code(nested(13)), "limit");
  EXPECT_EQ(code("x" + std::string(40, '[')), "limit");
  EXPECT_EQ(code("x := \"" + std::string(40, '[') + "\\\"\" # " + std::string(40, '(')), "compiles");
  EXPECT_EQ(code("x := `" + std::string(40, '{') + "`"), "compiles");
  EXPECT_EQ(code("x := \"\" " + std::string(40, '[')), "limit");
}

TEST(Policy, RefusesUnknownFunctionsWhenCompiling) {
  EXPECT_EQ(CompileFailure("package a\nallow if {\n  launder(1)\n}\n", "test.rego:3:10: function `launder`"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nx contains y if { some y in [z | z := nope(1)] }\n", "`nope`"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nx := {nope(1): 2}\n", "`nope`"), ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nx if every y in nope(1) { y }\n", "`nope`"), ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nf(y) := nope(y)\n", "`nope`"), ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nx := 1 if false\nelse := nope(1)\n", "`nope`"), ErrorCode::kUnsupported);
}

TEST(Policy, RefusesTheNetworkAndRandomnessAndHugeNumbers) {
  for (const std::string call :
       {"http.send({})", "rand.intn(\"a\", 5)", "opa.runtime()", "uuid.rfc4122(\"a\")", "bits.lsh(1, 1000000000)",
        "json.unmarshal(\"1e2000000000\")", "units.parse(\"1e2000000000\")", "io.jwt.decode(\"\")"}) {
    EXPECT_EQ(CompileFailure("package a\nx := " + call + "\n", "not permitted"), ErrorCode::kUnsupported) << call;
  }
}

TEST(Policy, RefusesToReachFunctionsByOtherNames) {
  EXPECT_EQ(CompileFailure("package a\nx := y if { y := count([1]) with count as rand.intn }\n", "`with` replaces"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nf(v) := v\nx := y if { y := f(1) with f as rand.intn }\n", "`with` replaces"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CompileFailure("package a\nf(v) := v\nx := y if { y := f(1) with data.a.f as rand.intn }\n",
                           "`with` replaces"),
            ErrorCode::kUnsupported);
  EXPECT_FALSE(CompileOne("package a\nx := rand[_].intn(\"a\", 5)\n"));
}

TEST(Policy, RefusesPackagesNamedWithBrackets) {
  EXPECT_EQ(CompileFailure("package a[\"b.c\"]\nx := 1\n", "brackets"), ErrorCode::kUnsupported);
}

TEST(Policy, RefusesWhatIsTooLarge) {
  Limits limits;
  limits.module_bytes = 100;
  const auto policy = CompileOne("package a\n# " + std::string(100, 'x') + "\n", Dialect::kRegoV1, limits);
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code(), ErrorCode::kLimit);

  std::string many = "package a\n";
  for (int i = 0; i < 2100; ++i) many += "x" + std::to_string(i) + " := 1\n";
  EXPECT_EQ(CompileFailure(many, "2000 rules"), ErrorCode::kLimit);

  const Policy echo = Compiled("package a\nx := input\n");
  const auto evaluation = echo.Evaluate("data.a.x", Json(std::string(std::size_t{5} << 20, 'x')), {});
  ASSERT_FALSE(evaluation);
  EXPECT_EQ(evaluation.error().code(), ErrorCode::kLimit);
  const auto result = echo.Evaluate("data.a.x", Json(std::string(std::size_t{2} << 20, 'x')), {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kLimit);
}

TEST(Policy, SurvivesTheLongestChainOfRules) {
  std::string chain = "package a\nx0 := 1\n";
  for (int i = 1; i < 1999; ++i) chain += "x" + std::to_string(i) + " := x" + std::to_string(i - 1) + "\n";
  const Policy policy = Compiled(chain);
  EXPECT_EQ(ValueOf(policy, "data.a.x1998"), Json(1));
}

TEST(Policy, RefusesRecursion) {
  const auto policy = CompileOne("package a\nx := y\ny := x\n");
  EXPECT_FALSE(policy && policy->Evaluate("data.a.x", kNothing, {}));
}

TEST(Policy, StopsAnEvaluationThatTakesTooLong) {
  Limits limits;
  limits.time = std::chrono::milliseconds(50);
  const auto policy = CompileOne(
      "package a\nx := count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); a == b])\n",
      Dialect::kRegoV1, limits);
  ASSERT_TRUE(policy);
  const auto start = std::chrono::steady_clock::now();
  const auto evaluation = policy->Evaluate("data.a.x", kNothing, {});
  ASSERT_FALSE(evaluation);
  EXPECT_EQ(evaluation.error().code(), ErrorCode::kLimit);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Policy, StopsAnEvaluationThatTakesTooMuchMemory) {
  const Policy range = Compiled("package a\nx := count(numbers.range(1, input.n))\n");
  const auto counted = range.Evaluate("data.a.x", Json::Object{{"n", 2000000000}}, {});
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().code(), ErrorCode::kLimit) << counted.error().ToText();

  std::string doubling = "package a\nx0 := \"0123456789abcdef\"\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "x" + std::to_string(i - 1);
    doubling += "x" + std::to_string(i) + " := concat(\"\", [" + before + ", " + before + "])\n";
  }
  const Policy strings = Compiled(doubling);
  const auto doubled = strings.Evaluate("data.a.x39", kNothing, {});
  ASSERT_FALSE(doubled);
  EXPECT_EQ(doubled.error().code(), ErrorCode::kLimit) << doubled.error().ToText();
  // And the memory is free again.
  EXPECT_EQ(ValueOf(range, "data.a.x", Json::Object{{"n", 10}}), Json(10));
}

TEST(Policy, RefusesNumbersThatWouldBeWrittenOut) {
  const Policy policy = Compiled("package a\nx := to_number(input.n)\n");
  EXPECT_EQ(ValueOf(policy, "data.a.x", Json::Object{{"n", "12"}}), Json(12));
  EXPECT_EQ(ValueOf(policy, "data.a.x", Json::Object{{"n", "1.5"}}), Json(1.5));
  for (const char* text : {"1e2000000000", "1E+2000000000", "1e-2000000000", "x", ""}) {
    EXPECT_FALSE(policy.Evaluate("data.a.x", Json::Object{{"n", text}}, {})) << text;
  }
}

TEST(Policy, FailsRatherThanDenyingWhenABuiltInCannotTakeItsArgument) {
  const Policy policy = Compiled("package a\ndefault allow := false\nallow if startswith(input.name, \"a\")\n");
  const auto decision = policy.Allows("data.a.allow", Json::Object{{"name", 123456789}}, {});
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code(), ErrorCode::kMalformed);
  EXPECT_THAT(decision.error().message(), HasSubstr("test.rego:3:"));
  EXPECT_THAT(decision.error().message(), Not(HasSubstr("123456789")));
}

TEST(Policy, TellsAnUnknownRuleFromAnUndefinedOne) {
  const Policy policy = Compiled("package a\nallow if input.yes\n");
  for (const char* rule : {"data.a.alow", "data.b.allow", "data.a", "data", "", "allow", "data.a.allow; true"}) {
    const auto evaluation = policy.Evaluate(rule, kNothing, {});
    ASSERT_FALSE(evaluation) << rule;
    EXPECT_EQ(evaluation.error().code(), ErrorCode::kNotFound) << rule;
  }
  const auto undefined = policy.Evaluate("data.a.allow", kNothing, {});
  ASSERT_TRUE(undefined);
  EXPECT_FALSE(undefined->value);
}

TEST(Policy, AllowsOnlyWhatIsTrue) {
  const Policy policy = Compiled("package a\nallow := input.value\n");
  const auto decide = [&](const Json& input) {
    auto decision = policy.Allows("data.a.allow", input, {});
    EXPECT_TRUE(decision);
    return std::make_pair(decision->allowed, decision->reason);
  };
  EXPECT_EQ(decide(kNothing), std::make_pair(false, std::string("data.a.allow is undefined")));
  EXPECT_EQ(decide(Json::Object{{"value", false}}), std::make_pair(false, std::string("data.a.allow is false")));
  EXPECT_THAT(decide(Json::Object{{"value", "true"}}).second, HasSubstr("a string, expected a boolean"));
  EXPECT_THAT(decide(Json::Object{{"value", 1}}).second, HasSubstr("a number, expected a boolean"));
  EXPECT_FALSE(decide(Json::Object{{"value", Json::Array{true}}}).first);
  EXPECT_FALSE(decide(Json::Object{{"value", nullptr}}).first);
  EXPECT_EQ(decide(Json::Object{{"value", true}}), std::make_pair(true, std::string()));
}

TEST(Policy, DoesNotTakeTheTextUndefinedForUndefined) {
  const Policy policy = Compiled("package a\nx := input\n");
  EXPECT_EQ(ValueOf(policy, "data.a.x", Json("<undefined>")), Json("<undefined>"));
}

TEST(Policy, SeesOnlyTheTimeThatItIsGiven) {
  const Policy policy = Compiled("package a\nallow if time.now_ns() < time.parse_rfc3339_ns(\"2026-01-01T00:00:00Z\")\n");
  Context context;
  EXPECT_FALSE(policy.Allows("data.a.allow", kNothing, context));
  context.now = *FromRfc3339("2025-12-31T23:59:59Z");
  EXPECT_TRUE(policy.Allows("data.a.allow", kNothing, context)->allowed);
  context.now = *FromRfc3339("2026-01-01T00:00:00Z");
  EXPECT_FALSE(policy.Allows("data.a.allow", kNothing, context)->allowed);
}

TEST(Policy, SeesDataOfTheCallForThatCallOnly) {
  const std::vector<Module> modules = {{"release.rego", R"(package release
default allow := false
allow if {
  data.contract.id == input.contract
  data.account.left >= data.run.epsilon
  data.trusted[_] == input.signer
})"}};
  const auto policy = Policy::Compile(modules, Json::Object{{"trusted", Json::Array{"room"}}}, {});
  ASSERT_TRUE(policy) << policy.error().ToText();
  const Json input = Json::Object{{"contract", "c1"}, {"signer", "room"}};
  Context context;
  context.data = Json::Object{{"contract", Json::Object{{"id", "c1"}}},
                              {"account", Json::Object{{"left", 1.5}}},
                              {"run", Json::Object{{"epsilon", 1}}}};
  EXPECT_TRUE(policy->Allows("data.release.allow", input, context)->allowed);
  EXPECT_FALSE(policy->Allows("data.release.allow", input, {})->allowed);
  context.data.Set("account", Json::Object{{"left", 0.5}});
  EXPECT_FALSE(policy->Allows("data.release.allow", input, context)->allowed);

  context.data = Json::Object{{"trusted", Json::Array{"other"}}};
  const auto conflict = policy->Evaluate("data.release.allow", input, context);
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code(), ErrorCode::kMalformed);
  context.data = Json::Array{};
  EXPECT_FALSE(policy->Evaluate("data.release.allow", input, context));
  EXPECT_FALSE(Policy::Compile(modules, Json::Array{}, {}));
}

TEST(Policy, DataCannotReplaceARule) {
  const std::vector<Module> modules = {{"test.rego", "package a.b\nallow if input.yes\n"}};
  const auto policy = Policy::Compile(modules, kNothing, {});
  ASSERT_TRUE(policy);
  for (const char* text : {R"({"a":{"b":{"allow":true}}})", R"({"a":{"b":{"other":1}}})", R"({"a":{"b":true}})",
                           R"({"a":true})", R"({"cloister_probe":{"ready":1}})"}) {
    const Json data = *Json::Parse(text);
    Context context;
    context.data = data;
    const auto decision = policy->Allows("data.a.b.allow", kNothing, context);
    ASSERT_FALSE(decision) << text;
    EXPECT_EQ(decision.error().code(), ErrorCode::kMalformed);
    const auto compiled = Policy::Compile(modules, data, {});
    ASSERT_FALSE(compiled) << text;
    EXPECT_EQ(compiled.error().code(), ErrorCode::kMalformed);
  }
  Context beside;
  beside.data = Json::Object{{"a", Json::Object{{"c", 1}}}};
  EXPECT_TRUE(policy->Allows("data.a.b.allow", Json::Object{{"yes", true}}, beside)->allowed);
}

TEST(Policy, TakesTheOlderDialectOnlyWhereAsked) {
  const std::string old = "package a\nallow { input.yes }\n";
  EXPECT_FALSE(CompileOne(old));
  const auto policy = CompileOne(old, Dialect::kRegoV0);
  ASSERT_TRUE(policy) << policy.error().ToText();
  EXPECT_TRUE(policy->Allows("data.a.allow", Json::Object{{"yes", true}}, {})->allowed);

  const std::vector<Module> mixed = {{"old.rego", "package old\nok { input.yes }\n", Dialect::kRegoV0},
                                     {"new.rego", "package new\nallow if data.old.ok\n", Dialect::kRegoV1}};
  const auto both = Policy::Compile(mixed, kNothing, {});
  ASSERT_TRUE(both) << both.error().ToText();
  EXPECT_TRUE(both->Allows("data.new.allow", Json::Object{{"yes", true}}, {})->allowed);
}

TEST(Policy, CallsFunctionsOfItsOwnModules) {
  const std::vector<Module> modules = {
      {"library.rego", "package lib\ndouble(x) := x * 2\n"},
      {"main.rego", "package a\nadd(x, y) := x + y\nx := add(data.lib.double(input), 1)\n"}};
  const auto policy = Policy::Compile(modules, kNothing, {});
  ASSERT_TRUE(policy) << policy.error().ToText();
  EXPECT_EQ(ValueOf(*policy, "data.a.x", 20), Json(41));
}

TEST(Policy, GathersWhatIsPrinted) {
  const Policy policy = Compiled("package a\nallow if {\n  print(\"claims\", input.tcb)\n  input.tcb > 3\n}\n");
  const auto decision = policy.Allows("data.a.allow", Json::Object{{"tcb", 2}}, {});
  ASSERT_TRUE(decision);
  EXPECT_THAT(decision->prints, ElementsAre("test.rego:3: claims 2"));
}

// The shape of Trustee's default attestation policy: EAR trust vectors out of reference values.
constexpr const char* kAppraisal = R"(package policy
import rego.v1

default executables := 33
default hardware := 97
default configuration := 36

executables := 3 if {
  input.snp
  input.snp.measurement in data.reference.snp_launch_measurement
}

hardware := 2 if {
  input.snp
  input.snp.reported_tcb_bootloader in data.reference.tcb_bootloader
  input.snp.reported_tcb_snp in data.reference.tcb_snp
}

configuration := 2 if {
  input.snp.policy_debug_allowed == false
  not input.snp.policy_migrate_ma
}

trust_claims := {"executables": executables, "hardware": hardware, "configuration": configuration}
)";

TEST(Policy, AppraisesAsTrusteesPoliciesDo) {
  const std::vector<Module> modules = {{"default_cpu.rego", kAppraisal}};
  const Json data = *Json::Parse(
      R"({"reference":{"snp_launch_measurement":["aa","bb"],"tcb_bootloader":[3,4],"tcb_snp":[20]}})");
  const auto policy = Policy::Compile(modules, data, {});
  ASSERT_TRUE(policy) << policy.error().ToText();
  const Json good = *Json::Parse(
      R"({"snp":{"measurement":"bb","reported_tcb_bootloader":3,"reported_tcb_snp":20,
                 "policy_debug_allowed":false,"policy_migrate_ma":false}})");
  EXPECT_EQ(ValueOf(*policy, "data.policy.trust_claims", good).Dump(),
            R"({"configuration":2,"executables":3,"hardware":2})");
  const Json bad = *Json::Parse(
      R"({"snp":{"measurement":"cc","reported_tcb_bootloader":2,"reported_tcb_snp":20,"policy_debug_allowed":true}})");
  EXPECT_EQ(ValueOf(*policy, "data.policy.trust_claims", bad).Dump(),
            R"({"configuration":36,"executables":33,"hardware":97})");
}

TEST(Policy, OrderOfRulesDoesNotChangeTheDecision) {
  const std::string head = "package a\n", fallback = "default allow := false\n",
                    first = "allow if input.role == \"room\"\n", second = "allow if input.role == \"owner\"\n";
  const Policy forward = Compiled(head + fallback + first + second);
  const Policy backward = Compiled(head + second + first + fallback);
  for (const char* role : {"room", "owner", "other"}) {
    const Json input = Json::Object{{"role", role}};
    EXPECT_EQ(forward.Allows("data.a.allow", input, {})->allowed, backward.Allows("data.a.allow", input, {})->allowed);
  }
}

TEST(Policy, GivesTheSameToManyThreads) {
  const Policy policy = Compiled("package a\nx := sum([z | some y in numbers.range(1, 50); z := y * input])\n");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const auto evaluation = policy.Evaluate("data.a.x", Json(t * 100 + i), {});
        if (!evaluation || evaluation->value != Json(1275 * (t * 100 + i))) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace cloister::policy
