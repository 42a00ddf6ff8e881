// Verifies ARM CCA attestation tokens. A VerifiedCca can only be made here.
#pragma once

#include "evidence/cca/platform_keys.h"
#include "evidence/cca/reference_values.h"

namespace cloister::evidence {

class CcaPlatformCache;
namespace internal {
struct VerifiedCcaPlatform;
}

// The personalization value, which is init-data's place, or the caller's word that any will do.
class ExpectedPersonalization {
 public:
  static ExpectedPersonalization Exactly(const std::array<std::uint8_t, 64>& value) {
    return ExpectedPersonalization(value);
  }
  static ExpectedPersonalization AnyPersonalization() { return ExpectedPersonalization(std::nullopt); }
  bool Fits(const std::array<std::uint8_t, 64>& value) const { return !value_ || *value_ == value; }

 private:
  explicit ExpectedPersonalization(std::optional<std::array<std::uint8_t, 64>> value) : value_(value) {}
  std::optional<std::array<std::uint8_t, 64>> value_;
};

struct CcaExpectations {
  std::array<std::uint8_t, 64> challenge;  // the verifier's own nonce, or what is over it
  ExpectedPersonalization personalization;
};

// A token whose platform half a key of ours signed, and whose realm half the realm's key, which the platform vouches
// for.
class VerifiedCca {
 public:
  const CcaPlatform& platform() const;
  const CcaRealm& realm() const { return realm_; }
  // SHA-256 of the platform key's SubjectPublicKeyInfo: what stands in for a root's fingerprint.
  const crypto::Sha256Digest& platform_key_sha256() const;
  bool simulated() const { return simulated_; }
  CcaMatch platform_match() const { return platform_match_; }
  CcaMatch realm_match() const { return realm_match_; }

  // tee "cca", measurement (initial measurement), report_data (challenge), init_data (personalization), debug (always
  // false: other lifecycles are refused), simulated, root_sha256 (platform_key_sha256), revocation ("not_checked": CCA
  // has none), hardware_id (instance id), implementation_id, instance_id, lifecycle, platform_profile, realm_profile,
  // platform_configuration, platform_hash_algorithm, realm_hash_algorithm, verification_service,
  // extensible_measurements (array), software_components (array of {type, version, measurement, signer}),
  // platform_reference and realm_reference (CcaMatchName). And Trustee's own, base64: platform
  // {cca-platform-instance-id, cca-platform-implementation-id}, realm {cca-realm-challenge,
  // cca-realm-personalization-value, cca-realm-initial-measurement, cca-realm-extensible-measurements,
  // cca-realm-hash-algo-id (as text)}.
  formats::Json Claims() const;

 private:
  friend struct CcaVerification;
  VerifiedCca(std::shared_ptr<const internal::VerifiedCcaPlatform> platform, const CcaRealm& realm, bool simulated)
      : platform_(std::move(platform)), realm_(realm), simulated_(simulated) {}
  std::shared_ptr<const internal::VerifiedCcaPlatform> platform_;
  CcaRealm realm_;
  bool simulated_;
  CcaMatch platform_match_ = CcaMatch::kNotCompared, realm_match_ = CcaMatch::kNotCompared;
};

// Success proves: the key of `keys` for the token's instance and implementation signed its platform half; the
// platform's challenge is the digest of the realm's public key exactly as encoded; that key signed the realm half; the
// platform is secured (lifecycle 0x30xx); challenge and personalization are as expected. ES256, ES384 and ES512, each
// bound to the key's curve. `references`, where given, are compared, and what comes out stands in the result and in its
// claims: the caller's policy judges that, the measurements and simulated(). A token carries no time: only the
// challenge says that it is fresh. Errors: those of ParseCcaToken; kUntrusted (no key, a signature, the binding);
// kMismatch (lifecycle, algorithm, challenge, personalization).
Result<VerifiedCca> VerifyCca(ByteSpan token, const CcaPlatformKeys& keys,
                              const std::optional<CcaReferenceValues>& references, const CcaExpectations& expected);

// The same, where `cache` spares the platform's signature if it saw this half with this realm's key before
// (platform_cache.h). For programs that verify often.
Result<VerifiedCca> VerifyCca(ByteSpan token, const CcaPlatformKeys& keys,
                              const std::optional<CcaReferenceValues>& references, const CcaExpectations& expected,
                              CcaPlatformCache& cache);

// The token in Trustee's evidence, {"token": [bytes]}. kMalformed, kLimit.
Result<Bytes> CcaTokenFromTrusteeJson(const formats::Json& evidence);

}  // namespace cloister::evidence
