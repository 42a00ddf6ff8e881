#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

using formats::Json;

Html Pair(std::string_view term, std::string_view value) { return Element("dt", Text(term)) + Element("dd", Text(value)); }

Html Measured(const Json& card) {
  const Json* validation = card.Find("validation");
  if (validation == nullptr || !validation->is_object()) return Element("p", Text("The card says that nothing was measured."));
  Html list;
  const auto add = [&](const Json& from, std::string_view member, std::string_view term, const std::string& unit) {
    if (const auto value = from.GetNumber(member)) list += Pair(term, Brief(*value) + unit);
  };
  add(*validation, "accuracy", "Accuracy, with noise", "");
  add(*validation, "accuracy_standard_deviation", "that noise, about", " (standard deviation)");
  add(*validation, "loss", "Loss, with noise", " nats");
  add(card, "train_persons", "People trained on, as contracted", "");
  add(card, "steps", "Steps", "");
  add(card, "sigma", "Noise multiplier", "");
  add(card, "parameters", "Parameters of the model", "");
  return Element("dl", "measured", list) + Element("p", "note", Text("Measured inside the room on people whom training never saw, and paid for from the same budget."));
}

std::uint64_t ColumnsWithheld(const contract::Contract& contract) {
  std::uint64_t count = 0;
  for (const contract::Dataset& dataset : contract.datasets) {
    if (dataset.schema) count += dataset.schema->fields.size() - contract.PermittedColumns(dataset).size();
  }
  return count;
}

}  // namespace

Html OutputSection(const RunFacts& facts) {
  Table table("outputs", {"Output", "For", "Bytes", "SHA-256 of the sealed file"});
  for (const auto& output : facts.report.outputs) {
    table.Row({Html::Foreign(output.name) + Text(output.kind == contract::OutputKind::kModel ? " · weights" : " · training card"),
               Html::Foreign(Name(output.to)), Text(Count(output.size)), Digest(output.sha256)});
  }
  Html content = table.Finish("All that left the room");
  if (facts.card) content += Element("h3", Text("Validation metrics")) + Measured(*facts.card);
  return Section("outputs", "What came out", content);
}

Html WithheldSection(const RunFacts& facts) {
  const contract::Contract& contract = facts.contract;
  Table table("withheld", {"Withheld", "Why"});
  const auto row = [&](std::string_view what, const Html& why) { table.Row({Text(what), why}); };
  row("Every row of every table", Text("keys were released to the room alone, and the contract lets no row out"));
  if (const std::uint64_t columns = ColumnsWithheld(contract); columns > 0) {
    row(Plural(columns, "column", "columns") + " of them", Text("not permitted by the contract, so not even loaded by the room"));
  }
  row("Joined rows, counts, gradients, the split", Text("no output of the contract; only what noise and budget cover leaves"));
  row("The model and its metrics in the clear", Text("sealed in the room to ") + Html::Foreign(Name(contract.Tdc().did)) +
                                                    Text("; operator and providers hold ciphertext"));
  row("Logs of the room", Text("the contract exports none; a failure after data was opened says only in which state"));
  Html content = table.Finish("What stayed inside, and for which reason");
  if (facts.scrub) {
    content += Element("p", "note", Text("At the end the room signed that it overwrote ") + Html::Foreign(Joined(facts.scrub->wiped)) +
                                        Text(": " + Plural(facts.scrub->bytes, "byte", "bytes") + " of decrypted files. ") +
                                        Text(facts.hardware.simulated ? "On SIMULATED hardware that is a word, not a proof." : ""));
  }
  return Section("withheld", "What was withheld, and why", content);
}

}  // namespace cloister::report::internal
