#include "report/html.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace cloister::report {
namespace {

// Text can't be taken for markup: neither type is made from a string of run time.
static_assert(!std::is_constructible_v<Literal, std::string>);
static_assert(!std::is_constructible_v<Literal, std::string_view>);
static_assert(!std::is_constructible_v<Literal, const char*>);
static_assert(!std::is_constructible_v<Html, std::string>);
static_assert(!std::is_constructible_v<Html, const char*>);

TEST(Html, EscapesTextAndAttributes) {
  EXPECT_EQ(Text("<script>alert('1')</script> & \"x\"").ToString(),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  const Html element = Html::Element("a", {{"title", "\"><script>"}}, Text("]]>"));
  EXPECT_EQ(element.ToString(), "<a title=\"&quot;&gt;&lt;script&gt;\">]]&gt;</a>");
  EXPECT_EQ(Html::Foreign("<b>").ToString(), "<bdi>&lt;b&gt;</bdi>");
}

TEST(Html, ShowsWhatWouldBeHiddenOrTurnTextAround) {
  EXPECT_EQ(Visible("a\u202Eb"), "a⟨U+202E⟩b");
  EXPECT_EQ(Visible("\u2066\u200B\uFEFF\u00AD\u061C"), "⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+00AD⟩⟨U+061C⟩");
  EXPECT_EQ(Visible(std::string_view("a\0b\x7F", 4)), "a⟨U+0000⟩b⟨U+007F⟩");
  EXPECT_EQ(Visible("\xF3\xA0\x80\x81"), "⟨U+E0001⟩");
  EXPECT_EQ(Visible("line\nline"), "line line");
  EXPECT_EQ(Visible("\xFFz\xC0\x80"), "\uFFFDz\uFFFD\uFFFD");
  EXPECT_EQ(Visible("Krankenhäuser שלום"), "Krankenhäuser שלום");
}

TEST(Html, ShortensByCharactersAndNotInTheMiddleOfOne) {
  EXPECT_EQ(Short("äöü", 3), "äöü");
  EXPECT_EQ(Short("äöüß", 3), "äö…");
  EXPECT_EQ(Short("", 3), "");
  EXPECT_EQ(Short(std::string(100, 'x'), 10).size(), 9 + std::string("…").size());
}

}  // namespace
}  // namespace cloister::report
