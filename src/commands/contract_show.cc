#include "base/file.h"
#include "commands/contract_commands.h"
#include "commands/documents.h"
#include "contract/signed_contract.h"

namespace cloister::commands {
namespace {

using contract::Contract;

std::string Number(double value) { return formats::Json(value).Dump(); }

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? "nothing" : out;
}

std::string_view RoleText(contract::Role role) {
  switch (role) {
    case contract::Role::kTdp: return "provides data";
    case contract::Role::kTdc: return "gets the outputs";
    case contract::Role::kCcrp: return "runs the room";
    case contract::Role::kSro: return "certifies the room";
    case contract::Role::kAuditor: return "audits";
  }
  CHECK(false);
}

void ShowParties(const Contract& contract, std::ostream& out) {
  out << "\nParties\n";
  for (const contract::Party& party : contract.parties) {
    out << "  " << party.did << " " << RoleText(party.role) << (party.signs ? "; must sign" : "") << "\n";
  }
}

void ShowDatasets(const Contract& contract, std::ostream& out) {
  out << "\nData\n";
  for (const contract::Dataset& dataset : contract.datasets) {
    out << "  " << dataset.name << ", sealed, key with " << dataset.provider << "\n";
    if (dataset.kind == contract::DatasetKind::kPipeline) {
      out << "    the pipeline, sha256 " << ToHex(contract.pipeline.sha256) << "\n";
      continue;
    }
    out << "    may be read: " << Joined(contract.PermittedColumns(dataset)) << "\n";
    const contract::PrivacyTerms* terms = contract.PrivacyOf(dataset.id);
    if (terms == nullptr) continue;
    out << "    one run may spend epsilon " << Number(terms->epsilon) << ", delta " << Number(terms->delta)
        << "; all runs on account " << dataset.account << " epsilon " << Number(terms->total_epsilon) << ", delta "
        << Number(terms->total_delta) << "\n"
        << "    counted per " << dataset.principal_column << ", at most " << terms->max_rows_per_principal
        << " rows of each\n";
  }
}

void ShowTerms(const Contract& contract, std::ostream& out) {
  out << "\nRoom\n  on " << Joined(contract.compute.platforms) << " without debugging; measured as certified by "
      << contract.compute.certifier << "\n";
  for (const auto& root : contract.compute.roots) out << "  hardware vouched for by root " << ToHex(root) << "\n";
  out << "\nOutputs\n";
  for (const contract::Output& output : contract.outputs) {
    out << "  " << output.name << " (" << contract::OutputKindName(output.kind) << ") to " << output.to << ", sealed to "
        << output.recipient << "\n";
  }
  out << "\nLedger\n  " << contract.ledger.origin << "\n\nMay be revoked by " << Joined(contract.revocable_by) << "\n";
}

// Whether all who must sign did.
Result<Answer> ShowSignatures(const Contract& contract, const std::string& folder, Streams streams) {
  const auto signatures = TRY(ReadSignatures(folder));
  const auto checked = TRY_WITH(folder + ": expected signatures of this contract",
                                contract::SignedContract::VerifyInPart(contract.ToCanonical(), signatures));
  streams.out << "\nSignatures\n";
  for (const auto& signature : checked.signatures()) {
    streams.out << "  " << signature.issuer() << " at " << ToRfc3339(signature.issued_at()) << "\n";
  }
  const std::vector<std::string> missing = checked.Missing();
  for (const std::string& did : missing) streams.out << "  MISSING: " << did << "\n";
  if (missing.empty()) return Answer::kYes;
  streams.err << "cloister contract show: expected a signature of each party that must sign, missing: " << Joined(missing) << "\n";
  return Answer::kNo;
}

}  // namespace

Result<Answer> ContractShow(const ContractShowOptions& options, Streams streams) {
  const Contract contract = TRY(ReadContract(options.file));
  streams.out << "Contract " << contract.id << ", version " << contract.version << "\n"
              << "digest   " << ToHex(contract.digest()) << "\n"
              << "holds    from " << ToRfc3339(contract.start) << " until " << ToRfc3339(contract.expiry)
              << (contract.CheckDates(Now()) ? "" : " (NOT NOW)") << "\n";
  ShowParties(contract, streams.out);
  ShowDatasets(contract, streams.out);
  ShowTerms(contract, streams.out);
  return options.signatures.empty() ? Answer::kYes : ShowSignatures(contract, options.signatures, streams);
}

}  // namespace cloister::commands
