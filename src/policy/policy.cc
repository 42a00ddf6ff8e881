#include "policy/policy.h"

#include "policy/internal/engine.h"

namespace cloister::policy {
namespace {

constexpr std::size_t kMaxNesting = 12;

using formats::Json;
using internal::Slice;

Slice AsSlice(std::string_view text) {
  const ByteSpan bytes = AsBytes(text);
  return {bytes.data(), bytes.size()};
}

// A buffer that the Rust side gave out.
class OwnedBuffer {
 public:
  OwnedBuffer() = default;
  ~OwnedBuffer() { internal::cloister_policy_free_buffer(raw_); }
  OwnedBuffer(const OwnedBuffer&) = delete;
  OwnedBuffer& operator=(const OwnedBuffer&) = delete;

  internal::Buffer* out() { return &raw_; }
  std::string_view text() const { return raw_.size == 0 ? "" : AsText(ByteSpan(raw_.data, raw_.size)); }

 private:
  internal::Buffer raw_ = {nullptr, 0};
};

Error ErrorOf(std::int32_t status, const OwnedBuffer& message) {
  const std::string text = "policy: " + std::string(message.text());
  switch (status) {
    case internal::kMalformed:
    case internal::kEvaluation:
      return Error(ErrorCode::kMalformed, text);
    case internal::kUnsupported:
      return Error(ErrorCode::kUnsupported, text);
    case internal::kLimit:
      return Error(ErrorCode::kLimit, text);
    case internal::kNotFound:
      return Error(ErrorCode::kNotFound, text);
    default:
      return Error(ErrorCode::kInternal, text);
  }
}

Result<void> CheckSize(std::string_view what, std::size_t size, std::size_t maximum) {
  if (size <= maximum) return {};
  return Error(ErrorCode::kLimit, "policy: expected " + std::string(what) + " of at most " + std::to_string(maximum) +
                                      " bytes, got " + std::to_string(size));
}

Result<std::string> DumpWithin(const Json& value, std::size_t maximum, std::string_view what) {
  std::string text = value.Dump();
  TRY(CheckSize(what, text.size(), maximum));
  return text;
}

Result<std::string> DumpData(const Json& data, std::size_t maximum) {
  if (!data.is_object()) return Error(ErrorCode::kMalformed, "policy: expected data to be an object");
  return DumpWithin(data, maximum, "data");
}

// Where the quoted text, raw text or comment that begins at `at` ends.
std::size_t EndOfQuiet(std::string_view text, std::size_t at) {
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  if (text[at] == '`') return std::min(text.find('`', at + 1), text.size());
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
  return std::min(end, text.size());
}

// The engine's parser takes twice as long for each bracket within a bracket.
Result<void> CheckNesting(const std::string& what, std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '#' || c == '`' || c == '"') at = EndOfQuiet(text, at);
    if (c == '[' || c == '{' || c == '(') ++depth;
    if ((c == ']' || c == '}' || c == ')') && depth > 0) --depth;
    if (depth > kMaxNesting) {
      return Error(ErrorCode::kLimit,
                   "policy: expected brackets at most " + std::to_string(kMaxNesting) + " deep in " + what);
    }
  }
  return {};
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view TypeName(const Json& value) {
  switch (value.type()) {
    case formats::JsonType::kNull:
      return "null";
    case formats::JsonType::kBool:
      return "a boolean";
    case formats::JsonType::kInt:
    case formats::JsonType::kDouble:
      return "a number";
    case formats::JsonType::kString:
      return "a string";
    case formats::JsonType::kArray:
      return "an array";
    case formats::JsonType::kObject:
      return "an object";
  }
  return "nothing";
}

}  // namespace

void Policy::Free::operator()(internal::RawPolicy* raw) const { internal::cloister_policy_free(raw); }

Policy::Policy(std::unique_ptr<internal::RawPolicy, Free> raw, Limits limits) : raw_(std::move(raw)), limits_(limits) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

Result<Policy> Policy::Compile(std::span<const Module> modules, const Json& data, const Limits& limits) {
  if (modules.size() > limits.modules) {
    return Error(ErrorCode::kLimit, "policy: expected at most " + std::to_string(limits.modules) + " modules, got " +
                                        std::to_string(modules.size()));
  }
  std::vector<internal::RawModule> raw_modules;
  for (const Module& module : modules) {
    TRY(CheckSize("module " + module.name, module.text.size(), limits.module_bytes));
    TRY(CheckNesting("module " + module.name, module.text));
    raw_modules.push_back({AsSlice(module.name), AsSlice(module.text), module.dialect == Dialect::kRegoV0});
  }
  const std::string data_text = TRY(DumpData(data, limits.input_bytes));
  const internal::RawLimits raw_limits = {static_cast<std::uint64_t>(std::max<std::int64_t>(limits.time.count(), 1)),
                                          limits.module_bytes, limits.result_bytes};
  internal::RawPolicy* raw = nullptr;
  OwnedBuffer error;
  const std::int32_t status = internal::cloister_policy_compile(raw_modules.data(), raw_modules.size(),
                                                                AsSlice(data_text), &raw_limits, &raw, error.out());
  if (status != internal::kOk) return ErrorOf(status, error);
  return Policy(std::unique_ptr<internal::RawPolicy, Free>(raw), limits);
}

Result<Evaluation> Policy::Evaluate(std::string_view rule, const Json& input, const Context& context) const {
  const std::string input_text = TRY(DumpWithin(input, limits_.input_bytes, "input"));
  const std::string data_text = TRY(DumpData(context.data, limits_.input_bytes));
  // Merging nothing would make the engine analyse the modules again.
  const Slice data = data_text == "{}" ? Slice{nullptr, 0} : AsSlice(data_text);
  const std::int64_t now = context.now ? ToUnixSeconds(*context.now) : 0;
  OwnedBuffer result, prints, error;
  const std::int32_t status =
      internal::cloister_policy_evaluate(raw_.get(), AsSlice(rule), AsSlice(input_text), data,
                                         context.now ? &now : nullptr, result.out(), prints.out(), error.out());
  if (status != internal::kOk && status != internal::kUndefined) return ErrorOf(status, error);
  Evaluation evaluation;
  evaluation.prints = Lines(prints.text());
  if (status == internal::kOk) {
    const formats::JsonLimits json_limits = {.max_bytes = limits_.result_bytes, .max_depth = 64};
    evaluation.value = TRY_WITH("policy result", Json::Parse(result.text(), json_limits));
  }
  return evaluation;
}

Result<Decision> Policy::Allows(std::string_view rule, const Json& input, const Context& context) const {
  Evaluation evaluation = TRY(Evaluate(rule, input, context));
  Decision decision;
  decision.prints = std::move(evaluation.prints);
  const std::string name(rule);
  if (!evaluation.value) {
    decision.reason = name + " is undefined";
  } else if (const auto value = evaluation.value->AsBool(); !value) {
    decision.reason = name + " is " + std::string(TypeName(*evaluation.value)) + ", expected a boolean";
  } else if (!*value) {
    decision.reason = name + " is false";
  } else {
    decision.allowed = true;
  }
  return decision;
}

}  // namespace cloister::policy
