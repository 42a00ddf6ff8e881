// Attestation keys that a verifier's owner has enrolled: TPMs without a cloud's certificate have no other root.
#pragma once

#include <map>

#include "evidence/tpm/verify.h"

namespace cloister::evidence {

// An enrolled key, by the SHA-256 of its SubjectPublicKeyInfo: one that signs only what its TPM made, as who enrolled it says.
struct EnrolledTpmKey {
  crypto::Sha256Digest sha256;
  bool simulated;  // of a TPM made of software: nothing that rests on it is hardware's word
};

class EnrolledTpmKeys {
 public:
  // [{"ak_public": base64 of the SubjectPublicKeyInfo, "SIMULATED": bool, "restricted": true}], up to 4096. `restricted` is the
  // owner's word that the key signs nothing made up; instead of it, or beside it, "ak_tpmt_public" may be the key's TPMT_PUBLIC in
  // base64. What an attester sends of the like is no proof: nothing signs it. kMalformed (also: neither of them, or
  // "restricted": false); kMismatch: the area is of another key; kConflict: a key twice; kLimit; errors of
  // TpmAttestationKey::FromPublicArea.
  static Result<EnrolledTpmKeys> Parse(std::string_view json);
  // The caller's word that the key is restricted. kConflict: it is there already.
  Result<void> Add(const EnrolledTpmKey& key);
  // kUntrusted: not enrolled.
  Result<EnrolledTpmKey> Find(const TpmAttestationKey& key) const;

 private:
  std::map<crypto::Sha256Digest, bool> simulated_;
};

}  // namespace cloister::evidence
