// Options of evidence.
#include "declare.h"

namespace cloister {

using namespace commands;

void Declare(CLI::App& app, EvidenceCollectOptions& options) {
  Need(app, "--nonce", options.nonce, "Hex of the bytes to be signed, 1 to 64 of them");
  app.add_option("--out", options.output, "File to write; standard output otherwise");
  app.add_option("--tee", options.tee, "Only this kind, in its own form: snp, tdx, cca, nitro, tpm, nvidia");
  app.add_option("--root", options.root, "Where /sys and /dev are")->capture_default_str();
  app.add_option("--tcti", options.tcti, "Which TPM, as tss2 names it; device:/dev/tpmrm0 otherwise");
  app.add_option("--tpm-key", options.tpm_key, "Persistent handle of the TPM's attestation key, 8 hex digits; one is made otherwise");
  app.add_option("--nvml", options.nvml, "NVIDIA's library; libnvidia-ml.so.1 otherwise");
}

void Declare(CLI::App& app, EvidenceVerifyOptions& options) {
  app.add_option("files", options.files, "The evidence, and certificates and logs that belong to it; or a machine's whole statement; - is standard input")->required();
  app.add_option("--tee", options.tee, "What kind of evidence it is; auto: told from its bytes")->capture_default_str();
  app.add_option("--devices", options.devices, "KIND=COUNT, such as nvidia-gpu=8: the devices that a statement must have; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--audience", options.audience, "Whom an attestation token must be made for");
  app.add_option("--collateral", options.collateral, "Folder of certificates, revocation lists and other collateral of your own");
  app.add_option("--at", options.at, "The time to verify for (RFC 3339); now otherwise");
  app.add_option("--nonce", options.nonce, "Hex of the bytes that you had the hardware sign; without it a replay is not noticed");
  app.add_option("--init-data", options.init_data, "Hex digest of the init-data that the machine was to be launched with");
  app.add_option("--policy", options.policies, "[CLASS=]FILE: Rego that appraises it (CLASS cpu, gpu, switch or token); may be repeated")
      ->allow_extra_args(false);
  app.add_option("--reference-values", options.reference_values, "JSON {id: value} for the policy; measurement: the good ones");
  app.add_flag("--no-policy", options.no_policy, "Verify only: say who signed it, judge nothing");
  app.add_option("--simulated-anchors", options.simulated_anchors, "anchors.json of SIMULATED hardware");
  app.add_option("--accept-simulated", options.accept_simulated, "SHA-256 of a SIMULATED root to verify against; never a yes; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--json", options.json, "Print the verdict as JSON");
}

void Declare(CLI::App& app, EvidenceShowOptions& options) {
  app.add_option("files", options.files, "The evidence, and certificates that belong to it")->required();
  app.add_option("--tee", options.tee, "What kind of evidence it is; auto: told from its bytes")->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
}

void Declare(CLI::App& app, EvidenceDiffOptions& options) {
  Need(app, "before", options.before, "One machine's evidence");
  Need(app, "after", options.after, "Another's, or the same machine's of another time");
  app.add_option("--tee", options.tee, "What kind of evidence it is; auto: told from its bytes")->capture_default_str();
  app.add_flag("--json", options.json, "Print JSON");
}

}  // namespace cloister
