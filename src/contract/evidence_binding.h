// The `cloister` entry of the KBS attestation's additional evidence: what a secret is for and over which connection it
// goes.
#pragma once

#include "contract/parts.h"
#include "token/jwk.h"

namespace cloister::contract {

inline constexpr std::string_view kExporterLabel = "EXPORTER-cloister-attestation";
inline constexpr std::size_t kExporterSize = 32;

struct EvidenceBinding {
  std::string run;
  std::vector<Digest> contracts;
  std::string party;                                 // DID of the broker that is spoken to
  Digest peer_key;                                   // SHA-256 of the SPKI of its TLS key, as the room saw it
  std::array<std::uint8_t, kExporterSize> exporter;  // RFC 8446 §7.5, of this connection, kExporterLabel, no context
  crypto::VerifyingKey signing_key;                  // the room's

  // The text of {"cloister": {…}}; any other member is a device that nobody asked for. kMalformed.
  static Result<EvidenceBinding> FromAdditionalEvidence(std::string_view text);
  std::string ToAdditionalEvidence() const;
  bool operator==(const EvidenceBinding&) const = default;
};

// Report data of a CPU in KBS 0.4.0: SHA-384 over the canonical {additional-evidence, nonce, tee-pubkey}, then 16 zero bytes.
// The key's JWK is written anew, so only the members that make the key count.
Result<std::array<std::uint8_t, 64>> KbsReportData(std::string_view additional_evidence, std::string_view nonce,
                                                   const token::TeePublicKey& tee_key);

}  // namespace cloister::contract
