// Rego from an owner and, after a zero byte, the input from outside: whatever comes, an answer within the limits.
#include <algorithm>

#include "policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText({data, size});
  const std::size_t end = std::min(text.find('\0'), text.size());
  const policy::Module modules[] = {{"fuzz.rego", std::string(text.substr(0, end))}};
  const policy::Limits limits{.time = std::chrono::milliseconds(200)};
  const auto compiled = policy::Policy::Compile(modules, formats::Json::Object{}, limits);
  if (!compiled) return 0;
  const auto input = formats::Json::Parse(text.substr(std::min(end + 1, text.size())));
  const formats::Json seen = input ? *input : formats::Json(formats::Json::Object{});
  const auto decision = compiled->Allows("data.policy.allow", seen, {});
  if (decision && !decision->allowed) CHECK(!decision->reason.empty());
  return 0;
}
