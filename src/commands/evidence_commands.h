// `cloister evidence verify|show|diff`: what a confidential machine shows, verified by hand, offline.
#pragma once

#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

struct EvidenceVerifyOptions {
  // The evidence, and certificates and event logs that belong to it; or one statement of a whole machine (KBS protocol).
  std::vector<std::string> files;
  std::string tee = "auto";
  std::vector<std::string> devices;           // KIND=COUNT: those that a machine's statement must have
  std::string audience;                       // of attestation tokens
  std::string collateral;                     // folder; empty: none but what came with the evidence
  std::string at;                             // RFC 3339; empty: now
  std::string nonce;                          // hex; empty: a replay would do as well, and the verdict says so
  std::string init_data;                      // hex of its digest; empty: any
  std::vector<std::string> policies;          // [CLASS=]FILE of Rego; empty: GenuinenessPolicy, or DefaultPolicy with reference values
  std::string reference_values;               // JSON {id: value}; empty: none
  bool no_policy = false;                     // verify only, and say that nothing was appraised
  std::string simulated_anchors;
  std::vector<std::string> accept_simulated;  // hex of roots' SHA-256
  bool json = false;
};
// Yes: verified, and affirmed by the policy (or verified alone, with no_policy: never so where it is SIMULATED).
Result<Answer> EvidenceVerify(const EvidenceVerifyOptions& options, Streams streams);

struct EvidenceShowOptions {
  std::vector<std::string> files;
  std::string tee = "auto";
  bool json = false;
};
// Prints what the evidence says of itself. Nothing is verified, and every line says so.
Result<Answer> EvidenceShow(const EvidenceShowOptions& options, Streams streams);

struct EvidenceDiffOptions {
  std::string before, after;
  std::string tee = "auto";
  bool json = false;
};
// Prints what differs between two pieces of evidence, without verifying either. No: something differs.
Result<Answer> EvidenceDiff(const EvidenceDiffOptions& options, Streams streams);

}  // namespace cloister::commands
