#include "commands/report_commands.h"

#include <algorithm>

#include "base/file.h"
#include "commands/documents.h"
#include "room/given.h"
#include "sealed/age_header.h"

namespace cloister::commands {
namespace {

using formats::Json;
using report::Records;
using report::VerifiedRecords;
namespace fs = std::filesystem;

constexpr std::size_t kMaxProof = 4u << 20;
constexpr std::size_t kMaxCard = 256 * 1024;

Result<evidence::SimulatedAnchors> AnchorsOf(const std::string& file) {
  if (file.empty()) return evidence::SimulatedAnchors();
  return TRY_WITH("expected SIMULATED anchors", evidence::SimulatedAnchors::Load(file));
}

// Those that the contract names.
Result<evidence::SimulatedAnchors> NamedBy(const contract::Contract& contract, const evidence::SimulatedAnchors& simulated) {
  evidence::SimulatedAnchors named;
  for (const evidence::SimulatedSnpRoot& root : simulated.snp()) {
    if (std::ranges::count(contract.compute.roots, root.certificate.Fingerprint()) > 0) TRY(named.Add(root));
  }
  return named;
}

Result<Records> ReadRecords(const RunFolders& folders, const evidence::SimulatedAnchors& simulated) {
  const fs::path proof = folders.out / "proof.json";
  Records records;
  records.proof = TRY_WITH(proof.string() + ": expected a room's proof", contract::Proof::FromJson(TRY(ReadJson(proof, kMaxProof))));
  const auto contract = TRY_WITH(proof.string() + ": contract", contract::Contract::FromJson(records.proof.contract));
  const auto run = TRY(report::VerifyRun(records.proof, contract, simulated));
  if (run.simulated()) records.simulated = TRY(NamedBy(contract, simulated));
  for (const std::string& did : contract.RequiredSigners()) {
    const std::string file = room::PartyFileName(did);
    Records::SignatureRecord signature;
    signature.statement = TRY(ReadFile(folders.data / "signatures" / file, contract::kMaxSignedBytes));
    signature.receipt = TRY(ReadFile(folders.data / "receipts" / file, translog::kMaxReceiptBytes));
    records.signatures.push_back(std::move(signature));
  }
  records.scrub = TRY(ReadFile(folders.out / "scrub.cose", contract::kMaxSignedBytes));
  return records;
}

Result<Records::CardRecord> CardOf(const VerifiedRecords& verified, const fs::path& out, const sealed::Identity& identity) {
  for (const auto& output : verified.facts().report.outputs) {
    if (output.kind != contract::OutputKind::kCard) continue;
    Records::CardRecord card;
    card.sealed = TRY(ReadFile(out / (output.name + ".json.age"), kMaxCard));
    const auto header = TRY_WITH("card", sealed::AgeHeader::ParseFront(card.sealed));
    const auto key = TRY_WITH("card: expected one that --identity opens", header.Unwrap(identity));
    card.file_key = ToBytes(key.secret().ExposeSecret());
    return card;
  }
  return Error(ErrorCode::kNotFound, "expected a training card among the run's outputs, the contract has none");
}

Json VerdictJson(const VerifiedRecords& verified) {
  Json::Array steps(verified.steps().begin(), verified.steps().end());
  Json::Array trusted(verified.taken_on_trust().begin(), verified.taken_on_trust().end());
  const auto& facts = verified.facts();
  return Json::Object{{"run", facts.report.run},       {"contract", ToHex(facts.contract.digest())},
                      {"report", ToHex(facts.report_sha256)}, {"SIMULATED", facts.hardware.simulated},
                      {"holds", steps},                {"taken_from_the_page", trusted}};
}

}  // namespace

Result<VerifiedRecords> ReadRunRecords(const RunFolders& folders, const evidence::SimulatedAnchors& simulated) {
  return report::VerifyRecords(TRY(ReadRecords(folders, simulated)), {.contract = nullptr, .simulated = &simulated});
}

Result<void> WriteRunReport(const RunFolders& folders, const evidence::SimulatedAnchors& simulated, const fs::path& file) {
  const std::string page = TRY(report::RenderPage(TRY(ReadRunRecords(folders, simulated))));
  return WriteFile(file, AsBytes(page), FileMode::kPublic);
}

Result<void> WriteConsumerReport(const RunFolders& folders, const evidence::SimulatedAnchors& simulated, const sealed::Identity& identity,
                                 const fs::path& file) {
  const VerifiedRecords verified = TRY(ReadRunRecords(folders, simulated));
  Records records = verified.records();
  records.card = TRY(CardOf(verified, folders.out, identity));
  const auto with_card = TRY(report::VerifyRecords(std::move(records), {.contract = nullptr, .simulated = &simulated}));
  const std::string page = TRY(report::RenderPage(with_card));
  return WriteFile(file, AsBytes(page), FileMode::kPrivate);
}

Result<Answer> RunReportCommand(const RunReportOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const auto anchors = TRY(AnchorsOf(options.simulated_anchors));
  const RunFolders folders{options.data, options.out};
  if (options.identity.empty()) {
    TRY(WriteRunReport(folders, anchors, options.output));
  } else {
    TRY(WriteConsumerReport(folders, anchors, TRY(ReadIdentity(options.identity)), options.output));
    streams.err << "the consumer's own copy: it holds the metrics, keep it as private as they are\n";
  }
  streams.out << options.output << "\n";
  return Answer::kYes;
}

Result<Answer> RunVerifyCommand(const RunVerifyOptions& options, Streams streams) {
  const std::string page = TRY(ReadTextFile(options.page, report::kMaxPage));
  std::optional<contract::Contract> contract;
  if (!options.contract.empty()) contract = TRY(ReadContract(options.contract));
  const auto anchors = TRY(AnchorsOf(options.simulated_anchors));
  const auto verified = report::VerifyPage(page, {.contract = contract ? &*contract : nullptr,
                                                  .simulated = options.simulated_anchors.empty() ? nullptr : &anchors});
  if (!verified) return AsVerdict(verified.error());
  if (options.json) {
    streams.out << VerdictJson(*verified).Pretty();
    return Answer::kYes;
  }
  for (const std::string& step : verified->steps()) streams.err << "holds: " << step << "\n";
  for (const std::string& taken : verified->taken_on_trust()) streams.err << "TAKEN FROM THE PAGE: " << taken << "\n";
  if (verified->facts().hardware.simulated) streams.err << "SIMULATED hardware: no vendor vouches for the machine that the room ran on.\n";
  if (contract) {
    streams.out << "run " << verified->facts().report.run << ": the page is what its signed records give, under your contract\n";
  } else {
    streams.out << "run " << verified->facts().report.run << ": the page is what its signed records give, under contract "
                << ToHex(verified->facts().contract.digest()) << "; compare it with yours, or name yours with --contract\n";
  }
  return Answer::kYes;
}

}  // namespace cloister::commands
