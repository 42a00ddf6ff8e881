#include "args.h"

#include <CLI/CLI.hpp>

namespace cloister {

Parsed ParseArgs(int argc, char** argv, std::ostream& out, std::ostream& err) {
  CLI::App app{"Cloister's key broker: releases one party's keys to attested rooms, under its contracts and budget."};
  app.set_version_flag("--version", "cloister-broker " CLOISTER_VERSION);
  Options options;
  app.add_option("--party", options.party, "The party's folder (cloister party init); broker/broker.json holds its settings")
      ->required();
  app.add_option("--ledger", options.ledger, "The ledger's card (cloister-ledger --card)")->required();
  app.add_option("--listen", options.listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error, out, err) == 0 ? 0 : 2};
  }
  return {options, 0};
}

}  // namespace cloister
