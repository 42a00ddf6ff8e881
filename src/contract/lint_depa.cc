// DEPA's contracts, schemaVersion 0.1: read as they are, numbers in strings included. None can become active, because
// what makes a contract binding has no place in that schema; each finding says what is missing and what it would take.
#include <algorithm>

#include "contract/internal/lint_walk.h"

namespace cloister::contract::internal {

using formats::Json;

namespace {

void LintMissingParts(const Json& contract, Walk& walk) {
  walk.Error("/schemaVersion", "\"1\"", "\"0.1\"",
             "Carry the contract over to contract/v1: DEPA's fields keep their names, and the parts below are added.");
  struct Part {
    std::string_view member, expected, advice;
  };
  constexpr Part kParts[] = {
      {"parties", "each party with its role and its signing keys",
       "Add the parties with their keys: nothing here says whose signature counts, so no signature can be checked."},
      {"ledger", "the ledger and its keys", "Name the ledger on which signatures and revocations are entered."},
      {"permissions", "what may be done with which columns", "List the columns; what is not permitted is refused."},
      {"outputs", "what leaves the room, to whom, under which key",
       "Name each output, its receiver and the receiver's age key."},
  };
  for (const Part& part : kParts) {
    if (contract.Find(part.member) == nullptr) {
      walk.Error("/" + std::string(part.member), std::string(part.expected), "nothing", std::string(part.advice));
    }
  }
  const Json* revocation = contract.Find("terms") == nullptr ? nullptr : contract.Find("terms")->Find("revocation");
  if (revocation == nullptr || revocation->Find("revocableBy") == nullptr) {
    walk.Error("/terms/revocation", "who may revoke (`revocableBy`)", Walk::Show(revocation),
               "Say who can take the contract back; as it stands nobody can.");
  }
}

void LintDepaDataset(const Json& dataset, const std::string& at, Walk& walk) {
  const Json* schema = dataset.Find("schema");
  if (schema == nullptr) {
    walk.Error(
        at + "/schema", "the columns with public bounds, and the row count", "nothing",
        "Describe the table: without bounds values cannot be clipped, and without the row count delta means nothing.");
  }
  if (dataset.Find("integrity") == nullptr) {
    walk.Error(at + "/integrity", "{encryption, sha256, size, header_sha256} of the ciphertext", "nothing",
               "Seal the data and add its digest: as it stands the operator may put other data in its place.");
  }
  if (dataset.Find("principalColumn") == nullptr) {
    walk.Error(at + "/principalColumn", "the column that says whose row it is", "nothing",
               "Name it: the privacy promise is made to persons, not to rows.");
  }
  if (dataset.Find("account") == nullptr) {
    walk.Error(at + "/account", "the account that the budget is charged to", "nothing",
               "Name the population account, so that the same people keep one budget over all contracts.");
  }
  const Json* key = dataset.Find("key");
  if (key == nullptr || Walk::Text(*key, "type") != "kbs") {
    walk.Error(at + "/key/type", "\"kbs\": the provider's own key broker",
               Walk::Show(key == nullptr ? nullptr : key->Find("type")),
               "Keep the key in the provider's broker, which counts the budget and checks the room.");
  }
}

void LintNumber(const Json& terms, const std::string& at, std::string_view name, Walk& walk) {
  const Json* value = terms.Find(name);
  if (value != nullptr && value->is_string() && Walk::Number(value)) {
    walk.Warn(at + "/" + std::string(name), "a number", Walk::Show(value) + ", a number written as a text",
              "Write it without quotes.");
  }
}

void LintDepaPrivacy(const Json& terms, const std::string& at, const Json* dataset, Walk& walk) {
  for (const std::string_view name : {"epsilon_threshold", "delta", "noise_multiplier", "epochs_per_report"}) {
    LintNumber(terms, at, name, walk);
  }
  const std::optional<double> epsilon = Walk::Number(terms.Find("epsilon_threshold"));
  if (!epsilon || !(*epsilon > 0)) {
    walk.Error(at + "/epsilon_threshold", "a number above 0", Walk::Show(terms.Find("epsilon_threshold")),
               "Say how much one run may spend.");
  } else if (*epsilon > 10) {
    walk.Warn(at + "/epsilon_threshold", "at most 10", Json(*epsilon).Dump(),
              "Above 10 the promise to a person is thin.");
  }
  const std::optional<double> delta = Walk::Number(terms.Find("delta"));
  const std::optional<double> rows = dataset == nullptr || dataset->Find("schema") == nullptr
                                         ? std::nullopt
                                         : Walk::Number(dataset->Find("schema")->Find("rows"));
  if (!delta || !(*delta > 0 && *delta < 1)) {
    walk.Error(at + "/delta", "a number between 0 and 1", Walk::Show(terms.Find("delta")),
               "Write delta, below 1/rows.");
  } else if (!rows || *delta * *rows >= 1) {
    const std::string fits = std::to_string(static_cast<std::uint64_t>(std::min(1 / *delta, 1e15)));
    walk.Error(at + "/delta",
               rows ? "a number below 1/rows = " + Json(1 / *rows).Dump() : "a number below 1/rows, and a row count",
               Json(*delta).Dump(),
               "This delta allows " + Json(*delta).Dump() +
                   " of all persons to be given away entirely; it is sound for fewer than " + fits +
                   " rows only. Write the row count, and a delta below 1/rows.");
  }
  if (terms.Find("total") == nullptr) {
    walk.Error(at + "/total", "{epsilon, delta}: what all runs together may spend", "nothing",
               "Set a total: as it stands each of N runs spends epsilon_threshold, so there is no limit.");
  }
  if (terms.Find("noise_multiplier") != nullptr || terms.Find("epochs_per_report") != nullptr) {
    walk.Note(at, "only epsilon and delta", "noise_multiplier or epochs_per_report",
              "Leave them out: the room works out the noise from epsilon, delta and the plan.");
  }
}

const Json* DatasetOf(const Json& contract, const Json& terms) {
  const std::optional<std::string> id = Walk::Text(terms, "dataset");
  for (const Json& dataset : Walk::Items(contract, "datasets")) {
    if (id && Walk::Text(dataset, "id") == id) return &dataset;
  }
  return nullptr;
}

}  // namespace

void LintDepa(const Json& contract, Walk& walk) {
  LintMissingParts(contract, walk);
  const Json::Array& datasets = Walk::Items(contract, "datasets");
  for (std::size_t i = 0; i < datasets.size(); ++i)
    LintDepaDataset(datasets[i], "/datasets/" + std::to_string(i), walk);

  const Json::Array& constraints = Walk::Items(contract, "constraints");
  std::size_t covered = 0;
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const Json::Array& privacy = Walk::Items(constraints[i], "privacy");
    for (std::size_t j = 0; j < privacy.size(); ++j) {
      const std::string at = "/constraints/" + std::to_string(i) + "/privacy/" + std::to_string(j);
      const Json* dataset = DatasetOf(contract, privacy[j]);
      if (dataset == nullptr) {
        walk.Error(at + "/dataset", "the id of a dataset", Walk::Show(privacy[j].Find("dataset")), "Correct the id.");
      } else {
        ++covered;
      }
      LintDepaPrivacy(privacy[j], at, dataset, walk);
    }
  }
  if (covered < datasets.size()) {
    walk.Error("/constraints", "privacy terms for each dataset",
               std::to_string(covered) + " of " + std::to_string(datasets.size()),
               "Add epsilon and delta for each dataset; without them its rows could leave in the model.");
  }
  for (const std::string_view part : {"compute", "pipeline"}) {
    if (constraints.empty() || constraints[0].Find(part) == nullptr) {
      walk.Error("/constraints/0/" + std::string(part),
                 part == "compute" ? "which hardware and whose certified rooms may run it"
                                   : "the digest of the sealed pipeline",
                 "nothing",
                 part == "compute" ? "Name roots, minimum firmware and the certifier."
                                   : "Seal the pipeline and pin its digest.");
    }
  }
}

}  // namespace cloister::contract::internal
