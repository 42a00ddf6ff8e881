// How options of each subcommand are declared. Included by args*.cc only, since it brings in CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "commands/broker_commands.h"
#include "commands/collateral_commands.h"
#include "commands/contract_commands.h"
#include "commands/data_commands.h"
#include "commands/conformance.h"
#include "commands/evidence_collect.h"
#include "commands/evidence_commands.h"
#include "commands/ledger_commands.h"
#include "commands/party_commands.h"
#include "commands/report_commands.h"
#include "commands/run_commands.h"
#include "demo/demo_command.h"

namespace cloister {

void Declare(CLI::App& app, demo::DemoCommandOptions& options);
void Declare(CLI::App& app, commands::ConformanceOptions& options);
void Declare(CLI::App& app, commands::EvidenceCollectOptions& options);
void Declare(CLI::App& app, commands::EvidenceVerifyOptions& options);
void Declare(CLI::App& app, commands::EvidenceShowOptions& options);
void Declare(CLI::App& app, commands::EvidenceDiffOptions& options);
void Declare(CLI::App& app, commands::PartyInitOptions& options);
void Declare(CLI::App& app, commands::PartyShowOptions& options);
void Declare(CLI::App& app, commands::PartyRotateOptions& options);
void Declare(CLI::App& app, commands::DataSealOptions& options);
void Declare(CLI::App& app, commands::DataOpenOptions& options);
void Declare(CLI::App& app, commands::DataPipelineOptions& options);
void Declare(CLI::App& app, commands::DataDescribeOptions& options);
void Declare(CLI::App& app, commands::ContractNewOptions& options);
void Declare(CLI::App& app, commands::ContractLintOptions& options);
void Declare(CLI::App& app, commands::ContractSignOptions& options);
void Declare(CLI::App& app, commands::ContractShowOptions& options);
void Declare(CLI::App& app, commands::CertifyOptions& options);
void Declare(CLI::App& app, commands::RunRequestOptions& options);
void Declare(CLI::App& app, commands::RunReportOptions& options);
void Declare(CLI::App& app, commands::RunVerifyOptions& options);
void Declare(CLI::App& app, commands::RoomRunOptions& options);
void Declare(CLI::App& app, commands::RoomInitDataOptions& options);
void Declare(CLI::App& app, commands::LedgerVerifyOptions& options);
void Declare(CLI::App& app, commands::RevokeOptions& options);
void Declare(CLI::App& app, commands::BrokerAt& options);
void Declare(CLI::App& app, commands::BrokerImportOptions& options);
void Declare(CLI::App& app, commands::CollateralStatusOptions& options);
void Declare(CLI::App& app, commands::CollateralAddOptions& options);
void Declare(CLI::App& app, commands::CollateralFetchOptions& options);
void Declare(CLI::App& app, commands::CollateralExportOptions& options);
void Declare(CLI::App& app, commands::CollateralImportOptions& options);

// Options that many subcommands have.
inline CLI::Option* Need(CLI::App& app, const char* name, std::string& value, const char* help) {
  return app.add_option(name, value, help)->required();
}
inline void DeclareSigner(CLI::App& app, std::string& party, std::string& passphrase_file) {
  Need(app, "--party", party, "The folder of the party that signs (cloister party init)");
  Need(app, "--passphrase-file", passphrase_file, "File whose first line is the identity key's passphrase; mode 0600");
}
inline void DeclareCollateral(CLI::App& app, commands::CollateralAt& at) {
  Need(app, "--dir", at.folder, "Folder of the collateral");
  app.add_option("--simulated-anchors", at.simulated_anchors, "anchors.json of SIMULATED hardware; only roots named beside count");
  app.add_option("--accept-simulated", at.accept_simulated, "SHA-256 of a SIMULATED root that counts, hex; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace cloister
