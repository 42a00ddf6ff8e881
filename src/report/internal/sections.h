// The parts of the page, in their order. Each says only what `facts` say.
#pragma once

#include "report/facts.h"
#include "report/html.h"

namespace cloister::report::internal {

Html Top(const RunFacts& facts);           // headline, SIMULATED, what it comes to
Html ChainSection(const RunFacts& facts);  // the picture
Html BudgetSection(const RunFacts& facts);
Html OutputSection(const RunFacts& facts);    // what came out, with the metrics in the consumer's copy
Html WithheldSection(const RunFacts& facts);  // what did not, and why
Html PartySection(const RunFacts& facts);
Html ContractSection(const RunFacts& facts);
Html DigestSection(const RunFacts& facts);  // the chain again, with all digits
Html CheckSection(const RunFacts& facts);
Literal Style();

// A table that becomes a list on phones: each cell repeats its column's name there.
class Table {
 public:
  // `css_class` says how wide the columns are (style.cc).
  Table(Literal css_class, std::vector<std::string> columns) : css_class_(css_class), columns_(std::move(columns)) {}
  void Row(const std::vector<Html>& cells);
  Html Finish(std::string_view caption) const;

 private:
  Literal css_class_;
  std::vector<std::string> columns_;
  Html rows_;
};
// <section> with its heading.
Html Section(Literal id, std::string_view heading, const Html& content);

}  // namespace cloister::report::internal
