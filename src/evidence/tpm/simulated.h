// SIMULATED: a TPM made of software, and clouds' authorities over its key. Its quotes are byte-exact and worth nothing. For simulators
// and tests; production programs link none of it.
#pragma once

#include <map>

#include "crypto/x509_builder.h"
#include "evidence/tpm/ak_certificate.h"
#include "evidence/tpm/json.h"

namespace cloister::evidence {

// Restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth.
inline constexpr std::uint32_t kSimulatedTpmAttributes = 0x00050072;

struct SimulatedTpm {
  crypto::SigningKey key;  // kRs256, kPs256, kEs256 or kEs384
  std::uint32_t attributes = kSimulatedTpmAttributes;
  std::map<PcrBank, PcrValues> banks;  // all 24 of SHA-1, SHA-256 and SHA-384
  EventLog log;                        // of what Measure() was given

  // A TPM as after a reset, with an attestation key of its own.
  static SimulatedTpm Make(crypto::SignatureAlgorithm algorithm);

  // Extends PCR `index` of all banks with the digests of `data`, and logs that.
  void Measure(std::uint32_t index, std::uint32_t type, ByteSpan data);
  // Extends it with `digest` in the SHA-256 bank alone, and logs nothing, as a guest does with its init-data.
  void Extend(std::uint32_t index, const crypto::Sha256Digest& digest);

  // What it would sign, for callers that change it before Sign().
  TpmQuote Prepare(ByteSpan nonce, const PcrSelection& selection) const;
  // `quote` signed, beside the values of the PCRs that it selects.
  TpmQuoteEvidence Sign(const TpmQuote& quote) const;
  TpmQuoteEvidence Quote(ByteSpan nonce, const PcrSelection& selection = PcrSelection::All(PcrBank::kSha256)) const;
  // TPMT_PUBLIC with `attributes`.
  Bytes PublicArea() const;
  // As our attester hands it over, without a log.
  TpmEvidence Evidence(ByteSpan nonce) const;
};

// What is wrong with a SIMULATED certificate of an attestation key.
enum class SimulatedAkFault {
  kNone,
  kLeafIsCa,
  kWithoutKeyUsage,
  kEndorsementKey,   // extendedKeyUsage of an EK
  kWithoutInstance,  // Google's extension is missing
  kForeignIssuer,    // signed by a key of the issuer's name that nobody vouches for
};

struct SimulatedVtpmAuthority {
  VtpmCloud cloud;
  Time not_before, not_after;
  crypto::SigningKey root_key, intermediate_key;
  crypto::Certificate root, intermediate;

  // RSA keys of 2048 bits; every name says SIMULATED.
  static Result<SimulatedVtpmAuthority> Make(VtpmCloud cloud, Time not_before, Time not_after);
  Result<crypto::Certificate> Certify(const crypto::VerifyingKey& key, SimulatedAkFault fault = SimulatedAkFault::kNone) const;
  // Root and intermediate, and, where asked for, the root's list with `revoked`.
  VtpmCollateral Collateral() const;
  Result<crypto::Crl> RootList(std::span<const crypto::Certificate> revoked) const;
  Result<crypto::Crl> IntermediateList(std::span<const crypto::Certificate> revoked) const;
  SimulatedAnchors Anchors() const;
};

}  // namespace cloister::evidence
