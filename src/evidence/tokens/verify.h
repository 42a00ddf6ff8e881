// Attestation tokens of other services as evidence: somebody else checked the hardware's signatures, and we check who
// that was, that the token is for us, fresh, and about a machine without debugging.
#pragma once

#include "evidence/tokens/issuer.h"

namespace cloister::evidence {

// Whom the token was made for (`aud`).
class ExpectedAudience {
 public:
  static ExpectedAudience Exactly(std::string audience) { return ExpectedAudience(std::move(audience)); }
  // For services that name none (Azure, Intel, Trustee, NVIDIA). Google's tokens name one: there it is kUsage.
  static ExpectedAudience NoneDemanded() { return ExpectedAudience(std::nullopt); }
  const std::optional<std::string>& value() const { return value_; }

 private:
  explicit ExpectedAudience(std::optional<std::string> value) : value_(std::move(value)) {}
  std::optional<std::string> value_;
};

// The nonce that makes a token fresh, as text, exactly as it stands in the token.
class ExpectedNonce {
 public:
  // In what the machine's own evidence covers: `eat_nonce` (Google, NVIDIA, Veraison), `runtime_data_claims.nonce`
  // (Trustee, of cpu0), `x-ms-runtime` `.nonce` or `.client-payload.nonce` (Azure), `attester_runtime_data.nonce`
  // (Intel). Proves that the machine gave evidence after the nonce was made.
  static ExpectedNonce InEvidence(std::string nonce) { return {Place::kEvidence, std::move(nonce)}; }
  // What the service itself was asked with: `nonce` (Azure), `verifier_nonce.val` (Intel), `eat_nonce`. Proves that the
  // service answered after the nonce was made.
  static ExpectedNonce InToken(std::string nonce) { return {Place::kToken, std::move(nonce)}; }
  // Whoever has the token may show it again until it expires.
  static ExpectedNonce NotLookedAt() { return {Place::kNone, ""}; }

  enum class Place { kNone, kEvidence, kToken };
  Place place() const { return place_; }
  const std::string& value() const { return value_; }

 private:
  ExpectedNonce(Place place, std::string value) : place_(place), value_(std::move(value)) {}
  Place place_;
  std::string value_;
};

// kMustBeOff: refuses a token that says that debugging is possible, and one that does not say.
enum class TokenDebug { kMustBeOff, kLeftToPolicy };

struct TokenExpectations {
  ExpectedAudience audience;
  ExpectedNonce nonce;
  TokenDebug debug;
  Seconds leeway;       // by how much clocks may differ
  Seconds maximum_age;  // since `iat`, whatever `exp` says
};

// A token that was checked. Only VerifyToken makes one.
class VerifiedToken {
 public:
  TokenService service() const { return service_; }
  // The claims exactly as the service signed them (of NVIDIA's bundle: the overall token's).
  const formats::Json& own_claims() const { return own_; }
  // Our vocabulary, as for evidence that we verified ourselves, where the token says it:
  //   tee, measurement, report_data, init_data, debug, tcb_status, advisory_ids, hardware_id; and of every token
  //   attested_by (the service), token_issuer, token_issued, token_expires (RFC 3339), token_key_sha256 (of the signer's
  //   SPKI), simulated, revocation ("not_checked": what the service checked, it alone knows);
  //   service_verdict ("affirming", "warning", "contraindicated", "none") of EAR and NVIDIA tokens;
  //   image_digest, secure_boot (Google); devices {name: claims} (NVIDIA).
  // Beside them the token's own claims under their names, but for names of our vocabulary, which are ours alone; of
  // Trustee's tokens also the members of cpu0's evidence (snp, runtime_data_claims, …), so that its policies run.
  const formats::Json& Claims() const { return claims_; }

 private:
  VerifiedToken(TokenService service, formats::Json own, formats::Json claims)
      : service_(service), own_(std::move(own)), claims_(std::move(claims)) {}
  friend struct TokenMaker;
  TokenService service_;
  formats::Json own_;
  formats::Json claims_;
};

// Verifies a JWT (of NVIDIA: its array of JWTs) of `issuer`. Success proves that the issuer said this about a machine
// not longer ago than allowed, for this audience and nonce. The caller still judges measurement, verdict and TCB, and
// must have reason to trust this issuer with that.
// kMalformed, kLimit; kUnsupported: a TEE, profile or header that we do not take; kUntrusted: signature, key,
// algorithm; kExpired; kStale: older than `maximum_age`; kMismatch: issuer, audience, nonce, debugging, a submodule's
// digest, software other than Confidential Space; kUsage: see NoneDemanded.
Result<VerifiedToken> VerifyToken(std::string_view token, const TokenIssuer& issuer, const TokenExpectations& expected,
                                  Time at);

}  // namespace cloister::evidence
