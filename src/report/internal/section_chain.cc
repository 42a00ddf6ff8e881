#include "report/internal/chain_picture.h"
#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

Html Pair(std::string_view term, const Html& value) { return Element("dt", Text(term)) + Element("dd", value); }

Html Evidence(const RunFacts& facts) {
  const Hardware& hardware = facts.hardware;
  return Element("dl", Pair("Program (measurement)", Digest(facts.report.measurement)) +
                           Pair("Start-up data (HOST_DATA)", Digest(facts.report.host_data)) +
                           Pair("Evidence", Digest(facts.report.evidence)) +
                           Pair(hardware.simulated ? "SIMULATED root" : "Vendor's root",
                                (hardware.simulated ? Element("bdi", "red", Text(hardware.root)) : Html::Foreign(hardware.root)) + Text(" ") + Digest(hardware.root_sha256)) +
                           Pair("Revocation", Text(hardware.revocation_checked ? "of the hardware's keys: checked, by the list in the evidence"
                                                                               : "of the hardware's keys: not checked, the evidence has no list")) +
                           Pair("Certified by", Html::Foreign(Name(facts.certification.certifier)) +
                                                    Text(", until " + Moment(facts.certification.not_after) + ": ") +
                                                    Html::Foreign(Joined(facts.certification.claims))) +
                           Pair("Run request", Digest(facts.report.run_request)) +
                           Pair("Run report", Digest(facts.report_sha256) + Text(", entry " + Count(facts.entry.index) + " of ") +
                                                  Html::Foreign(facts.contract.ledger.origin) + Text(", " + Moment(facts.entry.time))));
}

Html Decisions(const RunFacts& facts) {
  Table table("keys", {"Key of", "Held by", "Reserved by", "Settled by", "Sealed file"});
  for (std::size_t i = 0; i < facts.charges.size(); ++i) {
    const contract::Dataset& dataset = facts.contract.datasets[i];
    const Charge& charge = facts.charges[i];
    table.Row({Html::Foreign(dataset.name), Html::Foreign(Name(dataset.provider)),
               Text("entry " + Count(charge.reserved.sequence) + " ") + Digest(charge.reserved.head),
               Text("entry " + Count(charge.settled.sequence) + " ") + Digest(charge.settled.head), Digest(dataset.integrity.sha256)});
  }
  return table.Finish("Each key's way: the broker's account entries with the head of their chain");
}

}  // namespace

Html ChainSection(const RunFacts& facts) {
  const Html words = Element("p", Text("The processor signed a report on the room (1). Each provider's own broker verified it, judged it by its "
                                       "owner's policy and reserved budget (2). Against the reservations of all, each released its key (3). What came "
                                       "out is named by digest in a report that the room signed and the ledger keeps (4)."));
  return Section("chain", "Evidence, verdict, key, output", Element("figure", ChainPicture(facts) + Element("figcaption", words)));
}

Html DigestSection(const RunFacts& facts) {
  return Section("digests", "The chain, digit by digit", Element("div", "small", Evidence(facts) + Decisions(facts)));
}

}  // namespace cloister::report::internal
