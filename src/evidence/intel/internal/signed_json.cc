#include "evidence/intel/internal/signed_json.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

constexpr formats::JsonLimits kLimits{.max_bytes = std::size_t{512} << 10, .max_depth = 16};

// Walks text that is known to be one JSON value; so quotes and brackets are in pairs.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // Passes `c`, with space around it.
  bool Pass(char c) {
    SkipSpace();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    SkipSpace();
    return true;
  }

  // The next value as it stands in the text.
  std::string_view Value() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        PassString();
        if (depth == 0) break;
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}')) break;
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) break;
    }
    return text_.substr(start, at_ - start);
  }

 private:
  void PassString() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ < text_.size()) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<SignedJson> FindSignedJson(std::string_view body, std::string_view member) {
  const Json whole = TRY(Json::Parse(body, kLimits));
  TRY(whole.RefuseUnknownMembers({member, "signature"}));
  const Error malformed(ErrorCode::kMalformed,
                        "expected an object with \"" + std::string(member) + "\" and \"signature\"");
  SignedJson found;
  Walker walker(body);
  if (!walker.Pass('{')) return malformed;
  for (int i = 0; i < 2; ++i) {
    if (i == 1 && !walker.Pass(',')) return malformed;
    const std::string_view name = walker.Value();
    if (!walker.Pass(':')) return malformed;
    const std::string_view value = walker.Value();
    // Compared as written: an escaped name could mean one thing here and another to the parser.
    if (name == "\"" + std::string(member) + "\"") {
      found.signed_bytes = value;
    } else if (name != "\"signature\"") {
      return malformed;
    }
  }
  if (found.signed_bytes.empty() || found.signed_bytes.front() != '{') return malformed;
  found.content = TRY(Json::Parse(found.signed_bytes, kLimits));
  found.signature = TRY_WITH("signature", ToArray<64>(TRY(FromHex(TRY(whole.GetString("signature"))))));
  return found;
}

}  // namespace cloister::evidence::internal
