// `cloister collateral …`: vendors' endorsements, kept in a folder, carried to machines without a network, and watched.
#pragma once

#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

// The store, and whose signatures count beside the vendors'.
struct CollateralAt {
  std::string folder;
  std::string simulated_anchors;              // anchors.json; may be empty
  std::vector<std::string> accept_simulated;  // SHA-256 of the roots in it that count, hex
};

struct CollateralStatusOptions {
  CollateralAt at;
  int soon_days = 7;
  bool json = false;
};
// Says what there is, what ends within `soon_days`, what has ended and what is corrupt. No: one item or more has ended or is
// corrupt.
Result<Answer> CollateralStatus(const CollateralStatusOptions& options, Streams streams);

struct CollateralAddOptions {
  CollateralAt at;
  std::string kind;
  std::string key;
  std::string file;
  std::string issuers;  // PEM, may be empty
  std::string source;   // for people; the file's name otherwise
  bool older = false;   // may replace what was issued later
};
Result<Answer> CollateralAdd(const CollateralAddOptions& options, Streams streams);

struct CollateralFetchOptions {
  CollateralAt at;
  std::vector<std::string> wanted;  // KIND=KEY; empty: everything that the store has
  std::string ocsp_chain;           // PEM of a device's or a manifest's certificates, leaf first; may be empty
  int ahead_days = 7;               // what holds for longer is not asked for
  std::string kds, pccs, rim_service, ocsp_service;  // instead of the vendors' own; may be empty
  std::string tls_roots = "/etc/ssl/certs/ca-certificates.crt";
};
// No: something could not be had, and what there was stays.
Result<Answer> CollateralFetch(const CollateralFetchOptions& options, Streams streams);

struct CollateralExportOptions {
  CollateralAt at;
  std::string party;
  std::string passphrase_file;
  std::string output;
};
// Signs with the party's identity key.
Result<Answer> CollateralExport(const CollateralExportOptions& options, Streams streams);

struct CollateralImportOptions {
  CollateralAt at;
  std::string file;
  std::string signer;          // party.json of who signed it, got from whom one trusts
  bool allow_rollback = false;
};
Result<Answer> CollateralImport(const CollateralImportOptions& options, Streams streams);

}  // namespace cloister::commands
