// SIMULATED: an ARM CCA platform and a realm on it, made of software, whose tokens are byte-exact and worth nothing.
// For simulators and tests; production programs link none of it.
#pragma once

#include "evidence/cca/verify.h"
#include "formats/cbor.h"

namespace cloister::evidence {

struct SimulatedCcaOptions {
  crypto::SignatureAlgorithm platform = crypto::SignatureAlgorithm::kEs384;  // ES256, ES384 or ES512
  crypto::SignatureAlgorithm realm = crypto::SignatureAlgorithm::kEs384;
  bool legacy = false;  // profiles and the realm key's form
};

struct SimulatedCca {
  CcaImplementationId implementation_id;
  CcaInstanceId instance_id;
  crypto::SigningKey platform_key, realm_key;
  bool legacy;

  static SimulatedCca Make(const SimulatedCcaOptions& options);

  // What the platform would say for a realm, for callers that change it before Sign(). Every text says SIMULATED.
  CcaToken Contents(const std::array<std::uint8_t, 64>& challenge) const;
  // The realm's key as a token carries it.
  Bytes EncodedRealmKey() const;
  // Claims as Sign() signs them, for callers that change them further.
  static formats::Cbor PlatformClaims(const CcaPlatform& platform);
  static formats::Cbor RealmClaims(const CcaRealm& realm);
  Bytes Sign(const CcaToken& token) const;
  Bytes SignClaims(const formats::Cbor& platform, const formats::Cbor& realm) const;
  // Holds the platform's key, marked as simulated.
  CcaPlatformKeys Keys() const;
  // Stores in Trustee's form that fit Contents().
  formats::Json TrustAnchorStore() const;
  formats::Json ReferenceStore() const;
};

}  // namespace cloister::evidence
