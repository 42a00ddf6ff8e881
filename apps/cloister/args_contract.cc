// Options of contract, certify, run, room, ledger, revoke, broker and budget.
#include "declare.h"

namespace cloister {

using namespace commands;

namespace {

constexpr int kMaxDays = 3650;

// CLI11's own check writes out the largest double, 309 digits long.
const CLI::Validator kPositive(
    [](const std::string& text) {
      double value = 0;
      const bool good = CLI::detail::lexical_cast(text, value) && value > 0;
      return good ? std::string() : "expected a number greater than 0, got " + text;
    },
    "POSITIVE");

void NeedNumber(CLI::App& app, const char* name, double& value, const char* help) {
  app.add_option(name, value, help)->required()->check(kPositive);
}

}  // namespace

void Declare(CLI::App& app, ContractNewOptions& options) {
  app.add_option("--party", options.parties, "party.json of each party")->required();
  app.add_option("--dataset", options.datasets, "Each dataset's description (cloister data describe)")->required();
  Need(app, "--ledger", options.ledger, "The ledger's card");
  Need(app, "--pipeline-sha256", options.pipeline_sha256, "SHA-256 of the pipeline's plaintext, hex");
  NeedNumber(app, "--epsilon", options.epsilon, "What one run may spend on each table");
  NeedNumber(app, "--delta", options.delta, "What one run may spend on each table");
  NeedNumber(app, "--total-epsilon", options.total_epsilon, "What all runs may spend on each account");
  NeedNumber(app, "--total-delta", options.total_delta, "What all runs may spend on each account");
  app.add_option("--root", options.roots, "SHA-256 of each hardware root that may vouch, hex")->required();
  app.add_option("--hold-seconds", options.hold_seconds,
                 "Nothing is told between opening and the gate, and that takes a multiple of this; 0: not held")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.add_option("--max-rows", options.max_rows, "Rows of one person that are used")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--days", options.days, "How long the contract holds")->check(CLI::Range(1, kMaxDays))->capture_default_str();
  Need(app, "-o,--output", options.output, "Contract to write");
}

void Declare(CLI::App& app, ContractLintOptions& options) {
  Need(app, "file", options.file, "Contract, contract/v1 or DEPA 0.1");
  app.add_flag("--json", options.json, "Findings as JSON");
}

void Declare(CLI::App& app, ContractSignOptions& options) {
  DeclareSigner(app, options.party, options.passphrase_file);
  Need(app, "contract", options.file, "Contract to sign");
  Need(app, "-o,--output", options.output, "Signature to write (COSE)");
  app.add_option("--ledger", options.ledger, "The ledger's card, to put the signature on the ledger");
  app.add_option("--receipt", options.receipt, "Where the ledger's receipt goes");
}

void Declare(CLI::App& app, ContractShowOptions& options) {
  Need(app, "file", options.file, "Contract");
  app.add_option("--signatures", options.signatures, "Folder of signatures (*.cose) to verify");
}

void Declare(CLI::App& app, CertifyOptions& options) {
  DeclareSigner(app, options.party, options.passphrase_file);
  app.add_option("--measurement", options.measurements, "MEASUREMENT of each room, hex of 48 bytes")->required();
  app.add_option("--days", options.days, "How long it holds")->check(CLI::Range(1, kMaxDays))->capture_default_str();
  Need(app, "-o,--output", options.output, "Certification to write (COSE)");
}

void Declare(CLI::App& app, RunRequestOptions& options) {
  DeclareSigner(app, options.party, options.passphrase_file);
  Need(app, "--contract", options.contract, "The contract to run under");
  app.add_option("--minutes", options.minutes, "How long the order holds")->check(CLI::Range(1, 1440))->capture_default_str();
  app.add_option("--epsilon", options.epsilon, "To spend on each table; all that one run may otherwise")->check(kPositive);
  app.add_option("--delta", options.delta, "To spend on each table; all that one run may otherwise")->check(kPositive);
  Need(app, "-o,--output", options.output, "Run request to write (COSE)");
}

void Declare(CLI::App& app, RunReportOptions& options) {
  Need(app, "--data", options.data, "Folder of what the room was given");
  Need(app, "--out", options.out, "Folder of what it handed over");
  app.add_option("--simulated-anchors", options.simulated_anchors,
                 "anchors.json of SIMULATED hardware; only roots that the contract names count");
  app.add_option("--identity", options.identity, "The consumer's identity file: its own copy, with the validation metrics");
  Need(app, "-o,--output", options.output, "Page to write (HTML); the consumer's copy with mode 0600");
}

void Declare(CLI::App& app, RunVerifyOptions& options) {
  Need(app, "page", options.page, "The page (report.html)");
  app.add_option("--contract", options.contract, "Your own copy of the contract; without it the page's is taken, and that is said");
  app.add_option("--simulated-anchors", options.simulated_anchors,
                 "Your own anchors.json of SIMULATED hardware; without it the page's root that the contract names");
  app.add_flag("--json", options.json, "Print what holds as JSON");
}

void Declare(CLI::App& app, RoomInitDataOptions& options) {
  Need(app, "--contract", options.contract, "The contract to run under");
  Need(app, "--run-request", options.run_request, "The consumer's run request (COSE)");
  Need(app, "--ledger", options.ledger, "The ledger's card");
  app.add_option("--broker", options.brokers, "DID=URL of the broker of each provider and the consumer")->required();
  Need(app, "-o,--output", options.output, "Init-data to write (TOML)");
}

void Declare(CLI::App& app, RoomRunOptions& options) {
  Need(app, "--hardware", options.hardware, "Folder of the SIMULATED processor (cloister-simulator init)");
  Need(app, "--data", options.data, "Folder of what the room is given");
  Need(app, "--out", options.out, "Folder for what it hands over");
  Need(app, "--init-data", options.init_data, "Init-data (cloister room init-data)");
  app.add_option("--simulator", options.simulator, "cloister-simulator; the one beside this program otherwise");
  app.add_option("--room", options.room, "cloister-room; the one beside this program otherwise");
}

void Declare(CLI::App& app, LedgerVerifyOptions& options) {
  Need(app, "receipt", options.receipt, "The ledger's receipt (COSE)");
  Need(app, "file", options.statement, "The statement that is to be on the ledger (COSE)");
  Need(app, "--ledger", options.ledger, "The ledger's card");
  app.add_flag("--json", options.json, "Print what was verified as JSON");
}

void Declare(CLI::App& app, RevokeOptions& options) {
  DeclareSigner(app, options.party, options.passphrase_file);
  Need(app, "--contract", options.contract, "The contract to revoke");
  Need(app, "--reason", options.reason, "Why; it stands on the ledger");
  Need(app, "--ledger", options.ledger, "The ledger's card");
  app.add_option("-o,--output", options.output, "Where the signed revocation goes");
  app.add_option("--receipt", options.receipt, "Where the ledger's receipt goes");
  app.add_option("--url", options.url, "One's own broker, https://HOST:PORT: told first, so that it stops even if the ledger is silent");
}

void Declare(CLI::App& app, BrokerAt& options) {
  Need(app, "--party", options.party, "The owner's folder");
  Need(app, "--url", options.url, "Where the broker answers, https://HOST:PORT");
  app.add_flag("--json", options.json, "As the broker says it");
}

void Declare(CLI::App& app, BrokerImportOptions& options) {
  Need(app, "--party", options.party, "The owner's folder");
  Need(app, "--url", options.url, "Where the broker answers, https://HOST:PORT");
  app.add_option("--contract", options.contract, "A contract, with --signatures");
  app.add_option("--signatures", options.signatures, "Folder of the parties' signatures (*.cose)");
  app.add_option("--certification", options.certification, "A certification (COSE)");
  app.add_option("--key", options.key, "Name of a sealed file's key, repo/type/tag, with --record and --identity");
  app.add_option("--record", options.record, "The file's sealing record");
  app.add_option("--identity", options.identity, "Identity file that opens it");
}

}  // namespace cloister
