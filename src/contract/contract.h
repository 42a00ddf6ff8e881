// The contract, contract/v1 (docs/formats/clean-room.md, "Contract"): who may do what with which data, and what it
// costs.
#pragma once

#include "base/time.h"
#include "contract/parts.h"

namespace cloister::contract {

// Roles of DEPA: data provider, data consumer, clean room provider, self-regulatory organisation (certifies rooms),
// auditor.
enum class Role { kTdp, kTdc, kCcrp, kSro, kAuditor };
std::string_view RoleName(Role role);  // "tdp", …

struct BrokerTerms {
  std::vector<NamedKey> keys;  // sign reservations, settlements and account entries
  std::vector<Digest> tls;     // SHA-256 of the SPKI of the broker's TLS keys
  bool operator==(const BrokerTerms&) const = default;
};

struct Party {
  std::string did;
  Role role;
  bool signs;
  std::vector<NamedKey> keys;         // identity keys, pinned
  std::optional<BrokerTerms> broker;  // of every tdp and tdc
  bool operator==(const Party&) const = default;
};

struct LedgerTerms {
  std::string origin;
  std::vector<NamedKey> keys;  // sign receipts and fresh answers
  std::string vkey;            // C2SP verifier key of the checkpoint (type 1)
  std::string cosigner;        // C2SP verifier key of its timestamped cosignature (type 4)
  std::vector<Digest> tls;
  Seconds max_checkpoint_age;
  bool operator==(const LedgerTerms&) const = default;
};

enum class FieldType { kNumber, kInteger, kText };
enum class FieldClass { kIdentifier, kFeature, kLabel, kOther };
std::string_view FieldTypeName(FieldType type);
std::string_view FieldClassName(FieldClass field_class);

struct Bounds {
  double low;
  double high;  // > low
  bool operator==(const Bounds&) const = default;
};

struct Field {
  std::string name;
  FieldType type;
  FieldClass field_class;
  std::optional<Bounds> bounds;   // public knowledge, not read off the data
  std::optional<double> typical;  // inside the bounds
  bool operator==(const Field&) const = default;
};

enum class TableFormat { kCsv, kParquet };
std::string_view TableFormatName(TableFormat format);

struct TableSchema {
  TableFormat format;
  bool header = false;  // csv: the first line has the names
  std::vector<Field> fields;
  std::uint64_t rows = 0;  // to be used for sampling rates
  const Field* FindField(std::string_view name) const;
  bool operator==(const TableSchema&) const = default;
};

// Of the age v1 ciphertext.
struct Integrity {
  Digest sha256;
  std::uint64_t size;    // bytes
  Digest header_sha256;  // of the age header
  bool operator==(const Integrity&) const = default;
};

enum class DatasetKind { kTable, kPipeline };
std::string_view DatasetKindName(DatasetKind kind);

struct Dataset {
  std::string id;    // urn:uuid:…
  std::string name;  // the table's name in the pipeline's SQL
  std::string owner;
  DatasetKind kind;
  std::string provider;  // DID of the party whose broker holds the key
  std::string url;
  std::optional<TableSchema> schema;  // tables only, as the next but two
  Integrity integrity;
  std::string key_resource;  // repo/type/tag in the provider's broker
  std::string principal_column;
  std::string account;  // the contract's, or `urn:cloister:unmetered:ID` for a pipeline
  // Last segment of `url`: the ciphertext's name under /data in the room.
  std::string FileName() const;
  // One element of the contract's `datasets`. What only holds within a contract is not checked.
  static Result<Dataset> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const Dataset&) const = default;
};

struct Permission {
  std::vector<std::string> datasets;  // for action "train"
  std::map<std::string, std::vector<std::string>> columns;
  bool operator==(const Permission&) const = default;
};

struct PrivacyTerms {
  std::string dataset;
  double epsilon;  // epsilon_threshold: the most that one run may spend; > 0
  double delta;    // the most that one run may spend; > 0, < 1/rows
  std::uint32_t max_rows_per_principal;
  double total_epsilon;  // the most that all runs on the account may spend
  double total_delta;
  bool operator==(const PrivacyTerms&) const = default;
};

struct MinimumTcb {
  std::uint8_t bootloader, tee, snp, microcode;
  bool operator==(const MinimumTcb&) const = default;
};

struct ComputeTerms {
  std::vector<std::string> platforms;  // "snp"
  std::vector<Digest> roots;           // SHA-256 of the root certificates (DER) that may vouch
  MinimumTcb min_tcb;
  std::string certifier;  // DID, role sro
  // What happens between opening and the gate is told to nobody, and takes a multiple of so many seconds. 0: it isn't held.
  std::uint32_t hold_seconds = 0;
  bool operator==(const ComputeTerms&) const = default;
};

struct PipelinePin {
  std::string dataset;
  Digest sha256;  // of its plaintext
  bool operator==(const PipelinePin&) const = default;
};

enum class OutputKind { kModel, kCard };
std::string_view OutputKindName(OutputKind kind);

struct Output {
  std::string name;  // file name without suffix
  OutputKind kind;
  std::string to;         // DID
  std::string recipient;  // age1…
  bool operator==(const Output&) const = default;
};

// Invariants, checked by FromJson: views agree with parties; DIDs, dataset ids and names, output names are unique;
// every reference resolves and has the right role; tdp, tdc and ccrp sign; every metered dataset has privacy terms.
struct Contract {
  static constexpr std::string_view kContentType = "application/vnd.cloister.contract+json";
  static constexpr std::size_t kMaxBytes = 256 * 1024;

  std::string id;  // urn:uuid:…
  std::uint32_t version = 1;
  std::optional<Digest> supersedes;
  Time start;
  Time expiry;  // half-open: [start, expiry)
  std::optional<std::string> jurisdiction;
  std::vector<Party> parties;
  LedgerTerms ledger;
  std::vector<Dataset> datasets;
  std::vector<Permission> permissions;
  std::vector<PrivacyTerms> privacy;
  ComputeTerms compute;
  PipelinePin pipeline;
  std::vector<Output> outputs;
  std::vector<std::string> revocable_by;

  static Result<Contract> FromJson(const formats::Json& json);
  // Demands canonical form (kMalformed).
  static Result<Contract> FromCanonical(std::string_view text);
  formats::Json ToJson() const;
  std::string ToCanonical() const;
  // The contract's name everywhere: SHA-256 of the canonical JSON.
  Digest digest() const;
  std::string Subject() const { return id; }

  const Party& Tdc() const;
  const Party& Ccrp() const;
  const Party* FindParty(std::string_view did) const;
  std::vector<std::string> RequiredSigners() const;  // DIDs
  // Null pointers where the contract has none such.
  const Dataset* DatasetById(std::string_view id) const;
  const Dataset* DatasetByName(std::string_view name) const;
  const PrivacyTerms* PrivacyOf(std::string_view dataset_id) const;
  // The party whose broker holds the dataset's key. A dataset of another contract is a bug (CHECK).
  const Party& ProviderOf(const Dataset& dataset) const;
  // What may be loaded of a dataset: the union over permissions, in the schema's order. Empty means refused.
  std::vector<std::string> PermittedColumns(const Dataset& dataset) const;

  // kExpired: outside [start, expiry).
  Result<void> CheckDates(Time now) const;
  bool operator==(const Contract&) const = default;
};

}  // namespace cloister::contract
