// Attestation keys that a verifier's owner has enrolled: TPMs without a cloud's certificate have no other root.
#pragma once

#include <map>

#include "evidence/tpm/verify.h"

namespace cloister::evidence {

// An enrolled key, by the SHA-256 of its SubjectPublicKeyInfo.
struct EnrolledTpmKey {
  crypto::Sha256Digest sha256;
  bool simulated;  // of a TPM made of software: nothing that rests on it is hardware's word
};

class EnrolledTpmKeys {
 public:
  // [{"ak_public": base64 of the SubjectPublicKeyInfo, "SIMULATED": bool (may be absent: false)}], up to 4096. kMalformed, kConflict
  // (a key twice), kLimit.
  static Result<EnrolledTpmKeys> Parse(std::string_view json);
  // kConflict: it is there already.
  Result<void> Add(const EnrolledTpmKey& key);
  // kUntrusted: not enrolled.
  Result<EnrolledTpmKey> Find(const TpmAttestationKey& key) const;

 private:
  std::map<crypto::Sha256Digest, bool> simulated_;
};

}  // namespace cloister::evidence
