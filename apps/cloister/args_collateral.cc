// Options of collateral.
#include "declare.h"

namespace cloister {

using namespace commands;

namespace {

constexpr int kMaxSoonDays = 3650;

}  // namespace

void Declare(CLI::App& app, CollateralStatusOptions& options) {
  DeclareCollateral(app, options.at);
  app.add_option("--soon-days", options.soon_days, "Warn of what ends within so many days")
      ->check(CLI::Range(0, kMaxSoonDays))
      ->capture_default_str();
  app.add_flag("--json", options.json, "Everything as JSON");
}

void Declare(CLI::App& app, CollateralAddOptions& options) {
  DeclareCollateral(app, options.at);
  Need(app, "--kind", options.kind, "amd-chain, amd-crl, amd-vcek, intel-tcb-info, intel-qe-identity, intel-pck-crl, intel-root-crl, "
                                    "nvidia-rim, nvidia-ocsp, azure-ca, google-ca");
  Need(app, "--key", options.key, "Which one, as src/collateral/item.h has it: vcek/Milan, tdx/50806f000000, platform, …");
  app.add_option("--issuers", options.issuers, "PEM: from the certificate that signed it up to its root");
  app.add_option("--source", options.source, "Where it is from, for people; the file's name otherwise");
  app.add_flag("--older", options.older, "Let it replace what was issued later");
  Need(app, "file", options.file, "What to add, as the vendor's service gives it");
}

void Declare(CLI::App& app, CollateralFetchOptions& options) {
  DeclareCollateral(app, options.at);
  app.add_option("--want", options.wanted, "KIND=KEY, such as amd-crl=vcek/Milan; may be repeated; everything that is there otherwise")
      ->allow_extra_args(false);
  app.add_option("--ocsp-chain", options.ocsp_chain, "PEM, leaf first: ask NVIDIA whether each of these certificates still counts");
  app.add_option("--ahead-days", options.ahead_days, "Ask for nothing that holds for so many days")
      ->check(CLI::Range(0, kMaxSoonDays))
      ->capture_default_str();
  app.add_option("--kds", options.kds, "URL of a mirror of AMD's KDS");
  app.add_option("--pccs", options.pccs, "URL of a PCCS, instead of Intel's service");
  app.add_option("--rim-service", options.rim_service, "URL of a mirror of NVIDIA's RIM service, with its path");
  app.add_option("--ocsp-service", options.ocsp_service, "URL of a mirror of NVIDIA's OCSP service");
  app.add_option("--tls-roots", options.tls_roots, "PEM: whom the services' TLS certificates are trusted by")->capture_default_str();
}

void Declare(CLI::App& app, CollateralExportOptions& options) {
  DeclareCollateral(app, options.at);
  DeclareSigner(app, options.party, options.passphrase_file);
  Need(app, "-o,--output", options.output, "Bundle to write");
}

void Declare(CLI::App& app, CollateralImportOptions& options) {
  DeclareCollateral(app, options.at);
  Need(app, "--signer", options.signer, "party.json of whose signature is trusted");
  app.add_flag("--allow-rollback", options.allow_rollback, "Take a bundle older than the signer's last one");
  Need(app, "file", options.file, "Bundle to read");
}

}  // namespace cloister
