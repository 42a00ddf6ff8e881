// COSE_Sign (RFC 9052 §4.1), signed by several: read only, for contracts that others made (DEPA).
#pragma once

#include <functional>

#include "token/cose.h"

namespace cloister::token {

// One signer's part of a message.
struct CoseSigner {
  Bytes key_id;
  formats::Cbor protected_headers;
};

// A message of which every signature was checked. Only VerifyCoseSign makes one.
class VerifiedCoseSign {
 public:
  ByteSpan payload() const { return payload_; }
  const formats::Cbor& protected_headers() const { return protected_; }
  const std::vector<CoseSigner>& signers() const { return signers_; }

 private:
  VerifiedCoseSign() = default;
  friend struct CoseSignParts;
  Bytes payload_;
  formats::Cbor protected_;
  std::vector<CoseSigner> signers_;
};

// Finds the key of a signer whose kid and (unverified) protected headers are given; kUntrusted where there is none.
using CoseKeyFinder = std::function<Result<crypto::VerifyingKey>(const CoseSigner& unverified)>;

// All signatures must hold, 1 to 16 of them. Success does not say that all who should have signed did.
// Errors as VerifyCose1. `expected.form` kAny lets the tag (98) be absent.
Result<VerifiedCoseSign> VerifyCoseSign(ByteSpan message, const CoseKeyFinder& find_key,
                                        const Cose1Expectations& expected);

}  // namespace cloister::token
