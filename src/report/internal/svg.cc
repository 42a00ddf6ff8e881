#include "report/internal/svg.h"

namespace cloister::report::internal {
namespace {

std::string N(int value) { return std::to_string(value); }

}  // namespace

void Svg::Box(Literal css_class, int x, int y, int width, int height) {
  body_ += Html::Empty("rect", {{"class", std::string(css_class.text())}, {"x", N(x)}, {"y", N(y)}, {"width", N(width)},
                                {"height", N(height)}, {"rx", "7"}});
}

void Svg::Line(Literal css_class, int x, int y, std::string_view text, std::size_t most) {
  body_ += Html::Element("text", {{"class", std::string(css_class.text())}, {"x", N(x)}, {"y", N(y)}}, Text(Short(text, most)));
}

void Svg::LineWithin(Literal css_class, int x, int y, int width, std::string_view text, std::size_t most) {
  constexpr int kRise = 16;
  const Html line = Html::Element("text", {{"class", std::string(css_class.text())}, {"x", "0"}, {"y", N(kRise)}}, Text(Short(text, most)));
  body_ += Html::Element("svg", {{"x", N(x)}, {"y", N(y - kRise)}, {"width", N(width)}, {"height", N(kRise + 6)}}, line);
}

void Svg::LineFromRight(Literal css_class, int x, int y, std::string_view text, std::size_t most) {
  body_ += Html::Element("text", {{"class", std::string(css_class.text())}, {"x", N(x)}, {"y", N(y)}, {"text-anchor", "end"}},
                         Text(Short(text, most)));
}

void Svg::Arrow(const std::string& path) {
  body_ += Html::Empty("path", {{"class", "arrow"}, {"d", path}, {"marker-end", "url(#" + std::string(id_.text()) + ")"}});
}

void Svg::ArrowAcross(int x, int y, int to_x, int to_y) {
  const int middle = (x + to_x) / 2;
  Arrow("M" + N(x) + " " + N(y) + "C" + N(middle) + " " + N(y) + " " + N(middle) + " " + N(to_y) + " " + N(to_x) + " " + N(to_y));
}

void Svg::ArrowDown(int x, int y, int to_x, int to_y) {
  const int middle = (y + to_y) / 2;
  Arrow("M" + N(x) + " " + N(y) + "C" + N(x) + " " + N(middle) + " " + N(to_x) + " " + N(middle) + " " + N(to_x) + " " + N(to_y));
}

Html Svg::Finish(int height, std::string_view label) const {
  const Html head = Html::Element(
      "marker", {{"id", std::string(id_.text())}, {"viewBox", "0 0 10 10"}, {"refX", "9"}, {"refY", "5"}, {"markerWidth", "7"},
                 {"markerHeight", "7"}, {"orient", "auto"}},
      Html::Empty("path", {{"class", "head"}, {"d", "M0 0L10 5L0 10z"}}));
  return Html::Element("svg", {{"class", std::string(css_class_.text())}, {"role", "img"}, {"aria-label", std::string(label)},
                               {"viewBox", "-1 0 " + N(width_ + 2) + " " + N(height)}},
                       Element("defs", head) + body_);
}

}  // namespace cloister::report::internal
