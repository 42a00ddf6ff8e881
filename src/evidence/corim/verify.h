// Signed CoRIM (draft-ietf-rats-corim §4.2): reference values and endorsements by somebody whom we trust for them.
#pragma once

#include "evidence/corim/corim.h"
#include "crypto/x509.h"
#include "formats/json.h"
#include "token/cose.h"

namespace cloister::evidence {

// Who may sign: keys by their kid, or signers whose certificate leads to a root. Never from the message itself.
struct CorimTrust {
  std::vector<token::CoseKey> keys;
  std::vector<crypto::Certificate> roots;
};

// kMustBeCurrent: some period of the package must end, and `at` must lie within all of them. kNotLookedAt: the caller
// judges VerifiedCorim::ends() by itself; for packages without any period, and for looking at the past.
enum class CorimValidity { kMustBeCurrent, kNotLookedAt };

struct CorimExpectations {
  CorimValidity validity;
  std::optional<std::string> profile;  // exactly this one; std::nullopt: any, also none
};

// A reference value in the form of Trustee's registry: the name is vendor, model, element, its name and serial number
// with "/" between, and "digests" or "raw_bytes" at the end; the values are lower-case hex.
struct NamedReferenceValue {
  std::string name;
  std::vector<std::string> values;
};
std::vector<NamedReferenceValue> NamedReferenceValues(const Corim& corim);

// A package whose signature was checked. Only VerifyCorim makes one.
class VerifiedCorim {
 public:
  const Corim& corim() const { return corim_; }
  const std::string& signer() const { return signer_; }  // the name that corim-meta or CWT claims give; may be empty
  const crypto::VerifyingKey& key() const { return key_; }
  // The earliest end of all periods: the package's, the signature's, tag lists'; none where it has none.
  const std::optional<Time>& ends() const { return ends_; }
  // All reference triples, for appraisal.
  std::vector<const CorimTriple*> reference_values() const;
  // {id, profile, signer, ends, comids, reference_values: [{environment, element, digests, svn, …}], endorsed_values,
  // attest_keys: [{environment, keys}], unread}
  formats::Json Claims() const;

 private:
  VerifiedCorim(Corim corim, std::string signer, crypto::VerifyingKey key, std::optional<Time> ends)
      : corim_(std::move(corim)), signer_(std::move(signer)), key_(std::move(key)), ends_(ends) {}
  friend struct CorimMaker;
  Corim corim_;
  std::string signer_;
  crypto::VerifyingKey key_;
  std::optional<Time> ends_;
};

// Verifies a COSE_Sign1 (tag 18) whose content type is a CoRIM's and whose protected header says who signed
// (corim-meta, label 8, or CWT claims, label 15). With `trust.roots`, label 33 (x5chain) must lead to one at `at`.
// Success proves that a trusted signer said all of corim() and, with kMustBeCurrent, says so still. The caller checks
// that this signer may speak about these environments.
// kMalformed, kLimit; kUnsupported: content type, digests instead of content (hash envelope); kUntrusted: nobody we
// trust signed it, or nobody at all; kMismatch: the profile; kExpired.
Result<VerifiedCorim> VerifyCorim(ByteSpan message, const CorimTrust& trust, const CorimExpectations& expected, Time at);

}  // namespace cloister::evidence
