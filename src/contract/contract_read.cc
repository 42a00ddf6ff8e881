// Contract::FromJson: member by member, in the order of docs/formats/clean-room.md.
#include "contract/account_entry.h"
#include "contract/contract.h"
#include "contract/internal/contract_rules.h"
#include "contract/internal/fields.h"

namespace cloister::contract {
namespace {

using namespace internal;

constexpr double kMostEpsilon = 1e6;

Result<void> DemandText(const Json& json, std::string_view key, std::string_view expected) {
  const std::string text = TRY(json.GetString(key));
  if (text != expected) return Malformed(key, expected, text.size() > 64 ? "another text" : "\"" + text + "\"");
  return {};
}

Result<BrokerTerms> ReadBroker(const Json& json) {
  TRY(json.RefuseUnknownMembers({"keys", "tls"}));
  BrokerTerms broker;
  broker.keys = TRY(GetList(json, "keys", NamedKey::FromJson));
  broker.tls = TRY(GetDigests(json, "tls"));
  return broker;
}

Result<Party> ReadParty(const Json& json) {
  TRY(json.RefuseUnknownMembers({"did", "role", "signs", "keys", "broker"}));
  Party party;
  party.did = TRY(GetDid(json, "did"));
  party.role = TRY(GetEnum(json, "role", {Role::kTdp, Role::kTdc, Role::kCcrp, Role::kSro, Role::kAuditor}, RoleName));
  party.signs = TRY(json.GetBool("signs"));
  party.keys = TRY(GetList(json, "keys", NamedKey::FromJson));
  if (json.Find("broker") != nullptr) party.broker = TRY(GetPart(json, "broker", ReadBroker));
  return party;
}

Result<LedgerTerms> ReadLedger(const Json& json) {
  TRY(json.RefuseUnknownMembers({"origin", "keys", "vkey", "cosigner", "tls", "maxCheckpointAge"}));
  LedgerTerms ledger;
  ledger.origin = TRY(GetText(json, "origin", 512));
  ledger.keys = TRY(GetList(json, "keys", NamedKey::FromJson));
  ledger.vkey = TRY(GetText(json, "vkey", 1024));
  ledger.cosigner = TRY(GetText(json, "cosigner", 1024));
  ledger.tls = TRY(GetDigests(json, "tls"));
  ledger.max_checkpoint_age = Seconds(TRY(json.GetIntIn("maxCheckpointAge", 1, 366 * 86400)));
  return ledger;
}

Result<Field> ReadField(const Json& json) {
  TRY(json.RefuseUnknownMembers({"name", "type", "class", "bounds", "typical"}));
  Field field;
  field.name = TRY(GetText(json, "name", 128));
  field.type = TRY(GetEnum(json, "type", {FieldType::kNumber, FieldType::kInteger, FieldType::kText}, FieldTypeName));
  field.field_class = TRY(
      GetEnum(json, "class", {FieldClass::kIdentifier, FieldClass::kFeature, FieldClass::kLabel, FieldClass::kOther},
              FieldClassName));
  if (json.Find("bounds") != nullptr) {
    const Json::Array& ends = *TRY(json.GetArray("bounds"));
    if (ends.size() != 2) return Malformed("bounds", "[low, high]", std::to_string(ends.size()) + " items");
    field.bounds = Bounds{TRY_WITH("bounds", ends[0].AsNumber()), TRY_WITH("bounds", ends[1].AsNumber())};
  }
  if (json.Find("typical") != nullptr) field.typical = TRY(json.GetNumber("typical"));
  return field;
}

Result<TableSchema> ReadSchema(const Json& json) {
  TRY(json.RefuseUnknownMembers({"format", "header", "fields", "rows"}));
  TableSchema schema;
  schema.format = TRY(GetEnum(json, "format", {TableFormat::kCsv, TableFormat::kParquet}, TableFormatName));
  if (schema.format == TableFormat::kCsv) {
    schema.header = TRY(json.GetBool("header"));
  } else if (json.Find("header") != nullptr) {
    return Malformed("header", "none for parquet", "one");
  }
  schema.fields = TRY(GetList(json, "fields", ReadField, 4096));
  schema.rows = TRY(GetCount(json, "rows", 1));
  return schema;
}

Result<Integrity> ReadIntegrity(const Json& json) {
  TRY(json.RefuseUnknownMembers({"encryption", "sha256", "size", "header_sha256"}));
  TRY(DemandText(json, "encryption", "age-v1"));
  return Integrity{TRY(GetDigest(json, "sha256")), TRY(GetCount(json, "size", 1)),
                   TRY(GetDigest(json, "header_sha256"))};
}

Result<std::string> ReadKey(const Json& json) {
  TRY(json.RefuseUnknownMembers({"type", "properties"}));
  TRY(DemandText(json, "type", "kbs"));
  const Json& properties = *TRY(json.GetObject("properties"));
  TRY_WITH("properties", properties.RefuseUnknownMembers({"resource"}));
  return TRY_WITH("properties", GetText(properties, "resource", 512));
}

Result<Dataset> ReadDataset(const Json& json) {
  Dataset dataset;
  dataset.kind = TRY(GetEnum(json, "kind", {DatasetKind::kTable, DatasetKind::kPipeline}, DatasetKindName));
  if (dataset.kind == DatasetKind::kTable) {
    TRY(json.RefuseUnknownMembers({"id", "name", "owner", "kind", "provider", "url", "schema", "integrity", "key",
                                   "principalColumn", "account"}));
  } else {
    TRY(json.RefuseUnknownMembers({"id", "name", "owner", "kind", "provider", "url", "integrity", "key"}));
  }
  dataset.id = TRY(GetUrnUuid(json, "id"));
  dataset.name = TRY(GetText(json, "name", 64));
  TRY_WITH("name", CheckTableName(dataset.name));
  dataset.owner = TRY(GetText(json, "owner", 512));
  dataset.provider = TRY(GetDid(json, "provider"));
  dataset.url = TRY(GetText(json, "url", 2048));
  dataset.integrity = TRY(GetPart(json, "integrity", ReadIntegrity));
  dataset.key_resource = TRY(GetPart(json, "key", ReadKey));
  if (dataset.kind == DatasetKind::kPipeline) {
    dataset.account = UnmeteredAccount(dataset.id);
    return dataset;
  }
  dataset.schema = TRY(GetPart(json, "schema", ReadSchema));
  dataset.principal_column = TRY(GetText(json, "principalColumn", 128));
  dataset.account = TRY(GetText(json, "account", 512));
  return dataset;
}

Result<Permission> ReadPermission(const Json& json) {
  TRY(json.RefuseUnknownMembers({"action", "datasets", "columns"}));
  TRY(DemandText(json, "action", "train"));
  Permission permission;
  permission.datasets = TRY(GetTexts(json, "datasets"));
  const Json& columns = *TRY(json.GetObject("columns"));
  for (const auto& [dataset, names] : *TRY(columns.AsObject())) {
    if (TRY_WITH("columns", names.AsArray())->size() > 4096) return Malformed("columns", "at most 4096 names", "more");
    permission.columns.emplace(dataset, TRY_WITH("columns", columns.GetStrings(dataset)));
  }
  return permission;
}

Result<PrivacyTerms> ReadPrivacy(const Json& json) {
  TRY(json.RefuseUnknownMembers(
      {"dataset", "epsilon_threshold", "delta", "unit", "accountant", "maxRowsPerPrincipal", "total"}));
  TRY(DemandText(json, "unit", "principal"));
  TRY(DemandText(json, "accountant", "prv"));
  PrivacyTerms terms;
  terms.dataset = TRY(GetUrnUuid(json, "dataset"));
  terms.epsilon = TRY(GetFinite(json, "epsilon_threshold", 0, kMostEpsilon));
  terms.delta = TRY(GetFinite(json, "delta", 0, 1));
  terms.max_rows_per_principal = static_cast<std::uint32_t>(TRY(json.GetIntIn("maxRowsPerPrincipal", 1, 1 << 20)));
  const Json& total = *TRY(json.GetObject("total"));
  TRY_WITH("total", total.RefuseUnknownMembers({"epsilon", "delta"}));
  terms.total_epsilon = TRY_WITH("total", GetFinite(total, "epsilon", 0, kMostEpsilon));
  terms.total_delta = TRY_WITH("total", GetFinite(total, "delta", 0, 1));
  return terms;
}

Result<ComputeTerms> ReadCompute(const Json& json) {
  TRY(json.RefuseUnknownMembers({"platforms", "roots", "debug", "minTcb", "certifier", "holdSeconds"}));
  if (TRY(json.GetBool("debug"))) return Malformed("debug", "false", "true");
  ComputeTerms compute;
  compute.platforms = TRY(GetTexts(json, "platforms"));
  compute.roots = TRY(GetDigests(json, "roots"));
  const Json& tcb = *TRY(json.GetObject("minTcb"));
  TRY_WITH("minTcb", tcb.RefuseUnknownMembers({"bootloader", "tee", "snp", "microcode"}));
  const auto level = [&tcb](std::string_view name) -> Result<std::uint8_t> {
    return static_cast<std::uint8_t>(TRY_WITH("minTcb", tcb.GetIntIn(name, 0, 255)));
  };
  compute.min_tcb = MinimumTcb{TRY(level("bootloader")), TRY(level("tee")), TRY(level("snp")), TRY(level("microcode"))};
  compute.certifier = TRY(GetDid(json, "certifier"));
  if (json.Find("holdSeconds") != nullptr) {
    compute.hold_seconds = static_cast<std::uint32_t>(TRY(json.GetIntIn("holdSeconds", 1, 86'400)));
  }
  return compute;
}

Result<PipelinePin> ReadPin(const Json& json) {
  TRY(json.RefuseUnknownMembers({"dataset", "sha256"}));
  PipelinePin pin;
  pin.dataset = TRY(GetUrnUuid(json, "dataset"));
  pin.sha256 = TRY(GetDigest(json, "sha256"));
  return pin;
}

Result<Output> ReadOutput(const Json& json) {
  TRY(json.RefuseUnknownMembers({"name", "kind", "to", "recipient"}));
  Output output;
  output.name = TRY(GetText(json, "name", 64));
  TRY_WITH("name", CheckOutputName(output.name));
  output.kind = TRY(GetEnum(json, "kind", {OutputKind::kModel, OutputKind::kCard}, OutputKindName));
  output.to = TRY(GetDid(json, "to"));
  output.recipient = TRY(GetText(json, "recipient", 128));
  return output;
}

Result<void> ReadConstraints(const Json& json, Contract& contract) {
  const Json::Array& entries = *TRY(json.GetArray("constraints"));
  if (entries.size() != 1) return Malformed("constraints", "one entry", std::to_string(entries.size()));
  const Json& entry = entries[0];
  TRY_WITH("constraints[0]", entry.RefuseUnknownMembers({"privacy", "compute", "pipeline", "log"}));
  contract.privacy = TRY_WITH("constraints[0]", GetList(entry, "privacy", ReadPrivacy));
  contract.compute = TRY_WITH("constraints[0]", GetPart(entry, "compute", ReadCompute));
  contract.pipeline = TRY_WITH("constraints[0]", GetPart(entry, "pipeline", ReadPin));
  const Json& log = *TRY(entry.GetObject("log"));
  TRY_WITH("constraints[0].log", log.RefuseUnknownMembers({"export"}));
  return DemandText(log, "export", "none");
}

Result<void> ReadTerms(const Json& json, Contract& contract) {
  TRY(json.RefuseUnknownMembers({"payment", "revocation"}));
  const Json& payment = *TRY(json.GetObject("payment"));
  TRY_WITH("payment", payment.RefuseUnknownMembers({}));
  const Json& revocation = *TRY(json.GetObject("revocation"));
  TRY_WITH("revocation", revocation.RefuseUnknownMembers({"revocableBy", "effect"}));
  TRY_WITH("revocation", DemandText(revocation, "effect", "stop-running"));
  contract.revocable_by = TRY_WITH("revocation", GetTexts(revocation, "revocableBy"));
  return {};
}

// tdc, tdps and ccrp are views of the parties.
Result<void> CheckViews(const Json& json, const Contract& contract) {
  std::vector<std::string> tdps;
  for (const Party& party : contract.parties) {
    if (party.role == Role::kTdp) tdps.push_back(party.did);
  }
  if (TRY(GetTexts(json, "tdps")) != tdps) return Malformed("tdps", "the tdp parties, in their order", "others");
  if (TRY(json.GetString("tdc")) != contract.Tdc().did) return Malformed("tdc", contract.Tdc().did, "another DID");
  if (TRY(json.GetString("ccrp")) != contract.Ccrp().did) return Malformed("ccrp", contract.Ccrp().did, "another DID");
  return {};
}

}  // namespace

Result<Dataset> Dataset::FromJson(const Json& json) { return ReadDataset(json); }

Result<Contract> Contract::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"id", "version", "supersedes", "schemaVersion", "startTime", "expiryTime",
                                 "jurisdiction", "purpose", "tdc", "tdps", "ccrp", "parties", "ledger", "datasets",
                                 "permissions", "constraints", "outputs", "terms"}));
  TRY(DemandText(json, "schemaVersion", "1"));
  TRY(DemandText(json, "purpose", "TRAINING"));
  Contract contract;
  contract.id = TRY(GetUrnUuid(json, "id"));
  contract.version = static_cast<std::uint32_t>(TRY(json.GetIntIn("version", 1, 1 << 30)));
  if (json.Find("supersedes") != nullptr) contract.supersedes = TRY(GetDigest(json, "supersedes"));
  contract.start = TRY(GetTime(json, "startTime"));
  contract.expiry = TRY(GetTime(json, "expiryTime"));
  if (json.Find("jurisdiction") != nullptr) contract.jurisdiction = TRY(GetText(json, "jurisdiction", 64));
  contract.parties = TRY(GetList(json, "parties", ReadParty, 64));
  contract.ledger = TRY(GetPart(json, "ledger", ReadLedger));
  contract.datasets = TRY(GetList(json, "datasets", ReadDataset, 64));
  contract.permissions = TRY(GetList(json, "permissions", ReadPermission, 64));
  TRY(ReadConstraints(json, contract));
  contract.outputs = TRY(GetList(json, "outputs", ReadOutput, 64));
  const Json& terms = *TRY(json.GetObject("terms"));
  TRY_WITH("terms", ReadTerms(terms, contract));
  TRY(CheckContract(contract));
  TRY(CheckViews(json, contract));
  return contract;
}

Result<Contract> Contract::FromCanonical(std::string_view text) {
  const Json json = TRY(Json::Parse(text, {.max_bytes = kMaxBytes, .max_depth = 16}));
  Contract contract = TRY(FromJson(json));
  if (contract.ToCanonical() != text)
    return Error(ErrorCode::kMalformed, "contract: expected canonical JSON (RFC 8785)");
  return contract;
}

}  // namespace cloister::contract
