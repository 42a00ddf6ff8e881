#include <map>

#include "contract/internal/lint_walk.h"

namespace cloister::contract::internal {

using formats::Json;

namespace {

void LintParty(const Json& party, const std::string& at, Walk& walk) {
  const std::string role = Walk::Text(party, "role").value_or("");
  const bool must_sign = role == "tdp" || role == "tdc" || role == "ccrp";
  const Json* signs = party.Find("signs");
  if (must_sign && (signs == nullptr || *signs != Json(true))) {
    walk.Error(at + "/signs", "true, for tdp, tdc and ccrp", Walk::Show(signs),
               "Let the party sign: it is bound by nothing otherwise.");
  }
  if (must_sign && Walk::Items(party, "keys").empty()) {
    walk.Error(at + "/keys", "the party's identity key", Walk::Show(party.Find("keys")),
               "Ask the party for `cloister party show`.");
  }
  if ((role == "tdp" || role == "tdc") && party.Find("broker") == nullptr) {
    walk.Error(at + "/broker", "the keys of the party's broker", "nothing", "Ask the party for `cloister party show`.");
  }
}

void LintParties(const Json& contract, Walk& walk) {
  std::map<std::string, int> count;
  const Json::Array& parties = Walk::Items(contract, "parties");
  for (std::size_t i = 0; i < parties.size(); ++i) {
    ++count[Walk::Text(parties[i], "role").value_or("")];
    LintParty(parties[i], "/parties/" + std::to_string(i), walk);
  }
  const std::pair<std::string_view, std::string_view> kNeeded[] = {{"tdp", "data provider"},
                                                                   {"tdc", "data consumer"},
                                                                   {"ccrp", "clean room provider"},
                                                                   {"sro", "certifier of the room"}};
  for (const auto& [role, name] : kNeeded) {
    if (count[std::string(role)] == 0) {
      walk.Error("/parties", "a party of role " + std::string(role) + " (" + std::string(name) + ")", "none",
                 "Add the party with its DID and keys.");
    }
  }
}

bool IsPermitted(const Json& contract, const std::string& dataset, const std::string& column) {
  for (const Json& permission : Walk::Items(contract, "permissions")) {
    const Json* columns = permission.Find("columns");
    if (columns == nullptr) continue;
    for (const Json& name : Walk::Items(*columns, dataset)) {
      if (name == Json(column)) return true;
    }
  }
  return false;
}

void LintFields(const Json& contract, const Json& dataset, const std::string& at, Walk& walk) {
  const std::string id = Walk::Text(dataset, "id").value_or("");
  const Json* schema = dataset.Find("schema");
  const Json::Array& fields = Walk::Items(*schema, "fields");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string where = at + "/schema/fields/" + std::to_string(i);
    const std::string name = Walk::Text(fields[i], "name").value_or("");
    const std::string type = Walk::Text(fields[i], "type").value_or("");
    const std::string field_class = Walk::Text(fields[i], "class").value_or("");
    const bool permitted = IsPermitted(contract, id, name);
    if (permitted && type != "text" && field_class == "feature" && fields[i].Find("bounds") == nullptr) {
      walk.Error(where + "/bounds", "[low, high], public knowledge", "nothing",
                 "Give bounds that do not come from the data: values are clipped to them before training.");
    }
    if (permitted && field_class == "identifier" && Walk::Text(dataset, "principalColumn") != name) {
      walk.Warn(where + "/class", "no identifier among the permitted columns", "column " + name,
                "Leave the column out of `permissions`, unless tables are joined on it.");
    }
  }
}

void LintTables(const Json& contract, Walk& walk) {
  const Json::Array& datasets = Walk::Items(contract, "datasets");
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const Json& dataset = datasets[i];
    const std::string at = "/datasets/" + std::to_string(i);
    if (dataset.Find("integrity") == nullptr) {
      walk.Error(at + "/integrity", "{encryption, sha256, size, header_sha256}", "nothing",
                 "Seal it with `cloister data seal`.");
    }
    if (Walk::Text(dataset, "kind") != "table") continue;
    if (dataset.Find("schema") == nullptr || !dataset.Find("schema")->is_object()) {
      walk.Error(at + "/schema", "format, fields and rows", Walk::Show(dataset.Find("schema")), "Describe the table.");
    } else {
      LintFields(contract, dataset, at, walk);
    }
  }
}

