#include <algorithm>

#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

std::string Percent(double part, double whole) {
  const double share = whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0;
  return Number(static_cast<double>(static_cast<long>(share * 10000 + 0.5)) / 100) + "%";
}

Html Rect(Literal css_class, const std::string& x, const std::string& width) {
  return Html::Empty("rect", {{"class", std::string(css_class.text())}, {"x", x}, {"y", "0"}, {"width", width}, {"height", "26"}});
}

Html Bar(const BudgetChange& budget, const std::string& label) {
  const double before = budget.before.epsilon;
  const double more = budget.after.epsilon - before;
  return Html::Element("svg", {{"class", "bar"}, {"role", "img"}, {"aria-label", label}, {"width", "100%"}, {"height", "26"}},
                       Rect("left", "0", "100%") + Rect("was", "0", Percent(before, budget.total.epsilon)) +
                           Rect("now", Percent(before, budget.total.epsilon), Percent(more, budget.total.epsilon)));
}

Html Legend() {
  const auto item = [](Literal css_class, std::string_view what) { return Element("li", Element("i", css_class, Html()) + Text(what)); };
  return Element("ul", "legend", item("was", "spent before") + item("now", "this run") + item("left", "left"));
}

Html OneBudget(const BudgetChange& budget) {
  const double left = budget.total.epsilon - budget.after.epsilon;
  const std::string numbers = "ε " + Brief(budget.before.epsilon) + " before, " + Brief(budget.after.epsilon) + " after, of " +
                              Brief(budget.total.epsilon) + "; " + Brief(left) + " left";
  const Html more = Text(numbers + ". δ " + Number(budget.before.delta) + " before, " + Number(budget.after.delta) + " after, of " +
                         Number(budget.total.delta) + ". Account entries " + Count(budget.first_sequence) + " to " +
                         Count(budget.last_sequence) + ".");
  return Element("li", Element("p", "who", Element("strong", Html::Foreign(Name(budget.broker))) + Text(" · ") + Html::Foreign(budget.account)) +
                           Bar(budget, Name(budget.broker) + ": " + numbers) + Element("p", "numbers", more));
}

}  // namespace

Html BudgetSection(const RunFacts& facts) {
  Html budgets;
  for (const BudgetChange& budget : BudgetChanges(facts)) budgets += OneBudget(budget);
  return Section("budget", "Privacy budgets, before and after",
                 Legend() + Element("ul", "budgets", budgets) +
                     Element("p", "note", Text("Signed by each provider's broker; every figure is part of a hash chain that the ledger keeps in order. "
                                               "A budget can only grow by a new contract that the provider signs.")));
}

}  // namespace cloister::report::internal
