// The only file that knows the JSON library; it reads events, we build our own value.
#include <cmath>
#include <nlohmann/json.hpp>

#include "formats/internal/json_text.h"
#include "formats/json.h"

namespace cloister::formats {
namespace {

class JsonBuilder {
 public:
  using Library = nlohmann::json;
  explicit JsonBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return Add(Json()); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(Library::number_integer_t value) { return Add(value); }
  bool number_unsigned(Library::number_unsigned_t value) {
    if (!std::in_range<std::int64_t>(value)) return BigInteger(static_cast<double>(value), std::to_string(value));
    return Add(static_cast<std::int64_t>(value));
  }
  bool number_float(Library::number_float_t value, const Library::string_t& text) {
    if (!std::isfinite(value)) return Fail(ErrorCode::kMalformed, "expected a number that a double can hold");
    if (text.find_first_of(".eE") == std::string::npos) return BigInteger(value, text);
    return Add(value);
  }
  bool string(Library::string_t& text) { return Add(std::move(text)); }
  bool binary(Library::binary_t&) { return Fail(ErrorCode::kInternal, "JSON text has no binary values"); }
  bool start_object(std::size_t) { return Open(Json::Object()); }
  bool key(Library::string_t& name) {
    if (open_.back().container->Find(name) != nullptr) {
      return Fail(ErrorCode::kMalformed, "member " + QuotedName(name) + " comes twice");
    }
    open_.back().key = std::move(name);
    return true;
  }
  bool end_object() { return Close(); }
  bool start_array(std::size_t) { return Open(Json::Array()); }
  bool end_array() { return Close(); }
  // The library's message quotes the input, so only the place is told.
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    return Fail(ErrorCode::kMalformed, "syntax error at byte " + std::to_string(position));
  }

  Result<Json> Take() && {
    if (error_) return *std::move(error_);
    return std::move(root_);
  }

 private:
  struct Level {
    Json* container;  // stays where it is: only the innermost container grows
    std::string key;
  };

  bool Fail(ErrorCode code, const std::string& message) {
    if (!error_) error_ = Error(code, "JSON: " + message);
    return false;
  }

  bool BigInteger(double value, const std::string& digits) {
    if (EcmaScriptNumber(value) == digits) return Add(value);
    return Fail(ErrorCode::kMalformed, "expected an integer that fits 64 bits, got a larger one");
  }

  Json* Place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = open_.back();
    if (level.container->is_object()) return &level.container->Set(level.key, std::move(value));
    return &level.container->Push(std::move(value));
  }

  bool Add(Json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(Json container) {
    if (open_.size() >= limits_.max_depth) {
      return Fail(ErrorCode::kLimit, "expected depth of at most " + std::to_string(limits_.max_depth));
    }
    open_.push_back({Place(std::move(container)), {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  JsonLimits limits_;
  Json root_;
  std::vector<Level> open_;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> Json::Parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error(ErrorCode::kLimit, "JSON: expected at most " + std::to_string(limits.max_bytes) + " bytes, got " +
                                        std::to_string(text.size()));
  }
  // The library takes NUL for the end and passes over a byte order mark; JSON text has neither.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    return Error(ErrorCode::kMalformed, "JSON: expected no NUL and no byte order mark");
  }
  JsonBuilder builder(limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).Take();
}

}  // namespace cloister::formats
