// Contract::ToJson: the one form that parties sign.
#include "contract/contract.h"
#include "contract/internal/fields.h"

namespace cloister::contract {
namespace {

using namespace internal;

Json::Array Keys(const std::vector<NamedKey>& keys) {
  return ToList(keys, [](const NamedKey& key) { return key.ToJson(); });
}

Json WriteParty(const Party& party) {
  Json json = Json::Object{
      {"did", party.did}, {"role", RoleName(party.role)}, {"signs", party.signs}, {"keys", Keys(party.keys)}};
  if (party.broker)
    json.Set("broker", Json::Object{{"keys", Keys(party.broker->keys)}, {"tls", HexList(party.broker->tls)}});
  return json;
}

Json WriteLedger(const LedgerTerms& ledger) {
  return Json::Object{{"origin", ledger.origin},    {"keys", Keys(ledger.keys)},
                      {"vkey", ledger.vkey},        {"cosigner", ledger.cosigner},
                      {"tls", HexList(ledger.tls)}, {"maxCheckpointAge", ledger.max_checkpoint_age.count()}};
}

Json WriteField(const Field& field) {
  Json json = Json::Object{
      {"name", field.name}, {"type", FieldTypeName(field.type)}, {"class", FieldClassName(field.field_class)}};
  if (field.bounds) json.Set("bounds", Json::Array{Number(field.bounds->low), Number(field.bounds->high)});
  if (field.typical) json.Set("typical", Number(*field.typical));
  return json;
}

Json WriteSchema(const TableSchema& schema) {
  Json json = Json::Object{{"format", TableFormatName(schema.format)},
                           {"fields", ToList(schema.fields, WriteField)},
                           {"rows", Count(schema.rows)}};
  if (schema.format == TableFormat::kCsv) json.Set("header", schema.header);
  return json;
}

Json WriteDataset(const Dataset& dataset) {
  Json json = Json::Object{
      {"id", dataset.id},
      {"name", dataset.name},
      {"owner", dataset.owner},
      {"kind", DatasetKindName(dataset.kind)},
      {"provider", dataset.provider},
      {"url", dataset.url},
      {"integrity", Json::Object{{"encryption", "age-v1"},
                                 {"sha256", Hex(dataset.integrity.sha256)},
                                 {"size", Count(dataset.integrity.size)},
                                 {"header_sha256", Hex(dataset.integrity.header_sha256)}}},
      {"key", Json::Object{{"type", "kbs"}, {"properties", Json::Object{{"resource", dataset.key_resource}}}}}};
  if (dataset.kind == DatasetKind::kTable) {
    if (dataset.schema) json.Set("schema", WriteSchema(*dataset.schema));
    json.Set("principalColumn", dataset.principal_column);
    json.Set("account", dataset.account);
  }
  return json;
}

Json WritePermission(const Permission& permission) {
  Json columns = Json::Object{};
  for (const auto& [dataset, names] : permission.columns) columns.Set(dataset, TextList(names));
  return Json::Object{
      {"action", "train"}, {"datasets", TextList(permission.datasets)}, {"columns", std::move(columns)}};
}

Json WritePrivacy(const PrivacyTerms& terms) {
  return Json::Object{
      {"dataset", terms.dataset},
      {"epsilon_threshold", Number(terms.epsilon)},
      {"delta", Number(terms.delta)},
      {"unit", "principal"},
      {"accountant", "prv"},
      {"maxRowsPerPrincipal", terms.max_rows_per_principal},
      {"total", Json::Object{{"epsilon", Number(terms.total_epsilon)}, {"delta", Number(terms.total_delta)}}}};
}

Json WriteConstraints(const Contract& contract) {
  const MinimumTcb& tcb = contract.compute.min_tcb;
  Json compute = Json::Object{{"platforms", TextList(contract.compute.platforms)},
                              {"roots", HexList(contract.compute.roots)},
                              {"debug", false},
                              {"minTcb", Json::Object{{"bootloader", tcb.bootloader},
                                                      {"tee", tcb.tee},
                                                      {"snp", tcb.snp},
                                                      {"microcode", tcb.microcode}}},
                              {"certifier", contract.compute.certifier}};
  if (contract.compute.hold_seconds > 0) compute.Set("holdSeconds", contract.compute.hold_seconds);
  return Json::Object{
      {"privacy", ToList(contract.privacy, WritePrivacy)},
      {"compute", std::move(compute)},
      {"pipeline", Json::Object{{"dataset", contract.pipeline.dataset}, {"sha256", Hex(contract.pipeline.sha256)}}},
      {"log", Json::Object{{"export", "none"}}}};
}

Json WriteOutput(const Output& output) {
  return Json::Object{
      {"name", output.name}, {"kind", OutputKindName(output.kind)}, {"to", output.to}, {"recipient", output.recipient}};
}

}  // namespace

Json Dataset::ToJson() const { return WriteDataset(*this); }

Json Contract::ToJson() const {
  Json::Array tdps;
  for (const Party& party : parties) {
    if (party.role == Role::kTdp) tdps.push_back(party.did);
  }
  Json json = Json::Object{{"id", id},
                           {"version", version},
                           {"schemaVersion", "1"},
                           {"startTime", ToRfc3339(start)},
                           {"expiryTime", ToRfc3339(expiry)},
                           {"purpose", "TRAINING"},
                           {"tdc", Tdc().did},
                           {"tdps", std::move(tdps)},
                           {"ccrp", Ccrp().did},
                           {"parties", ToList(parties, WriteParty)},
                           {"ledger", WriteLedger(ledger)},
                           {"datasets", ToList(datasets, WriteDataset)},
                           {"permissions", ToList(permissions, WritePermission)},
                           {"constraints", Json::Array{WriteConstraints(*this)}},
                           {"outputs", ToList(outputs, WriteOutput)},
                           {"terms", Json::Object{{"payment", Json::Object{}},
                                                  {"revocation", Json::Object{{"revocableBy", TextList(revocable_by)},
                                                                              {"effect", "stop-running"}}}}}};
  if (supersedes) json.Set("supersedes", Hex(*supersedes));
  if (jurisdiction) json.Set("jurisdiction", *jurisdiction);
  return json;
}

std::string Contract::ToCanonical() const {
  Result<std::string> text = ToJson().Canonical();
  CHECK(text);  // FromJson took only what canonical JSON can carry
  return *std::move(text);
}

Digest Contract::digest() const { return crypto::Sha256(AsBytes(ToCanonical())); }

}  // namespace cloister::contract
