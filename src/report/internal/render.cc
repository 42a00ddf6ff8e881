#include "report/internal/render.h"

#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

// JSON in a <script>: '<' stands in strings only and can be written as an escape, so nothing in there ends the element.
std::string InScript(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

Html Head(const RunFacts& facts) {
  const std::string title = "Run " + facts.report.run + (facts.hardware.simulated ? " (SIMULATED)" : "");
  return Html::Of(R"(
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="cloister run-report-page/v1">
)") + Element("title", Text(title)) + Html::Of("\n<style>") + Html::Of(Style()) + Html::Of("</style>\n");
}

}  // namespace

Result<std::string> Render(const RunFacts& facts, const formats::Json& records) {
  const Html nl = Html::Of("\n");
  const Html body = nl + Element("main", nl + Top(facts) + nl + ChainSection(facts) + nl + BudgetSection(facts) + nl + OutputSection(facts) + nl +
                                             WithheldSection(facts) + nl + ContractSection(facts) + nl + PartySection(facts) + nl +
                                             DigestSection(facts) + nl + CheckSection(facts) + nl);
  const std::string json = TRY_WITH("records", records.Canonical());
  return "<!DOCTYPE html>\n<html lang=\"en\">\n" + Element("head", Head(facts)).ToString() + "\n<body>" + body.ToString() +
         "\n<script type=\"application/json\" id=\"records\">" + InScript(json) + "</script>\n</body>\n</html>\n";
}

}  // namespace cloister::report::internal
