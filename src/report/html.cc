#include "report/html.h"

#include <cstdio>

#include "formats/utf8.h"

namespace cloister::report {
namespace {

bool Between(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

// Controls, marks of direction, what has no width, tags, private use, and what stands for nothing.
bool IsHidden(char32_t c) {
  return c < 0x20 || Between(c, 0x7F, 0x9F) || c == 0xAD || c == 0x34F || c == 0x61C || Between(c, 0x115F, 0x1160) ||
         Between(c, 0x17B4, 0x17B5) || Between(c, 0x180B, 0x180F) || Between(c, 0x200B, 0x200F) || Between(c, 0x2028, 0x202E) ||
         Between(c, 0x2060, 0x206F) || c == 0x3164 || Between(c, 0xE000, 0xF8FF) || Between(c, 0xFE00, 0xFE0F) || c == 0xFEFF ||
         c == 0xFFA0 || Between(c, 0xFFF0, 0xFFFB) || (c & 0xFFFE) == 0xFFFE || c >= 0xE0000;
}

std::string NameOf(char32_t c) {
  char name[24];
  std::snprintf(name, sizeof name, "\u27E8U+%04X\u27E9", static_cast<unsigned>(c));
  return name;
}

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string Open(Literal tag, const std::vector<Html::Attribute>& attributes) {
  std::string out = "<" + std::string(tag.text());
  for (const Html::Attribute& attribute : attributes) {
    out += " " + std::string(attribute.name.text()) + "=\"" + Escape(Visible(attribute.value)) + "\"";
  }
  return out;
}

}  // namespace

std::string Visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto point = formats::FirstCodePoint(text);
    const std::size_t bytes = point ? point->bytes : 1;
    if (!point) {
      out += "\uFFFD";
    } else if (point->value == '\n' || point->value == '\t') {
      out += ' ';
    } else if (IsHidden(point->value)) {
      out += NameOf(point->value);
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

std::string Short(std::string_view text, std::size_t most) {
  const std::string visible = Visible(text);
  std::string_view rest = visible;
  std::string out;
  std::size_t count = 0;
  std::size_t before_last = 0;
  while (!rest.empty()) {
    if (count == most) return out.substr(0, before_last) + "…";
    const std::size_t bytes = formats::FirstCodePoint(rest)->bytes;
    before_last = out.size();
    out += rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    ++count;
  }
  return out;
}

Html Html::Text(std::string_view text) { return Html(Escape(Visible(text))); }
Html Html::Foreign(std::string_view text) { return Html("<bdi>" + Escape(Visible(text)) + "</bdi>"); }
Html Html::Code(Literal lines) { return Html(Escape(lines.text())); }
Html Html::Of(Literal markup) { return Html(std::string(markup.text())); }

Html Html::Element(Literal tag, std::vector<Attribute> attributes, const Html& content) {
  return Html(Open(tag, attributes) + ">" + content.markup_ + "</" + std::string(tag.text()) + ">");
}

Html Html::Empty(Literal tag, std::vector<Attribute> attributes) { return Html(Open(tag, attributes) + "/>"); }

Html& Html::operator+=(const Html& more) {
  markup_ += more.markup_;
  return *this;
}

}  // namespace cloister::report
