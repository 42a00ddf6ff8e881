#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

std::size_t Tables(const RunFacts& facts) { return facts.contract.privacy.size(); }

Html Banner(const RunFacts& facts) {
  Html out;
  if (facts.hardware.simulated) {
    out += Element("p", "banner", Element("strong", Text("SIMULATED hardware.")) +
                                      Text(" Signatures, budgets and receipts are real and hold; but no vendor vouches for this machine, so "
                                           "its operator could have seen everything. Not for real data."));
  }
  if (facts.card) {
    out += Element("p", "private", Element("strong", Text("The consumer's own copy.")) +
                                       Text(" It holds the validation metrics and the key to them. Give away the operator's copy instead, which has neither."));
  }
  return out;
}

Html Tile(std::string_view value, std::string_view label) {
  return Element("li", Element("b", Text(value)) + Element("span", Text(label)));
}

std::string LeastLeft(const std::vector<BudgetChange>& budgets) {
  double least = 1;
  for (const BudgetChange& budget : budgets) least = std::min(least, 1 - budget.after.epsilon / budget.total.epsilon);
  return Number(static_cast<double>(static_cast<long>(least * 100))) + " %";
}

std::string RowsInWords(const RunFacts& facts) {
  std::uint64_t most = 0;
  for (const auto& dataset : facts.contract.datasets) most = std::max(most, dataset.schema ? dataset.schema->rows : 0);
  return Count(most);
}

}  // namespace

void Table::Row(const std::vector<Html>& cells) {
  CHECK(cells.size() == columns_.size());
  Html row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    row += i == 0 ? Html::Element("th", {{"scope", "row"}}, cells[i]) : Html::Element("td", {{"data-label", columns_[i]}}, cells[i]);
  }
  rows_ += Element("tr", row);
}

Html Table::Finish(std::string_view caption) const {
  Html head;
  for (const std::string& column : columns_) head += Html::Element("th", {{"scope", "col"}}, Text(column));
  return Element("table", css_class_, Element("caption", Text(caption)) + Element("thead", Element("tr", head)) + Element("tbody", rows_));
}

Html Section(Literal id, std::string_view heading, const Html& content) {
  return Html::Element("section", {{"aria-labelledby", std::string(id.text())}},
                       Html::Element("h2", {{"id", std::string(id.text())}}, Text(heading)) + content);
}

Html Top(const RunFacts& facts) {
  std::vector<std::string> outputs;
  for (const auto& output : facts.report.outputs) outputs.push_back(output.name);
  const auto budgets = BudgetChanges(facts);
  const Html lead = Element(
      "p", "lead",
      Html::Foreign(Name(facts.contract.Tdc().did)) + Text(" got ") + Html::Foreign(Joined(outputs)) + Text(", made from ") +
          Text(Plural(Tables(facts), "table", "tables")) +
          Text(". No row left the room. Each key went only to the one program that the hardware had measured, and each budget was "
               "charged before its key left."));
  const double epsilon = facts.report.spent.empty() ? 0 : [&] {
    double most = 0;
    for (const auto& spent : facts.report.spent) most = std::max(most, spent.epsilon);
    return most;
  }();
  const Html tiles = Element("ul", "tiles",
                             Tile(Count(facts.report.outputs.size()), "outputs, sealed to their reader") +
                                 Tile(RowsInWords(facts), "rows in the largest table; none left the room") +
                                 Tile("ε " + Brief(epsilon), "the most that this run cost a provider's people") +
                                 Tile(LeastLeft(budgets), "left of the budget that is lowest"));
  return Element("header", Element("p", "kicker", Text("Cloister · report of one clean-room run")) +
                               Element("h1", Text("What went in, what came out, and who agreed")) + Banner(facts) + lead + tiles +
                               Element("p", "meta", Text("Run ") + Element("code", Text(facts.report.run)) + Text(" · " + Moment(facts.report.time)) +
                                                        Text(" · contract ") + Digest(facts.contract.digest())));
}

}  // namespace cloister::report::internal
