// Verifies AWS Nitro attestation documents. A VerifiedNitro can only be made here.
#pragma once

#include <memory>

#include "evidence/anchors.h"
#include "evidence/nitro/document.h"
#include "formats/json.h"

namespace cloister::evidence {

class NitroChainCache;
namespace internal {
class VerifiedNitroChain;
}

// At which time the certificates have to be valid, and what the document's own timestamp has to do with it. A leaf
// lives for three hours, so that no document verifies "now" for longer.
enum class NitroTime {
  kFresh,               // all at the given time; the timestamp no further from it than the allowed skew
  kAuditOfOldDocument,  // all at the document's own timestamp, which must not lie after the given time (but for the
                        // skew). Says what was true then; whoever stole a leaf's key since can write any past
};

// A field that the enclave filled in: exactly these bytes, none, or the caller's word that any will do.
class ExpectedNitroField {
 public:
  static ExpectedNitroField Exactly(Bytes value) { return ExpectedNitroField(false, std::move(value)); }
  static ExpectedNitroField Absent() { return ExpectedNitroField(false, std::nullopt); }
  static ExpectedNitroField AnyValueOrNone() { return ExpectedNitroField(true, std::nullopt); }
  bool Fits(const std::optional<ByteSpan>& value) const {
    if (any_ || !value_ || !value) return any_ || value_.has_value() == value.has_value();
    return Equal(*value_, *value);
  }

 private:
  ExpectedNitroField(bool any, std::optional<Bytes> value) : any_(any), value_(std::move(value)) {}
  bool any_;
  std::optional<Bytes> value_;
};

struct NitroExpectations {
  NitroTime time;
  Seconds skew;
  ExpectedNitroField nonce, user_data, public_key;
};

// Revocation lists (DER) that the verifier fetched from the distribution points which the certificates name. Those that
// fit are applied, and must then be current.
struct NitroCollateral {
  std::vector<Bytes> revocation_lists;
};

enum class NitroRevocation { kChecked, kNotChecked };

// A document that a Nitro hypervisor (or, where simulated() says so, a simulator) signed.
class VerifiedNitro {
 public:
  const NitroClaims& document() const { return document_; }
  const Root& root() const;
  bool simulated() const { return root().simulated; }
  NitroTime time() const { return time_; }
  // kChecked: each certificate that names a distribution point is not on its issuer's current list.
  NitroRevocation revocation() const { return revocation_; }
  // Of the certificates, the earliest.
  Time expires() const { return expires_; }

  // tee "nitro", measurement (PCR0), report_data (nonce; left out where the document has none), debug, simulated,
  // root_sha256, revocation, collateral_expires; module_id, timestamp, timestamp_ms, pcr0 … pcr31 (those that are
  // there), user_data and public_key (as report_data), time ("fresh" or "audit_of_old_document"). There is no
  // init_data: Nitro has nothing that the host gives at launch; PCR8 is over the certificate that signed the image.
  formats::Json Claims() const;

 private:
  friend struct NitroVerification;
  VerifiedNitro(const NitroClaims& document, std::shared_ptr<const internal::VerifiedNitroChain> chain, NitroTime time,
                NitroRevocation revocation, Time expires)
      : document_(document),
        chain_(std::move(chain)),
        time_(time),
        revocation_(revocation),
        expires_(expires) {}
  NitroClaims document_;
  std::shared_ptr<const internal::VerifiedNitroChain> chain_;
  NitroTime time_;
  NitroRevocation revocation_;
  Time expires_;
};

// Success proves: the document was signed (ES384) by the key of its certificate; that certificate leads through the
// bundle, in its order, to an anchor for kAwsNitro; all were valid, CAs where they must be, and for signatures, at the
// time that `expected.time` says; and nonce, user data and public key are as expected. The caller's policy still judges
// PCRs, debug, simulated() and revocation().
// Errors: kMalformed, kLimit, kUnsupported (document); kUntrusted (root, chain, signature), kExpired, kRevoked,
// kStale (timestamp), kMismatch (fields).
Result<VerifiedNitro> VerifyNitro(ByteSpan document, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                  const NitroExpectations& expected, Time at);

// The same, where `cache` spares the chain's signatures if it saw exactly these certificates under these anchors
// before.
Result<VerifiedNitro> VerifyNitro(ByteSpan document, const NitroCollateral& collateral, const TrustAnchors& anchors,
                                  const NitroExpectations& expected, Time at, NitroChainCache& cache);

}  // namespace cloister::evidence