const Json* TableOf(const Json& contract, const std::optional<std::string>& id) {
  for (const Json& dataset : Walk::Items(contract, "datasets")) {
    if (id && Walk::Text(dataset, "id") == id) return &dataset;
  }
  return nullptr;
}

void LintTerms(const Json& contract, const Json& terms, const std::string& at, Walk& walk) {
  for (const std::string_view name : {"epsilon_threshold", "delta"}) {
    const Json* value = terms.Find(name);
    if (value == nullptr || !Walk::Number(value) || value->is_string()) {
      walk.Error(at + "/" + std::string(name), "a number", Walk::Show(value), "Write a number without quotes.");
    }
  }
  const Json* table = TableOf(contract, Walk::Text(terms, "dataset"));
  const Json* schema = table == nullptr ? nullptr : table->Find("schema");
  const std::optional<double> rows = schema == nullptr ? std::nullopt : Walk::Number(schema->Find("rows"));
  const std::optional<double> delta = Walk::Number(terms.Find("delta"));
  if (rows && delta && *rows >= 1 && *delta * *rows >= 1) {
    walk.Error(at + "/delta", "a number below 1/rows = " + Json(1 / *rows).Dump(), Json(*delta).Dump(),
               "A delta of 1/rows allows one whole person to be given away; 1/(10 rows) is usual.");
  } else if (rows && delta && *delta * *rows > 0.1) {
    walk.Warn(at + "/delta", "at most 1/(10 rows) = " + Json(0.1 / *rows).Dump(), Json(*delta).Dump(),
              "Choose a smaller delta.");
  }
  const std::optional<double> epsilon = Walk::Number(terms.Find("epsilon_threshold"));
  if (epsilon && *epsilon > 10) {
    walk.Warn(at + "/epsilon_threshold", "at most 10", Json(*epsilon).Dump(),
              "Above 10 the promise to a person is thin.");
  }
  const Json* total = terms.Find("total");
  const std::optional<double> total_epsilon = total == nullptr ? std::nullopt : Walk::Number(total->Find("epsilon"));
  if (!total_epsilon) {
    walk.Error(at + "/total", "{epsilon, delta}: what all runs together may spend", Walk::Show(total), "Set a total.");
  } else if (epsilon && *total_epsilon < *epsilon) {
    walk.Error(at + "/total/epsilon", "at least epsilon_threshold, " + Json(*epsilon).Dump(),
               Json(*total_epsilon).Dump(),
               "Raise the total or lower what one run may spend: no run fits as it stands.");
  }
}

void LintSigners(const Contract& contract, Walk& walk) {
  std::string signers;
  for (const std::string& did : contract.RequiredSigners()) signers += (signers.empty() ? "" : ", ") + did;
  walk.Note("/parties", "the signatures of " + signers, "a contract by itself, without signatures",
            "Let each of them sign with `cloister contract sign`; it is active when all are on the ledger.");
}

}  // namespace

void LintVersion1(const Json& contract, Walk& walk) {
  LintParties(contract, walk);
  LintTables(contract, walk);
  const Json::Array& constraints = Walk::Items(contract, "constraints");
  if (constraints.size() == 1) {
    const Json::Array& privacy = Walk::Items(constraints[0], "privacy");
    for (std::size_t i = 0; i < privacy.size(); ++i) {
      LintTerms(contract, privacy[i], "/constraints/0/privacy/" + std::to_string(i), walk);
    }
  }
  // What the rules above let through is still measured against the schema itself.
  const Result<Contract> read = Contract::FromJson(contract);
  if (!read && !walk.HasErrors()) {
    walk.Error("", "a contract as docs/formats/clean-room.md has it", read.error().message(), "Correct what is named.");
  }
  if (read) LintSigners(*read, walk);
}

}  // namespace cloister::contract::internal
