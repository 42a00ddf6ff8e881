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

}  // namespace cloister::contract
