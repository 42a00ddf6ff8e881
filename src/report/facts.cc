#include "report/facts.h"

#include <algorithm>
#include <cmath>

namespace cloister::report {
namespace {

// Accounts count in units of 1e-12 and 1e-18, so what was added last can be taken away without leaving anything.
double Less(double all, double part, double units) {
  return static_cast<double>(std::llround(all * units) - std::llround(part * units)) / units;
}

}  // namespace

std::vector<BudgetChange> BudgetChanges(const RunFacts& facts) {
  std::vector<BudgetChange> changes;
  for (const Charge& charge : facts.charges) {
    const contract::PrivacyTerms* terms = facts.contract.PrivacyOf(charge.reserved.dataset);
    if (terms == nullptr) continue;
    const contract::Reservation& reserved = charge.reserved;
    const contract::Settlement& settled = charge.settled;
    auto same = std::ranges::find_if(changes, [&](const BudgetChange& change) {
      return change.broker == reserved.broker && change.account == reserved.account;
    });
    if (same == changes.end()) {
      changes.push_back({reserved.broker, reserved.account, {}, {}, {terms->total_epsilon, terms->total_delta},
                         UINT64_MAX, 0, {}});
      same = std::prev(changes.end());
    }
    if (reserved.sequence < same->first_sequence) {
      same->first_sequence = reserved.sequence;
      same->before = {Less(reserved.charged.epsilon, reserved.epsilon, 1e12), Less(reserved.charged.delta, reserved.delta, 1e18)};
    }
    if (settled.sequence > same->last_sequence) {
      same->last_sequence = settled.sequence;
      same->after = settled.charged;
      same->head = settled.head;
    }
  }
  return changes;
}

}  // namespace cloister::report
