// Rego policies: compiled once, evaluated many times, without network, clock or randomness of their own.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/time.h"
#include "formats/json.h"

namespace cloister::policy {

namespace internal {
struct RawPolicy;
}

enum class Dialect { kRegoV1, kRegoV0 };

// One Rego file. `name` is only a label for messages. Modules of the same package are merged.
struct Module {
  std::string name;
  std::string text;
  Dialect dialect = Dialect::kRegoV1;
};

struct Limits {
  std::chrono::milliseconds time{1000};             // for each evaluation, by the machine's monotonic clock
  std::size_t modules = 64;
  std::size_t module_bytes = std::size_t{1} << 20;  // for each module
  std::size_t input_bytes = std::size_t{4} << 20;   // for input and for data, each as JSON
  std::size_t result_bytes = std::size_t{1} << 20;  // of the result as JSON
};

// What an evaluation sees beside its input.
struct Context {
  formats::Json data = formats::Json::Object{};  // merged into the compiled data
  std::optional<Time> now = std::nullopt;        // what time.now_ns() gives; without it, asking for the time fails
};

struct Evaluation {
  std::optional<formats::Json> value;  // none: the rule is undefined for this input. Sets come as arrays.
  std::vector<std::string> prints;     // what the policy printed, each line with module and line number
};

struct Decision {
  bool allowed = false;
  std::string reason;  // why not; empty where allowed
  std::vector<std::string> prints;
};

// Immutable, so usable from many threads at once. Evaluation is a function of (modules, data, input, context): the same
// gives the same, except that time and memory limits depend on the machine (and then the answer is an error).
class Policy {
 public:
  // Compiles `modules` over `data` (an object).
  // kMalformed: a module does not parse (with line and column), or `data` is no object. kUnsupported: a module calls a
  // function that is unknown or not permitted (docs/formats/policy.md), or replaces one by `with`. kLimit: size, or
  // brackets more than 12 deep.
  static Result<Policy> Compile(std::span<const Module> modules, const formats::Json& data, const Limits& limits);

  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  // The value of `rule` (such as "data.release.allow") for `input`.
  // kNotFound: there is no such rule. kMalformed: evaluation failed (a built-in got what it cannot take, two rules gave
  // different values, no time was given), or `context.data` contradicts the compiled data. kLimit: time, memory or size.
  Result<Evaluation> Evaluate(std::string_view rule, const formats::Json& input, const Context& context) const;

  // Whether `rule` is true for `input`. Undefined, false, and any value that is not a boolean are a no, with the reason.
  // Errors as Evaluate; a caller refuses on them too.
  Result<Decision> Allows(std::string_view rule, const formats::Json& input, const Context& context) const;

 private:
  struct Free {
    void operator()(internal::RawPolicy* raw) const;
  };
  Policy(std::unique_ptr<internal::RawPolicy, Free> raw, Limits limits);

  std::unique_ptr<internal::RawPolicy, Free> raw_;
  Limits limits_;
};

}  // namespace cloister::policy
