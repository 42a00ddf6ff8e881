#include "commands/contract_commands.h"

#include "base/file.h"
#include "commands/documents.h"
#include "commands/draft.h"
#include "contract/lint.h"
#include "contract/signed_contract.h"

namespace cloister::commands {
namespace {

using formats::Json;

Result<contract::Digest> DigestOption(const std::string& option, const std::string& hex) {
  const auto digest = contract::DigestFromHex(hex);
  if (digest) return *digest;
  return Error(ErrorCode::kUsage, option + ": expected a SHA-256 digest as 64 lower-case hex digits, got " + hex);
}

Result<DraftTerms> TermsOf(const ContractNewOptions& options) {
  const Time now = Now();
  DraftTerms terms;
  terms.id = "urn:uuid:" + crypto::NewUuidV4(crypto::SystemRandom());
  terms.start = now - std::chrono::minutes(1);  // clocks differ
  terms.expiry = now + std::chrono::hours(24) * options.days;
  terms.epsilon = options.epsilon;
  terms.delta = options.delta;
  terms.total_epsilon = options.total_epsilon;
  terms.total_delta = options.total_delta;
  terms.hold_seconds = static_cast<std::uint32_t>(options.hold_seconds);
  terms.max_rows_per_principal = static_cast<std::uint32_t>(options.max_rows);
  for (const std::string& root : options.roots) {
    terms.roots.push_back(TRY(DigestOption("--root", root)));
  }
  return terms;
}

// What the linter would tell those who are asked to sign.
Result<void> RefuseErrors(const std::string& text, std::ostream& err) {
  const contract::LintReport report = contract::Lint(text, Now());
  for (const contract::Finding& finding : report.findings) {
    if (finding.severity == contract::Severity::kNote) continue;
    err << contract::SeverityName(finding.severity) << " at " << finding.pointer << ": expected " << finding.expected
        << ", found " << finding.found << ". " << finding.advice << "\n";
  }
  if (report.CanBecomeActive()) return {};
  return Error(ErrorCode::kMalformed, "expected terms that make a contract, this one cannot become active");
}

}  // namespace

Result<Answer> ContractNew(const ContractNewOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const DraftTerms terms = TRY(TermsOf(options));
  const auto pipeline = TRY(DigestOption("--pipeline-sha256", options.pipeline_sha256));
  std::vector<PartyCard> parties;
  for (const std::string& file : options.parties) parties.push_back(TRY(ReadPartyCard(file)));
  std::vector<contract::Dataset> datasets;
  for (const std::string& file : options.datasets) {
    const Json json = TRY(ReadJson(file));
    datasets.push_back(TRY_WITH(file + ": expected a dataset", contract::Dataset::FromJson(json)));
  }
  const auto card = TRY(ReadLedgerCard(options.ledger));
  const auto draft = TRY(DrawUp(parties, card.terms, datasets, pipeline, terms));
  const std::string text = draft.ToCanonical();
  TRY(RefuseErrors(text, streams.err));
  TRY(WriteFile(options.output, AsBytes(text), FileMode::kPublic));
  streams.out << ToHex(draft.digest()) << "\n";
  return Answer::kYes;
}

Result<Answer> ContractLint(const ContractLintOptions& options, Streams streams) {
  const std::string text = TRY(ReadTextFile(options.file, kMaxDocument));
  const contract::LintReport report = contract::Lint(text, Now());
  streams.out << (options.json ? report.ToJson().Pretty() : report.ToText());
  if (report.CanBecomeActive()) return Answer::kYes;
  streams.err << "cloister contract lint: " << options.file << ": expected a contract that can become active, found "
              << report.Count(contract::Severity::kError) << " errors\n";
  return Answer::kNo;
}

Result<Answer> ContractSign(const ContractSignOptions& options, Streams streams) {
  if (options.ledger.empty() != options.receipt.empty()) {
    return Error(ErrorCode::kUsage, "expected --ledger and --receipt together, got one of them");
  }
  TRY(CheckWritable(options.output));
  if (!options.receipt.empty()) TRY(CheckWritable(options.receipt));
  const auto contract = TRY(ReadContract(options.file));
  TRY_WITH(options.file, contract.CheckDates(std::max(Now(), contract.start)));
  const Signer signer = TRY(LoadSigner(options.party, options.passphrase_file));
  const Bytes cose = TRY(contract::SignDocument(contract, signer.key, signer.card.did, Now()));
  // Refuses a party that does not sign, and a key that the contract does not name.
  TRY_WITH("as " + signer.card.did, contract::VerifyContractSignature(cose));
  if (!options.ledger.empty()) {
    const auto card = TRY(ReadLedgerCard(options.ledger));
    TRY(CheckSameLedger(card, contract.ledger));
    const Registered registered = TRY(Register(cose, card));
    TRY(WriteFile(options.receipt, registered.receipt, FileMode::kPublic));
    streams.err << "entry " << registered.index << " of the ledger " << card.terms.origin << "\n";
  }
  TRY(WriteFile(options.output, cose, FileMode::kPublic));
  streams.out << "signed " << ToHex(contract.digest()) << " as " << signer.card.did << "\n";
  return Answer::kYes;
}

}  // namespace cloister::commands
