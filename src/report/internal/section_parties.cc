#include <algorithm>

#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

Html Signed(const RunFacts& facts, const contract::Party& party) {
  const auto found = std::ranges::find(facts.signatures, party.did, &Signature::did);
  if (found == facts.signatures.end()) return Text(party.role == contract::Role::kSro ? "signs certifications, not the contract" : "does not sign");
  return Text(Moment(found->signed_at) + ", ledger entry " + Count(found->entry.index));
}

Html TableInWords(const contract::Contract& contract, const contract::Dataset& dataset) {
  const contract::PrivacyTerms* terms = contract.PrivacyOf(dataset.id);
  Html words = Element("strong", Html::Foreign(dataset.name)) + Text(" of ") + Html::Foreign(dataset.owner) + Text(": " + Plural(dataset.schema->rows, "row", "rows")) +
               Text("; training may read ") + Html::Foreign(JoinedFirst(contract.PermittedColumns(dataset), 5)) + Text(".");
  if (terms != nullptr) {
    words += Text(" One run may cost each person at most " + Amount(terms->epsilon, terms->delta) + ", all runs together " +
                  Amount(terms->total_epsilon, terms->total_delta) + "; at most " + Plural(terms->max_rows_per_principal, "row", "rows") + " of one person.");
  }
  return Element("li", words);
}

std::string Firmware(const contract::MinimumTcb& least) {
  if (least == contract::MinimumTcb{}) return "of any firmware version";
  return "with at least firmware " + std::to_string(least.bootloader) + " (boot loader), " + std::to_string(least.tee) + " (TEE), " +
         std::to_string(least.snp) + " (SNP), " + std::to_string(least.microcode) + " (microcode)";
}

Html Names(const std::vector<std::string>& dids) {
  std::vector<std::string> names;
  for (const std::string& did : dids) names.push_back(Name(did));
  return Html::Foreign(Joined(names));
}

}  // namespace

Html PartySection(const RunFacts& facts) {
  Table table("parties", {"Party", "Role", "Signed the contract"});
  for (const contract::Party& party : facts.contract.parties) {
    table.Row({Html::Foreign(party.did), Text(RoleInWords(party.role)), Signed(facts, party)});
  }
  return Section("parties", "Parties", table.Finish("Who takes part, as what, and since when"));
}

Html ContractSection(const RunFacts& facts) {
  const contract::Contract& contract = facts.contract;
  Html tables;
  for (const contract::Dataset& dataset : contract.datasets) {
    if (dataset.schema) tables += TableInWords(contract, dataset);
  }
  Html outputs;
  for (const contract::Output& output : contract.outputs) {
    outputs += Text(outputs.ToString().empty() ? "" : "; ") + Html::Foreign(output.name) + Text(" to ") + Html::Foreign(Name(output.to));
  }
  const Html rules = Element("li", Text("The pipeline is fixed by its digest ") + Digest(contract.pipeline.sha256) + Text(".")) +
                     Element("li", Text("Only a room that ") + Html::Foreign(Name(contract.compute.certifier)) +
                                       Text(" certified may get a key, on AMD SEV-SNP without debugging, " + Firmware(contract.compute.min_tcb) + ".")) +
                     Element("li", Text("What may come out: ") + outputs + Text(". Nothing else, and no logs.")) +
                     Element("li", Text("It holds from " + Moment(contract.start) + " until " + Moment(contract.expiry) + "; ") + Names(contract.revocable_by) +
                                       Text(" may each end it at once."));
  return Section("contract", "The contract in words",
                 Element("ul", "plain", tables + rules) +
                     Element("p", "note", Text("Contract ") + Html::Foreign(contract.id) + Text(", version " + std::to_string(contract.version) +
                                               ". These words are made from the document that all signed; the document decides.")));
}

}  // namespace cloister::report::internal
