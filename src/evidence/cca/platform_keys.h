// The platforms' attestation keys (CPAK) that a verifier trusts. ARM has no root for them: whoever makes a platform
// gives its keys out, so the caller brings them.
#pragma once

#include <map>

#include "crypto/sign.h"
#include "evidence/cca/token.h"
#include "formats/json.h"

namespace cloister::evidence {

struct CcaPlatformKey {
  CcaImplementationId implementation_id;
  CcaInstanceId instance_id;
  crypto::VerifyingKey key;  // ES256, ES384 or ES512
  bool simulated;            // a simulator's, or one whose private half is published
};

// `jwk` (RFC 7517) under the ids that it belongs to. kMalformed; kUnsupported: no ECDSA key.
Result<CcaPlatformKey> CcaPlatformKeyFromJwk(const formats::Json& jwk, const CcaImplementationId& implementation_id,
                                             const CcaInstanceId& instance_id);

class CcaPlatformKeys {
 public:
  CcaPlatformKeys() = default;
  // Trustee's trust-anchor store: [{"pkey": JWK, "implementation-id": hex, "instance-id": hex}]; beyond Trustee, an
  // entry may say "SIMULATED": true. kMalformed, kUnsupported, kConflict, kLimit.
  static Result<CcaPlatformKeys> ParseTrusteeStore(std::string_view json);
  // Marks a key as simulated where its private half is published (TF-A's and RFC 7517's test keys), whatever it says.
  // kConflict: the instance has a key already; kUnsupported: no ECDSA key.
  Result<void> Add(CcaPlatformKey key);

  // kUntrusted: no key for this instance of this implementation.
  Result<const CcaPlatformKey*> Find(const CcaImplementationId& implementation_id,
                                     const CcaInstanceId& instance_id) const;

 private:
  std::map<CcaInstanceId, CcaPlatformKey> keys_;
};

}  // namespace cloister::evidence
