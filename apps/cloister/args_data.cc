// Options of demo, conformance, party and data.
#include "declare.h"

namespace cloister {

using namespace commands;

void Declare(CLI::App& app, demo::DemoCommandOptions& options) {
  app.add_option("--scenario", options.scenario, "Which tables and model")
      ->check(CLI::IsMember({"breast-cancer", "covid"}))
      ->capture_default_str();
  app.add_option("--data", options.data, "The scenario's file or folder; found beside the build otherwise");
  app.add_option("--plan", options.plan, "Training plan (JSON); the example's otherwise");
  app.add_option("--attack", options.attack, "Play an attack instead, or all of them: each has to be refused. list: name them");
  app.add_option("--repeat", options.repeat, "How often, each time on fresh stores")->check(CLI::Range(1, 1000));
  app.add_option("--dir", options.folder, "Where everything is kept; a temporary folder otherwise");
  app.add_option("--report", options.report, "Where the last run's page (HTML) goes as well");
  app.add_flag("--json", options.json, "Print the outcome as JSON and nothing else");
}

void Declare(CLI::App& app, ConformanceOptions& options) {
  app.add_option("manifest", options.manifest, "MANIFEST.json of the vectors")->required();
  app.add_option("--only", options.only, "Glob on a case's id or kind; may be repeated")->allow_extra_args(false);
  app.add_flag("--json", options.json, "One JSON object a line");
}

void Declare(CLI::App& app, PartyInitOptions& options) {
  Need(app, "--dir", options.folder, "Folder to make");
  Need(app, "--did", options.did, "The party's DID, such as did:web:hospital.example");
  Need(app, "--role", options.role, "Provider, consumer, operator, certifier or auditor")
      ->check(CLI::IsMember({"tdp", "tdc", "ccrp", "sro", "auditor"}));
  Need(app, "--passphrase-file", options.passphrase_file, "File whose first line will protect the identity key; mode 0600");
  app.add_option("--host", options.hosts, "Host name of the party's broker, beside localhost; may be repeated");
}

void Declare(CLI::App& app, PartyShowOptions& options) {
  Need(app, "--dir", options.folder, "The party's folder");
  app.add_flag("--json", options.json, "Print party.json");
}

void Declare(CLI::App& app, PartyRotateOptions& options) {
  Need(app, "--dir", options.folder, "The party's folder");
  Need(app, "--passphrase-file", options.passphrase_file, "File with the passphrase of the present key; mode 0600");
  Need(app, "--new-passphrase-file", options.new_passphrase_file, "File with the passphrase of the new key; mode 0600");
  app.add_option("--ledger", options.ledger, "Card of the ledger to tell, so that it takes the new key and no longer the old one");
}

void Declare(CLI::App& app, DataSealOptions& options) {
  app.add_option("--recipient", options.recipients, "age1…, who may open it; may be repeated")->required()->allow_extra_args(false);
  Need(app, "input", options.input, "File to seal");
  Need(app, "-o,--output", options.output, "Sealed file to write");
  app.add_option("--record", options.record, "Where the sealing record goes; to standard output otherwise");
}

void Declare(CLI::App& app, DataOpenOptions& options) {
  Need(app, "--identity", options.identity, "Identity file (age-identity.txt, age-keygen)");
  Need(app, "input", options.input, "Sealed file");
  Need(app, "-o,--output", options.output, "File to write; mode 0600");
  app.add_option("--proof", options.proof, "proof.json of the room; the one beside the input otherwise");
  app.add_option("--contract", options.contract, "Your own copy of the contract, to verify the proof against");
  app.add_option("--simulated-anchors", options.simulated_anchors,
                 "anchors.json of SIMULATED hardware; only roots that the contract names count");
  app.add_flag("--unattested", options.unattested, "Open a model although nothing shows which room made it");
}

void Declare(CLI::App& app, DataPipelineOptions& options) {
  Need(app, "input", options.input, "Pipeline (JSON): type, sql, label, person, validation, training");
  Need(app, "-o,--output", options.output, "Canonical pipeline to write, to be sealed");
}

void Declare(CLI::App& app, DataDescribeOptions& options) {
  Need(app, "--record", options.record, "The sealing record (cloister data seal --record)");
  Need(app, "--provider", options.provider, "party.json of the party whose broker holds the key");
  Need(app, "--name", options.name, "The table's name in SQL");
  Need(app, "--owner", options.owner, "Whose data it is, in words");
  Need(app, "--url", options.url, "Where the operator finds the sealed file");
  Need(app, "--resource", options.resource, "Name of its key in the broker, repo/type/tag");
  app.add_option("--schema", options.schema, "JSON: format, header, fields, rows; without it, this is a pipeline");
  app.add_option("--principal-column", options.principal_column, "The column that names a person");
  app.add_option("--account", options.account, "Budget account of these people");
  app.add_option("-o,--output", options.output, "File to write; to standard output otherwise");
}

}  // namespace cloister
