// Names and keys of the state's tables. Texts of any length stand in keys as their SHA-256.
#pragma once

#include "base/byte_reader.h"
#include "crypto/hash.h"

namespace cloister::ledger::internal {

// digest -> canonical contract
inline constexpr std::string_view kContracts = "contracts";
// digest || H(DID) -> DID
inline constexpr std::string_view kSigners = "contract_signers";
// H(id) || version (4) || digest -> nothing
inline constexpr std::string_view kVersions = "contract_versions";
// digest -> JSON
inline constexpr std::string_view kRevocations = "revocations";
// H(DID) || kid -> nothing; or the key as JSON where a rotation brought it in
inline constexpr std::string_view kPins = "pinned_keys";
// H(DID) || kid -> when another key took its place (RFC 3339)
inline constexpr std::string_view kReplacedKeys = "replaced_keys";
// kid || H(DID) || digest -> nothing
inline constexpr std::string_view kPartyKeys = "party_keys";
// H(broker) || H(account) -> sequence (8) || head
inline constexpr std::string_view kHeads = "account_heads";
// H(run) || H(dataset) || H(broker) -> JSON
inline constexpr std::string_view kRunDatasets = "run_datasets";
// H(run) -> JSON
inline constexpr std::string_view kReports = "run_reports";
// time (8) || kid || nonce -> nothing
inline constexpr std::string_view kReads = "reads";

inline crypto::Sha256Digest HashOf(std::string_view text) { return crypto::Sha256(AsBytes(text)); }

}  // namespace cloister::ledger::internal
