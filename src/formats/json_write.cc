#include <algorithm>
#include <charconv>
#include <cmath>

#include "formats/internal/json_text.h"
#include "formats/json.h"
#include "formats/utf8.h"

namespace cloister::formats {
namespace {

constexpr std::size_t kLongestName = 64;

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x20) {
    out.push_back(c);
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
  out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
}

// A double that reads back as a double: "1.0", not "1".
std::string DoubleText(double value) {
  if (!std::isfinite(value)) return "null";
  std::string text = EcmaScriptNumber(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string EcmaScriptNumber(double value) {
  if (value == 0) return "0";
  char buffer[32];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific);
  CHECK(error == std::errc());
  // "d.ddde±xx": ECMA-262 Number::toString calls the digits s, their count k, and the point's place n.
  const std::string_view shortest(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = shortest.find('e');
  std::string digits(shortest.substr(0, 1));
  if (e > 2) digits += shortest.substr(2, e - 2);
  int exponent = 0;
  const std::string_view exponent_text = shortest.substr(e + 2);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (shortest[e + 1] == '-') exponent = -exponent;
  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  std::string out = value < 0 ? "-" : "";
  if (k <= n && n <= 21) return out + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21) return out + digits.insert(static_cast<std::size_t>(n), ".");
  if (-6 < n && n <= 0) return out + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  if (k > 1) digits.insert(1, ".");
  return out + digits + (n > 0 ? "e+" : "e-") + std::to_string(std::abs(n - 1));
}

std::string QuotedString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    // Most text is plain: it goes over in one piece.
    const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < ' ' || c >= 0x7F || c == '"' || c == '\\'; });
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto point = FirstCodePoint(text);
    const std::size_t bytes = point ? point->bytes : 1;
    if (!point) {
      out += "\xEF\xBF\xBD";
    } else if (bytes == 1) {
      AppendEscaped(out, text[0]);
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  out.push_back('"');
  return out;
}

std::string QuotedName(std::string_view name) {
  if (name.size() <= kLongestName) return QuotedString(name);
  return QuotedString(name.substr(0, kLongestName)) + "…";
}

class JsonWriter {
 public:
  enum class Style { kCompact, kPretty, kCanonical };
  explicit JsonWriter(Style style) : style_(style) {}

  void Write(const Json& json) {
    switch (json.type()) {
      case JsonType::kNull:
        out_ += "null";
        break;
      case JsonType::kBool:
        out_ += std::get<bool>(json.value_) ? "true" : "false";
        break;
      case JsonType::kInt:
        out_ += std::to_string(std::get<std::int64_t>(json.value_));
        break;
      case JsonType::kDouble:
        WriteDouble(std::get<double>(json.value_));
        break;
      case JsonType::kString:
        out_ += QuotedString(std::get<std::string>(json.value_));
        break;
      case JsonType::kArray:
        WriteArray(std::get<Json::Array>(json.value_));
        break;
      case JsonType::kObject:
        WriteObject(std::get<Json::Object>(json.value_));
        break;
    }
  }
  std::string Take() && { return std::move(out_); }

 private:
  void WriteDouble(double value) { out_ += style_ == Style::kCanonical ? EcmaScriptNumber(value) : DoubleText(value); }

  void NewLine() {
    if (style_ != Style::kPretty) return;
    out_.push_back('\n');
    out_.append(2 * depth_, ' ');
  }

  void WriteArray(const Json::Array& array) {
    out_.push_back('[');
    ++depth_;
    bool first = true;
    for (const Json& element : array) {
      if (!first) out_.push_back(',');
      first = false;
      NewLine();
      Write(element);
    }
    --depth_;
    if (!array.empty()) NewLine();
    out_.push_back(']');
  }

  void WriteObject(const Json::Object& object) {
    std::vector<const Json::Object::value_type*> members;
    for (const auto& member : object) members.push_back(&member);
    if (style_ == Style::kCanonical) {
      std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return Utf16Less(a->first, b->first); });
    }
    out_.push_back('{');
    ++depth_;
    for (const auto* member : members) {
      if (member != members.front()) out_.push_back(',');
      NewLine();
      out_ += QuotedString(member->first) + (style_ == Style::kPretty ? ": " : ":");
      Write(member->second);
    }
    --depth_;
    if (!members.empty()) NewLine();
    out_.push_back('}');
  }

  Style style_;
  std::size_t depth_ = 0;
  std::string out_;
};

namespace {

constexpr std::int64_t kExactInteger = std::int64_t{1} << 53;

Result<void> CheckString(std::string_view text) {
  if (IsUtf8(text)) return {};
  return Error(ErrorCode::kUnsupported, "canonical JSON: expected UTF-8 in a string, got other bytes");
}

// What RFC 8785 cannot carry without changing it.
Result<void> CheckCanonical(const Json& json) {
  switch (json.type()) {
    case JsonType::kInt:
      // What others read as a double and write again must be these digits; up to 2^53 they are.
      if (const std::int64_t value = *json.AsInt(); value >= -kExactInteger && value <= kExactInteger) return {};
      if (EcmaScriptNumber(*json.AsNumber()) == std::to_string(*json.AsInt())) return {};
      return Error(ErrorCode::kUnsupported,
                   "canonical JSON: expected an integer that a double holds, got a larger one");
    case JsonType::kDouble:
      if (std::isfinite(*json.AsNumber())) return {};
      return Error(ErrorCode::kUnsupported, "canonical JSON: expected a finite number, got none");
    case JsonType::kString:
      return CheckString(*json.AsString());
    case JsonType::kArray:
      for (const Json& element : **json.AsArray()) TRY(CheckCanonical(element));
      return {};
    case JsonType::kObject:
      for (const auto& [name, value] : **json.AsObject()) {
        TRY(CheckString(name));
        TRY(CheckCanonical(value));
      }
      return {};
    default:
      return {};
  }
}

std::string Written(const Json& json, JsonWriter::Style style) {
  JsonWriter writer(style);
  writer.Write(json);
  return std::move(writer).Take();
}

}  // namespace

std::string Json::Dump() const { return Written(*this, JsonWriter::Style::kCompact); }
std::string Json::Pretty() const { return Written(*this, JsonWriter::Style::kPretty) + "\n"; }
Result<std::string> Json::Canonical() const {
  TRY(CheckCanonical(*this));
  return Written(*this, JsonWriter::Style::kCanonical);
}

}  // namespace cloister::formats
