#include "args.h"

#include <CLI/CLI.hpp>

namespace cloister {

Parsed ParseArgs(int argc, char** argv, std::ostream& out, std::ostream& err) {
  CLI::App app{"Cloister's ledger: an append-only log of contracts, revocations, account entries and run reports."};
  app.set_version_flag("--version", "cloister-ledger " CLOISTER_VERSION);
  Options options;
  app.add_option("--dir", options.folder, "Folder of its keys and its log; made at the first start")->required();
  app.add_option("--origin", options.origin, "Name for ever, such as ledger.example/contracts")->required();
  app.add_option("--listen", options.listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  app.add_option("--card", options.card, "Where to write the card that contracts and brokers need (JSON)");
  app.add_option("--url", options.url, "https://HOST:PORT for the card, where others reach the ledger; where it listens otherwise");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error, out, err) == 0 ? 0 : 2};
  }
  return {options, 0};
}

}  // namespace cloister
