// Attestation results as EAT (EAR, draft-ietf-rats-ear) in a JWT, in the profile of Trustee; trust vectors of AR4SI.
#pragma once

#include <map>

#include "token/jwt.h"

namespace cloister::token {

// Trust tiers, from unknown to worst.
enum class EarStatus { kNone, kAffirming, kWarning, kContraindicated };
std::string_view EarStatusName(EarStatus status);
// The tier of a trust claim: 2 to 31 affirming, 32 to 95 warning, 96 to 127 contraindicated, negative values mirrored
// (-2 to -32, -33 to -96, -97 to -128), -1 to 1 none. kMalformed: outside -128 to 127.
Result<EarStatus> EarStatusOf(std::int64_t trust_claim);

// AR4SI trust claims by name, in the order of the draft.
inline constexpr std::string_view kTrustClaims[] = {"instance-identity", "configuration", "executables",
                                                    "file-system",       "hardware",      "runtime-opaque",
                                                    "storage-opaque",    "sourced-data"};

// A trust vector: claims that were made, each -128 to 127.
class TrustVector {
 public:
  // kMalformed: a name that AR4SI has not, or a value out of range.
  static Result<TrustVector> FromJson(const formats::Json& json);
  Result<void> Set(std::string_view name, std::int64_t value);
  std::optional<int> Get(std::string_view name) const;
  formats::Json ToJson() const;
  // The worst tier of all claims; kNone for an empty vector.
  EarStatus Status() const;
  bool operator==(const TrustVector&) const = default;

 private:
  std::map<std::string, int, std::less<>> claims_;
};

// The appraisal of one part of the machine: cpu0, gpu0, …
struct EarSubmod {
  TrustVector trust;
  std::string policy_id;
  // SHA-256 of the policy that was evaluated, so that the result can be replayed ("ear.cloister.policy-sha256", hex).
  std::optional<crypto::Sha256Digest> policy_digest;
  // The policy's input ("ear.veraison.annotated-evidence"), an object.
  formats::Json evidence;
  // A tier worse than the trust vector's; ignored where it is not worse.
  EarStatus at_least = EarStatus::kNone;

  EarStatus Status() const { return std::max(trust.Status(), at_least); }
};

inline constexpr std::string_view kTrusteeProfile = "tag:github.com,2024:confidential-containers/Trustee";
inline constexpr std::string_view kVeraisonProfile = "tag:github.com,2023:veraison/ear";

// An attestation result to be signed.
struct Ear {
  std::string issuer;
  Time issued_at;
  Time expires_at;
  std::string verifier_developer;
  std::string verifier_build;
  Bytes nonce;  // "eat_nonce", base64url; left out when empty
  std::map<std::string, EarSubmod> submods;
};

// A JWT by `key` in Trustee's profile, kid = base64url of the JWK thumbprint. Each status is computed here.
// kUsage: no submod, expiry not after issue, evidence that is no object.
Result<std::string> SignEar(const crypto::SigningKey& key, const Ear& ear);

struct EarExpectations {
  std::optional<std::string> issuer;
  // Base64url of it must be the token's eat_nonce; std::nullopt: not looked at.
  std::optional<Bytes> nonce;
  Seconds leeway;
};

// A verified attestation result. Only VerifyEar makes one.
class VerifiedEar {
 public:
  const Ear& ear() const { return ear_; }
  // The worst of all submods; kNone where one is kNone and the others are affirming. Only kAffirming is good.
  EarStatus Status() const;
  // The whole token, which is the input of release policies.
  const formats::Json& claims() const { return claims_; }

 private:
  VerifiedEar(Ear ear, formats::Json claims) : ear_(std::move(ear)), claims_(std::move(claims)) {}
  friend struct EarReader;
  Ear ear_;
  formats::Json claims_;
};

// Verifies and reads a token of either profile. Success proves that the owner of one of `keys` made this appraisal and
// that it has not expired at `now`; it does not say that the appraisal is good: look at Status().
// Errors of VerifyJwt; kMismatch: nonce; kMalformed: members, or a status better than its trust vector; kUnsupported:
// profile.
Result<VerifiedEar> VerifyEar(std::string_view token, std::span<const NamedJwk> keys, const EarExpectations& expected,
                              Time now);
// Reads claims of which nothing was verified, by the same rules: for showing, and for tokens whose signer was checked
// elsewhere. Without `exp`, expires_at is issued_at. Errors as VerifyEar.
Result<Ear> EarFromUnverifiedClaims(const formats::Json& claims);
// Reads what another call has verified (VerifyJwtByChain). Without `exp`, if that call let it pass, expires_at is
// issued_at.
Result<VerifiedEar> ReadEar(const VerifiedJwt& jwt, const EarExpectations& expected);

}  // namespace cloister::token
