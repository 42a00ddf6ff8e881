// Other parties' verifiers whose attestation tokens may stand for evidence, and the keys that speak for them. Keys come
// from the caller, who got them from the issuer by a way that it trusts; never from, or through, a token.
#pragma once

#include "token/jwt.h"

namespace cloister::evidence {

// kTrustee, kVeraison: EAR (draft-ietf-rats-ear); kAzure: Microsoft Azure Attestation; kIntel: Intel Trust Authority;
// kGoogle: Confidential Space; kNvidia: NVIDIA Remote Attestation Service (several tokens in an array).
enum class TokenService { kTrustee, kVeraison, kAzure, kIntel, kGoogle, kNvidia };
// "trustee", "veraison", "azure-attestation", "intel-trust-authority", "google-confidential-space", "nvidia-nras".
std::string_view TokenServiceName(TokenService service);
// kMalformed: none of these names.
Result<TokenService> TokenServiceFromName(std::string_view name);

// The `iss` of the services that have only one.
inline constexpr std::string_view kGoogleIssuer = "https://confidentialcomputing.googleapis.com";
inline constexpr std::string_view kNvidiaIssuer = "https://nras.attestation.nvidia.com";

// Whom to believe: one service under one `iss`, with its keys or with roots of its signers' certificates.
// Invariant: every key is bound to an algorithm that the service signs with (Azure and Google RS256; Intel PS384 or
// RS256; NVIDIA ES384; Trustee and Veraison what their keys say).
class TokenIssuer {
 public:
  // The keys of a JWK set, such as the service publishes. A key without `alg` gets the service's first algorithm; one
  // without `n` and `e`, or `x` and `y`, but with `x5c` (Azure's form) is its first certificate's. `name` is compared
  // with `iss` byte by byte. An issuer is simulated if, and only if, its name says SIMULATED.
  // kMalformed, kLimit (64 keys); kUnsupported: no key of a kind that the service signs with; kConflict: two keys of one
  // kid; kMismatch: Google's or NVIDIA's name is another one.
  static Result<TokenIssuer> WithKeys(TokenService service, std::string name, const formats::Json& jwk_set);
  // Signers whose certificates (`x5c` in the header, or in Trustee's `jwk`) lead to one of `roots`.
  // kUsage: no root; kUnsupported: a service whose header proves nothing (Azure, Intel, NVIDIA); kMismatch as above.
  static Result<TokenIssuer> WithRoots(TokenService service, std::string name, std::vector<crypto::Certificate> roots);

  TokenService service() const { return service_; }
  const std::string& name() const { return name_; }
  bool simulated() const { return name_.find("SIMULATED") != std::string::npos; }

  // One JWT of this issuer: signature, `iss`, dates, and `audience` where one is expected. Errors as token::VerifyJwt.
  Result<token::VerifiedJwt> Verify(std::string_view jwt, const std::optional<std::string>& audience, Seconds leeway,
                                    Time at) const;

 private:
  TokenIssuer(TokenService service, std::string name) : service_(service), name_(std::move(name)) {}
  TokenService service_;
  std::string name_;
  std::vector<token::NamedJwk> keys_;
  std::vector<crypto::Certificate> roots_;
};

}  // namespace cloister::evidence
