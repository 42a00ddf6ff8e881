#include "commands/draft.h"

#include <algorithm>

namespace cloister::commands {
namespace {

using contract::Contract;
using contract::Dataset;
using contract::DatasetKind;
using contract::Role;

Result<const PartyCard*> Only(const std::vector<PartyCard>& parties, Role role) {
  const PartyCard* found = nullptr;
  for (const PartyCard& party : parties) {
    if (party.role != role) continue;
    if (found != nullptr) {
      return Error(ErrorCode::kUsage, "expected one party with role " + std::string(contract::RoleName(role)) + ", got two");
    }
    found = &party;
  }
  if (found == nullptr) {
    return Error(ErrorCode::kUsage, "expected a party with role " + std::string(contract::RoleName(role)) + ", got none");
  }
  return found;
}

// What training needs of a table, and no more.
contract::Permission Permit(const std::vector<Dataset>& datasets) {
  contract::Permission permission;
  for (const Dataset& dataset : datasets) {
    if (!dataset.schema) continue;
    permission.datasets.push_back(dataset.id);
    std::vector<std::string>& columns = permission.columns[dataset.id];
    for (const contract::Field& field : dataset.schema->fields) {
      const bool used = field.field_class == contract::FieldClass::kFeature ||
                        field.field_class == contract::FieldClass::kLabel || field.name == dataset.principal_column;
      if (used) columns.push_back(field.name);
    }
  }
  return permission;
}

}  // namespace

Result<Contract> DrawUp(const std::vector<PartyCard>& parties, const contract::LedgerTerms& ledger,
                        const std::vector<Dataset>& datasets, const contract::Digest& pipeline_digest,
                        const DraftTerms& terms) {
  const PartyCard* consumer = TRY(Only(parties, Role::kTdc));
  TRY(Only(parties, Role::kCcrp));
  const PartyCard* certifier = TRY(Only(parties, Role::kSro));
  const auto pipelines = std::count_if(datasets.begin(), datasets.end(),
                                       [](const Dataset& dataset) { return dataset.kind == DatasetKind::kPipeline; });
  if (pipelines != 1) {
    return Error(ErrorCode::kUsage, "expected exactly one sealed pipeline, got " + std::to_string(pipelines));
  }
  Contract draft;
  draft.id = terms.id;
  draft.start = terms.start;
  draft.expiry = terms.expiry;
  draft.ledger = ledger;
  draft.datasets = datasets;
  draft.permissions = {Permit(datasets)};
  draft.compute = {{"snp"}, terms.roots, terms.min_tcb, certifier->did, terms.hold_seconds};
  draft.outputs = {{"model", contract::OutputKind::kModel, consumer->did, consumer->recipient},
                   {"card", contract::OutputKind::kCard, consumer->did, consumer->recipient}};
  for (const PartyCard& card : parties) {
    draft.parties.push_back(card.ToParty());
    if (draft.parties.back().signs) draft.revocable_by.push_back(card.did);
  }
  for (const Dataset& dataset : datasets) {
    if (dataset.kind == DatasetKind::kPipeline) {
      draft.pipeline = {dataset.id, pipeline_digest};
    } else {
      draft.privacy.push_back({dataset.id, terms.epsilon, terms.delta, terms.max_rows_per_principal,
                               terms.total_epsilon, terms.total_delta});
    }
  }
  // What the schema refuses is refused here, before anybody is asked to sign it.
  return Contract::FromCanonical(draft.ToCanonical());
}

}  // namespace cloister::commands
