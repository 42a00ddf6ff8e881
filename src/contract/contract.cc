#include "contract/contract.h"

#include <algorithm>

namespace cloister::contract {
namespace {

template <class T, class Match>
const T* FindIf(const std::vector<T>& items, Match match) {
  const auto found = std::find_if(items.begin(), items.end(), match);
  return found == items.end() ? nullptr : &*found;
}

const Party& TheParty(const Contract& contract, Role role) {
  const Party* party = FindIf(contract.parties, [role](const Party& p) { return p.role == role; });
  CHECK(party != nullptr);
  return *party;
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kTdp:
      return "tdp";
    case Role::kTdc:
      return "tdc";
    case Role::kCcrp:
      return "ccrp";
    case Role::kSro:
      return "sro";
    case Role::kAuditor:
      return "auditor";
  }
  CHECK(false);
}

std::string_view FieldTypeName(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
      return "number";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kText:
      return "text";
  }
  CHECK(false);
}

std::string_view FieldClassName(FieldClass field_class) {
  switch (field_class) {
    case FieldClass::kIdentifier:
      return "identifier";
    case FieldClass::kFeature:
      return "feature";
    case FieldClass::kLabel:
      return "label";
    case FieldClass::kOther:
      return "other";
  }
  CHECK(false);
}

std::string_view TableFormatName(TableFormat format) { return format == TableFormat::kCsv ? "csv" : "parquet"; }
std::string_view DatasetKindName(DatasetKind kind) { return kind == DatasetKind::kTable ? "table" : "pipeline"; }
std::string_view OutputKindName(OutputKind kind) { return kind == OutputKind::kModel ? "model" : "card"; }

const Field* TableSchema::FindField(std::string_view name) const {
  return FindIf(fields, [name](const Field& field) { return field.name == name; });
}

std::string Dataset::FileName() const { return url.substr(url.rfind('/') + 1); }

const Party& Contract::Tdc() const { return TheParty(*this, Role::kTdc); }
const Party& Contract::Ccrp() const { return TheParty(*this, Role::kCcrp); }

const Party* Contract::FindParty(std::string_view did) const {
  return FindIf(parties, [did](const Party& party) { return party.did == did; });
}

std::vector<std::string> Contract::RequiredSigners() const {
  std::vector<std::string> signers;
  for (const Party& party : parties) {
    if (party.signs) signers.push_back(party.did);
  }
  return signers;
}

const Dataset* Contract::DatasetById(std::string_view dataset_id) const {
  return FindIf(datasets, [dataset_id](const Dataset& dataset) { return dataset.id == dataset_id; });
}

const Dataset* Contract::DatasetByName(std::string_view name) const {
  return FindIf(datasets, [name](const Dataset& dataset) { return dataset.name == name; });
}

const PrivacyTerms* Contract::PrivacyOf(std::string_view dataset_id) const {
  return FindIf(privacy, [dataset_id](const PrivacyTerms& terms) { return terms.dataset == dataset_id; });
}

const Party& Contract::ProviderOf(const Dataset& dataset) const {
  const Party* party = FindParty(dataset.provider);
  CHECK(party != nullptr);
  return *party;
}

std::vector<std::string> Contract::PermittedColumns(const Dataset& dataset) const {
  std::vector<std::string> permitted;
  if (!dataset.schema) return permitted;
  for (const Field& field : dataset.schema->fields) {
    const bool named = std::any_of(permissions.begin(), permissions.end(), [&](const Permission& permission) {
      const auto columns = permission.columns.find(dataset.id);
      return columns != permission.columns.end() &&
             std::find(columns->second.begin(), columns->second.end(), field.name) != columns->second.end();
    });
    if (named) permitted.push_back(field.name);
  }
  return permitted;
}

Result<void> Contract::CheckDates(Time now) const {
  if (now < start)
    return Error(ErrorCode::kExpired, "contract: begins at " + ToRfc3339(start) + ", it is " + ToRfc3339(now));
  if (now >= expiry)
    return Error(ErrorCode::kExpired, "contract: ended at " + ToRfc3339(expiry) + ", it is " + ToRfc3339(now));
  return {};
}

}  // namespace cloister::contract
