#include "contract/internal/contract_rules.h"

#include <cmath>
#include <map>
#include <set>

#include "contract/internal/fields.h"

namespace cloister::contract::internal {
namespace {

template <class T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

bool MustSign(Role role) { return role == Role::kTdp || role == Role::kTdc || role == Role::kCcrp; }
bool HasBroker(Role role) { return role == Role::kTdp || role == Role::kTdc; }

Result<void> CheckParty(const Party& party) {
  const std::string who = "party " + party.did;
  if (MustSign(party.role) && !party.signs) return Malformed(who + ".signs", "true, for tdp, tdc and ccrp", "false");
  if (party.keys.empty() && (party.signs || party.role == Role::kSro)) return Malformed(who + ".keys", "a key", "none");
  if (HasBroker(party.role) != party.broker.has_value()) {
    return Malformed(who + ".broker", HasBroker(party.role) ? "one, for tdp and tdc" : "none for this role",
                     party.broker ? "one" : "none");
  }
  if (party.broker && (party.broker->keys.empty() || party.broker->tls.empty())) {
    return Malformed(who + ".broker", "a key and the digest of a TLS key", "none");
  }
  return {};
}

// No key of one party may pass for another's.
Result<void> CheckKeysApart(const Contract& contract) {
  std::map<Digest, std::string> owner_of;
  const auto claim = [&owner_of](const std::vector<NamedKey>& keys, const std::string& owner) -> Result<void> {
    for (const NamedKey& key : keys) {
      const auto [at, fresh] = owner_of.emplace(key.kid, owner);
      if (!fresh && at->second != owner) {
        return Malformed("keys", "keys of one party each",
                         "key " + ToHex(key.kid) + " of " + at->second + " and of " + owner);
      }
    }
    return {};
  };
  for (const Party& party : contract.parties) {
    TRY(claim(party.keys, party.did));
    if (party.broker) TRY(claim(party.broker->keys, party.did));
  }
  return claim(contract.ledger.keys, "the ledger");
}

Result<void> CheckParties(const Contract& contract) {
  if (!AllUnique(contract.parties, [](const Party& party) -> std::string_view { return party.did; })) {
    return Malformed("parties", "each DID once", "one twice");
  }
  std::map<Role, int> count;
  for (const Party& party : contract.parties) {
    TRY(CheckParty(party));
    ++count[party.role];
  }
  if (count[Role::kTdc] != 1) return Malformed("parties", "one tdc", std::to_string(count[Role::kTdc]));
  if (count[Role::kCcrp] != 1) return Malformed("parties", "one ccrp", std::to_string(count[Role::kCcrp]));
  if (count[Role::kTdp] < 1) return Malformed("parties", "a tdp", "none");
  if (contract.ledger.keys.empty() || contract.ledger.tls.empty()) {
    return Malformed("ledger", "a key and the digest of a TLS key", "none");
  }
  return CheckKeysApart(contract);
}

Result<void> CheckField(const Field& field) {
  if (field.bounds) {
    if (field.type == FieldType::kText) return Malformed(field.name + ".bounds", "none for text", "some");
    if (!(field.bounds->low < field.bounds->high))
      return Malformed(field.name + ".bounds", "low below high", "otherwise");
  }
  if (field.typical && (!field.bounds || *field.typical < field.bounds->low || *field.typical > field.bounds->high)) {
    return Malformed(field.name + ".typical", "a value inside the bounds", field.bounds ? "one outside" : "no bounds");
  }
  const bool printable = std::none_of(field.name.begin(), field.name.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return printable ? Result<void>() : Result<void>(Malformed("fields", "names without control characters", "one with"));
}

Result<void> CheckTable(const Dataset& dataset) {
  const std::string where = "dataset " + dataset.name;
  const TableSchema& schema = *dataset.schema;
  if (!AllUnique(schema.fields, [](const Field& field) -> std::string_view { return field.name; })) {
    return Malformed(where + ".schema.fields", "each name once", "one twice");
  }
  for (const Field& field : schema.fields) TRY_WITH(where, CheckField(field));
  const Field* principal = schema.FindField(dataset.principal_column);
  if (principal == nullptr || principal->field_class != FieldClass::kIdentifier) {
    return Malformed(where + ".principalColumn", "a field of class identifier",
                     principal == nullptr ? "no field" : "another class");
  }
  if (principal->type == FieldType::kNumber) {
    return Malformed(where + ".principalColumn", "text or an integer", "a number with fractions");
  }
  if (dataset.account.starts_with("urn:cloister:")) {
    return Malformed(where + ".account", "a name outside urn:cloister:, which is ours", "one inside");
  }
  return {};
}

bool IsSegment(std::string_view text) {
  if (text.empty() || text.size() > 128 || text[0] == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool IsResource(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t last = text.rfind('/');
  return first != std::string_view::npos && first < last && IsSegment(text.substr(0, first)) &&
         IsSegment(text.substr(first + 1, last - first - 1)) && IsSegment(text.substr(last + 1));
}

Result<void> CheckDatasets(const Contract& contract) {
  std::set<std::string> ids, names, files, resources;
  int tables = 0, pipelines = 0;
  for (const Dataset& dataset : contract.datasets) {
    const std::string where = "dataset " + dataset.name;
    if (!ids.insert(dataset.id).second || !names.insert(dataset.name).second ||
        !files.insert(dataset.FileName()).second ||
        !resources.insert(dataset.provider + " " + dataset.key_resource).second) {
      return Malformed(where, "an id, a name, a file name and a key of its own", "one that another dataset has");
    }
    if (!IsSegment(dataset.FileName()))
      return Malformed(where + ".url", "a file name as its last segment", "something else");
    if (!IsResource(dataset.key_resource)) return Malformed(where + ".key", "repo/type/tag", "something else");
    const bool table = dataset.kind == DatasetKind::kTable;
    const Party* provider = contract.FindParty(dataset.provider);
    if (provider == nullptr || !provider->broker || (!table && provider->role != Role::kTdc)) {
      return Malformed(where + ".provider", table ? "a tdp or the tdc" : "the tdc", "another");
    }
    ++(table ? tables : pipelines);
    if (table) TRY(CheckTable(dataset));
  }
  if (tables < 1 || pipelines != 1) return Malformed("datasets", "a table or more, and one pipeline", "another number");
  const Dataset* pinned = contract.DatasetById(contract.pipeline.dataset);
  if (pinned == nullptr || pinned->kind != DatasetKind::kPipeline) {
    return Malformed("constraints[0].pipeline.dataset", "the id of the pipeline dataset", "another");
  }
  return {};
}

Result<void> CheckPermissions(const Contract& contract) {
  for (const Permission& permission : contract.permissions) {
    for (const std::string& id : permission.datasets) {
      const Dataset* dataset = contract.DatasetById(id);
      if (dataset == nullptr || !dataset->schema) return Malformed("permissions.datasets", "ids of tables", "another");
      if (!permission.columns.contains(id))
        return Malformed("permissions.columns", "an entry for each dataset", "none for one");
    }
    for (const auto& [id, columns] : permission.columns) {
      if (!Contains(permission.datasets, id)) return Malformed("permissions.columns", "ids of `datasets`", "another");
      const TableSchema& schema = *contract.DatasetById(id)->schema;
      for (const std::string& column : columns) {
        if (schema.FindField(column) == nullptr)
          return Malformed("permissions.columns", "fields of the schema", "another");
      }
    }
  }
  return {};
}

Result<void> CheckTerms(const PrivacyTerms& terms, const Dataset& dataset) {
  const std::string where = "privacy of " + dataset.name;
  const double most_delta = 1.0 / static_cast<double>(dataset.schema->rows);
  if (!(terms.epsilon > 0)) return Malformed(where + ".epsilon_threshold", "more than 0", Json(terms.epsilon).Dump());
  if (!(terms.delta > 0 && terms.delta < most_delta)) {
    return Malformed(where + ".delta", "between 0 and 1/rows = " + Json(most_delta).Dump(), Json(terms.delta).Dump());
  }
  if (terms.total_epsilon < terms.epsilon || terms.total_delta < terms.delta || terms.total_delta >= 1) {
    return Malformed(where + ".total", "at least what one run may spend, and delta below 1", "otherwise");
  }
  return {};
}

Result<void> CheckPrivacy(const Contract& contract) {
  std::set<std::string> seen;
  std::map<std::string, std::pair<double, double>> totals;
  for (const PrivacyTerms& terms : contract.privacy) {
    const Dataset* dataset = contract.DatasetById(terms.dataset);
    if (dataset == nullptr || !dataset->schema) return Malformed("privacy.dataset", "the id of a table", "another");
    if (!seen.insert(terms.dataset).second)
      return Malformed("privacy", "one entry for a table", "two for " + dataset->name);
    TRY(CheckTerms(terms, *dataset));
    const std::pair total(terms.total_epsilon, terms.total_delta);
    const auto [at, fresh] = totals.emplace(dataset->provider + " " + dataset->account, total);
    if (!fresh && at->second != total) return Malformed("privacy.total", "one total for one account", "two");
  }
  for (const Dataset& dataset : contract.datasets) {
    if (dataset.schema && !seen.contains(dataset.id))
      return Malformed("privacy", "an entry for " + dataset.name, "none");
  }
  return {};
}

Result<void> CheckCompute(const Contract& contract) {
  const ComputeTerms& compute = contract.compute;
  if (compute.platforms != std::vector<std::string>{"snp"})
    return Malformed("compute.platforms", "[\"snp\"]", "others");
  if (compute.roots.empty()) return Malformed("compute.roots", "a root's fingerprint or more", "none");
  const Party* certifier = contract.FindParty(compute.certifier);
  if (certifier == nullptr || certifier->role != Role::kSro)
    return Malformed("compute.certifier", "a party of role sro", "another");
  return {};
}

Result<void> CheckOutputs(const Contract& contract) {
  if (contract.outputs.empty()) return Malformed("outputs", "one or more", "none");
  if (!AllUnique(contract.outputs, [](const Output& output) -> std::string_view { return output.name; })) {
    return Malformed("outputs", "each name once", "one twice");
  }
  for (const Output& output : contract.outputs) {
    if (contract.FindParty(output.to) == nullptr)
      return Malformed("outputs." + output.name + ".to", "a party", "another DID");
    if (!output.recipient.starts_with("age1"))
      return Malformed("outputs." + output.name + ".recipient", "age1…", "something else");
  }
  return {};
}

}  // namespace

Result<void> CheckContract(const Contract& contract) {
  if (!(contract.start < contract.expiry))
    return Malformed("expiryTime", "a time after startTime", ToRfc3339(contract.expiry));
  if (contract.supersedes.has_value() != (contract.version > 1)) {
    return Malformed("supersedes", contract.version > 1 ? "the former version's digest" : "none in version 1",
                     "otherwise");
  }
  TRY(CheckParties(contract));
  TRY(CheckDatasets(contract));
  TRY(CheckPermissions(contract));
  TRY(CheckPrivacy(contract));
  TRY(CheckCompute(contract));
  TRY(CheckOutputs(contract));
  for (const std::string& did : contract.revocable_by) {
    if (contract.FindParty(did) == nullptr) return Malformed("terms.revocation.revocableBy", "parties", "another DID");
  }
  return {};
}

}  // namespace cloister::contract::internal
