#include "commands/broker_commands.h"

#include <cstdio>

#include "base/file.h"
#include "commands/broker_admin.h"
#include "commands/documents.h"
#include "contract/signed_contract.h"

namespace cloister::commands {
namespace {

using formats::Json;

// A budget as {epsilon, delta}.
Result<std::string> Amount(const Json& account, std::string_view key) {
  const Json& amount = *TRY(account.GetObject(key));
  const double epsilon = TRY(amount.GetNumber("epsilon"));
  const double delta = TRY(amount.GetNumber("delta"));
  char text[80];
  std::snprintf(text, sizeof text, "epsilon %.6g, delta %.6g", epsilon, delta);
  return std::string(text);
}

Result<void> CheckTogether(std::string_view names, std::initializer_list<const std::string*> options) {
  std::size_t given = 0;
  for (const std::string* option : options) given += !option->empty();
  if (given == 0 || given == options.size()) return {};
  return Error(ErrorCode::kUsage, "expected " + std::string(names) + " together, got only some of them");
}

struct SealedKeyParts {
  sealed::SealingRecord record;
  sealed::Identity identity;
};

struct Imports {
  std::optional<contract::SignedContract> contract;
  std::vector<Bytes> signatures;
  std::optional<Bytes> certification;
  std::optional<SealedKeyParts> key;
};

Result<Imports> ReadImports(const BrokerImportOptions& options) {
  TRY(CheckTogether("--contract and --signatures", {&options.contract, &options.signatures}));
  TRY(CheckTogether("--key, --record and --identity", {&options.key, &options.record, &options.identity}));
  if (options.contract.empty() && options.certification.empty() && options.key.empty()) {
    return Error(ErrorCode::kUsage, "expected --contract, --certification or --key, got nothing to import");
  }
  Imports imports;
  if (!options.contract.empty()) {
    const auto contract = TRY(ReadContract(options.contract));
    imports.signatures = TRY(ReadSignatures(options.signatures));
    imports.contract = TRY_WITH(options.signatures + ": expected each party's signature of the contract",
                                contract::SignedContract::Verify(contract.ToCanonical(), imports.signatures));
  }
  if (!options.certification.empty()) {
    imports.certification = TRY(ReadFile(options.certification, contract::kMaxSignedBytes));
    TRY_WITH(options.certification + ": expected a certification (COSE)", contract::StatementFromUnverified(*imports.certification));
  }
  if (!options.key.empty()) {
    const Json json = TRY(ReadJson(options.record));
    auto record = TRY_WITH(options.record + ": expected a sealing record", sealed::SealingRecord::FromJson(json));
    auto identity = TRY(ReadIdentity(options.identity));
    imports.key.emplace(SealedKeyParts{std::move(record), std::move(identity)});
  }
  return imports;
}

}  // namespace

Result<Answer> BrokerStatus(const BrokerAt& options, Streams streams) {
  BrokerAdmin admin = TRY(BrokerAdmin::Connect(options.party, options.url));
  const Json status = TRY_WITH(options.url, admin.Status());
  if (options.json) {
    streams.out << status.Pretty();
    return Answer::kYes;
  }
  const Json::Object& members = *TRY_WITH("the broker's answer", status.AsObject());
  for (const auto& [name, value] : members) {
    streams.out << name << ": " << (value.is_string() ? TRY(value.AsString()) : value.Dump()) << "\n";
  }
  return Answer::kYes;
}

Result<Answer> BudgetShow(const BrokerAt& options, Streams streams) {
  BrokerAdmin admin = TRY(BrokerAdmin::Connect(options.party, options.url));
  const Json budget = TRY_WITH(options.url, admin.Budget());
  if (options.json) {
    streams.out << budget.Pretty();
    return Answer::kYes;
  }
  for (const Json& account : *TRY_WITH("the broker's answer", budget.GetArray("accounts"))) {
    const std::string name = TRY(account.GetString("account"));
    const std::string charged = TRY(Amount(account, "charged"));
    const Json::Array& runs = *TRY(account.GetArray("runs"));
    streams.out << name << ": charged " << charged << ", by " << runs.size() << " runs\n";
    for (const Json& contract : *TRY(account.GetArray("contracts"))) {
      const std::string digest = TRY(contract.GetString("contract"));
      const std::string table = TRY(contract.GetString("name"));
      const std::string total = TRY(Amount(contract, "total"));
      streams.out << "  contract " << digest << " lets all runs on " << table << " spend " << total << "\n";
    }
  }
  return Answer::kYes;
}

Result<Answer> BrokerImport(const BrokerImportOptions& options, Streams streams) {
  const Imports imports = TRY(ReadImports(options));
  BrokerAdmin admin = TRY(BrokerAdmin::Connect(options.party, options.url));
  if (imports.key) {
    TRY_WITH(options.url, admin.ImportSealedKey(options.key, imports.key->record, imports.key->identity));
    streams.out << "imported key " << options.key << "\n";
  }
  if (imports.contract) {
    TRY_WITH(options.url, admin.ImportContract(imports.contract->json(), imports.signatures));
    streams.out << "imported contract " << ToHex(imports.contract->digest()) << "\n";
  }
  if (imports.certification) {
    TRY_WITH(options.url, admin.ImportCertification(*imports.certification));
    streams.out << "imported certification\n";
  }
  return Answer::kYes;
}

}  // namespace cloister::commands
