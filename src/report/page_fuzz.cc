// The records inside a page that anybody may have written, and text of others as it is shown.
#include "report/html.h"
#include "report/page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText(ByteSpan(data, size));
  if (const auto records = report::RecordsFromUnverifiedPage(text)) {
    const auto again = report::Records::FromJson(records->ToJson());
    CHECK(again && again->ToJson() == records->ToJson());
    CHECK(!report::VerifyPage(text, {}));  // nobody signed anything here
  }
  const std::string shown = report::Html::Text(text).ToString();
  CHECK(shown.find_first_of("<>\"'\n") == std::string::npos);
  CHECK(report::Visible(report::Visible(text)) == report::Visible(text));
  report::Short(text, size % 7);
  return 0;
}
