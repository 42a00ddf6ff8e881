// Markup in which nobody else's text can become markup. The proof is in the types: tags and attribute names are string
// literals of this program (Literal can be made at compile time only), everything else is escaped.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace cloister::report {

// A string literal of ours. There is no other way to make one.
class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT: implicit, so that calls stay readable
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// `text` with each character that cannot be seen, or that changes the order of others, replaced by its name, such as
// ⟨U+202E⟩; what is not UTF-8 becomes U+FFFD; line ends become spaces. Still to be escaped.
std::string Visible(std::string_view text);
// At most `most` characters of Visible(text), the last of them "…" where something was left out.
std::string Short(std::string_view text, std::size_t most);

class Html {
 public:
  struct Attribute {
    Literal name;
    std::string value;  // escaped when it is written
  };

  Html() = default;
  // Text of anybody: shown as Visible(), and escaped.
  static Html Text(std::string_view text);
  // The same in a <bdi>: whichever way it runs, what stands beside it stays where it is.
  static Html Foreign(std::string_view text);
  static Html Of(Literal markup);
  // Text of ours, escaped, whose line ends and spaces count (for a <pre>).
  static Html Code(Literal lines);
  static Html Element(Literal tag, std::vector<Attribute> attributes, const Html& content);
  // <tag …/>
  static Html Empty(Literal tag, std::vector<Attribute> attributes);

  Html& operator+=(const Html& more);
  friend Html operator+(Html a, const Html& b) { return a += b; }
  const std::string& ToString() const { return markup_; }

 private:
  explicit Html(std::string markup) : markup_(std::move(markup)) {}
  std::string markup_;
};

// The usual elements, shorter.
inline Html Element(Literal tag, const Html& content) { return Html::Element(tag, {}, content); }
inline Html Element(Literal tag, Literal css_class, const Html& content) {
  return Html::Element(tag, {{"class", std::string(css_class.text())}}, content);
}
inline Html Text(std::string_view text) { return Html::Text(text); }

}  // namespace cloister::report
