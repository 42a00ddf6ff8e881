#include "args.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <ostream>

#include "declare.h"

namespace cloister {
namespace {

using namespace commands;

class Table {
 public:
  explicit Table(CLI::App& app) : app_(app) {}

  // `name` is "demo" or "party init"; the first word's help is in Group().
  template <class Options>
  void Add(const std::string& name, const char* help, Result<Answer> (*run)(const Options&, Streams)) {
    const std::size_t space = name.find(' ');
    CLI::App* parent = space == std::string::npos ? &app_ : app_.get_subcommand(name.substr(0, space));
    CLI::App* sub = parent->add_subcommand(space == std::string::npos ? name : name.substr(space + 1), help);
    auto options = std::make_shared<Options>();
    Declare(*sub, *options);
    commands_.push_back({name, sub, [options, run](Streams streams) { return run(*options, streams); }});
  }
  void Group(const char* name, const char* help) { app_.add_subcommand(name, help)->require_subcommand(1); }

  int RunParsed(Streams streams) const {
    for (const Command& command : commands_) {
      if (command.app->parsed()) return Finish(command.name, command.run(streams), streams.err);
    }
    return kExitUsage;
  }

 private:
  struct Command {
    std::string name;
    CLI::App* app;
    std::function<Result<Answer>(Streams)> run;
  };
  CLI::App& app_;
  std::vector<Command> commands_;
};

void Fill(Table& table) {
  table.Add("demo", "Run a whole clean-room job with real processes on SIMULATED hardware", demo::Demo);
  table.Add("conformance", "Run a manifest of test vectors that others made", Conformance);
  table.Group("evidence", "Take, verify and look at what confidential machines show");
  table.Add("evidence collect", "Take what this machine can show, and say what it can't and why: 1 when there is nothing", EvidenceCollect);
  table.Add("evidence verify", "Verify evidence of any kind offline, and appraise it: 0 when it is genuine and the policy affirms it", EvidenceVerify);
  table.Add("evidence show", "Show what evidence says of itself, UNVERIFIED", EvidenceShow);
  table.Add("evidence diff", "Show what two machines' evidence says differently, UNVERIFIED", EvidenceDiff);
  table.Group("party", "Make, show and renew a party's keys");
  table.Add("party init", "Make all keys of a party in a new folder", PartyInit);
  table.Add("party show", "Show a party's public half", PartyShow);
  table.Add("party rotate", "Make a new identity key", PartyRotate);
  table.Group("data", "Seal, open and describe data");
  table.Add("data seal", "Seal a file as age v1", DataSeal);
  table.Add("data open", "Open an age v1 file; a room's output only after its proof was verified", DataOpen);
  table.Add("data pipeline", "Check a pipeline and write it canonically; prints its SHA-256", DataPipeline);
  table.Add("data describe", "Describe a sealed file as a contract's dataset", DataDescribe);
  table.Group("contract", "Draw up, check, sign and read contracts");
  table.Add("contract new", "Draw up a contract from cards and descriptions", ContractNew);
  table.Add("contract lint", "Say what is wrong with a contract (contract/v1 or DEPA 0.1); 1 when it cannot become active", ContractLint);
  table.Add("contract sign", "Sign a contract, and put the signature on the ledger", ContractSign);
  table.Add("contract show", "Say in words what a contract allows, and who signed", ContractShow);
  table.Add("certify", "Endorse rooms by their measurement (role sro)", Certify);
  table.Group("run", "Order runs, and show what came of them");
  table.Add("run request", "Sign a single-use order for one run (role tdc)", RequestRun);
  table.Add("run report", "Write a finished run as one page, from its signed records", RunReportCommand);
  table.Add("run verify", "Verify a run's page offline: its records, and every byte around them", RunVerifyCommand);
  table.Group("room", "Prepare and start rooms");
  table.Add("room init-data", "Write the init-data that a room's hardware measures", RoomInitData);
  table.Add("room run", "Start a room on SIMULATED hardware and wait for its end", RoomRunCommand);
  table.Group("ledger", "Check what a ledger said");
  table.Add("ledger verify", "Verify a receipt offline: 0 when the statement is on the ledger", LedgerVerify);
  table.Add("revoke", "Revoke a contract on the ledger", Revoke);
  table.Group("broker", "Administer one's own broker");
  table.Add("broker status", "Show what the broker holds and decides by", BrokerStatus);
  table.Add("broker import", "Give the broker a contract, a certification, or a sealed file's key", BrokerImport);
  table.Group("collateral", "Keep vendors' certificates, revocation lists, firmware levels and reference measurements");
  table.Add("collateral status", "Say what there is and what ends soon; 1 when something has ended", CollateralStatus);
  table.Add("collateral add", "Check a file of a vendor's and keep it", CollateralAdd);
  table.Add("collateral fetch", "Ask vendors' services for what is missing or ends soon; 1 when something could not be had", CollateralFetch);
  table.Add("collateral export", "Write everything that holds as one signed bundle", CollateralExport);
  table.Add("collateral import", "Take a bundle that somebody signed", CollateralImport);
  table.Group("budget", "Privacy budgets");
  table.Add("budget show", "Show what was charged to each account, and what is left", BudgetShow);
}

}  // namespace

namespace {

// The word where a command should stand, if it is none: CLI11 says only that a subcommand is required.
std::string UnknownCommand(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) return "";
    const auto next = std::ranges::find(commands, std::string(argv[i]), [](const CLI::App* command) { return command->get_name(); });
    if (next != commands.end()) {
      at = *next;
      continue;
    }
    std::string names;
    for (const CLI::App* command : commands) names += (names.empty() ? "" : ", ") + command->get_name();
    return "expected a command (" + names + "), got " + argv[i];
  }
  return "";
}

}  // namespace

int Run(int argc, char** argv, std::ostream& out, std::ostream& err) {
  try {
    CLI::App app{"Cloister: clean rooms whose keys, budgets and results are bound to attested code.\n"
                 "Exit codes: 0 yes, 1 no (refused, untrusted, expired), 2 usage, 3 failure (could not decide).",
                 "cloister"};
    app.set_version_flag("--version", "cloister " CLOISTER_VERSION);
    app.require_subcommand(1);
    Table table(app);
    Fill(table);
    const std::string unknown = UnknownCommand(app, argc, argv);
    if (!unknown.empty()) {
      err << "cloister: " << unknown << "\nRun with --help for more information." << std::endl;
      return kExitUsage;
    }
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error, out, err) == 0 ? kExitYes : kExitUsage;
    }
    return table.RunParsed({out, err});
  } catch (const std::exception&) {
    // Our code throws nothing; this is a library, or no memory.
    err << "cloister: internal: expected the command to end, a library failed" << std::endl;
    return kExitFailure;
  }
}

}  // namespace cloister
