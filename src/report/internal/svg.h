// The few shapes that the pictures are made of. Lengths are units of the picture's viewBox; classes are style.cc's.
#pragma once

#include "report/html.h"

namespace cloister::report::internal {

class Svg {
 public:
  // `id` names the arrow head, so it is unique in the page.
  Svg(Literal css_class, Literal id, int width) : css_class_(css_class), id_(id), width_(width) {}

  void Box(Literal css_class, int x, int y, int width, int height);
  // What does not fit into `most` characters is cut; nothing is drawn outside of the picture.
  void Line(Literal css_class, int x, int y, std::string_view text, std::size_t most);
  // The same, and what is wider than `width` is cut off too: letters differ, and so do readers' fonts.
  void LineWithin(Literal css_class, int x, int y, int width, std::string_view text, std::size_t most);
  void LineFromRight(Literal css_class, int x, int y, std::string_view text, std::size_t most);
  void ArrowAcross(int x, int y, int to_x, int to_y);
  void ArrowDown(int x, int y, int to_x, int to_y);
  // `label` is read out in place of the picture.
  Html Finish(int height, std::string_view label) const;

 private:
  void Arrow(const std::string& path);
  Literal css_class_, id_;
  int width_;
  Html body_;
};

}  // namespace cloister::report::internal
