#include "evidence/tokens/issuer.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::SignatureAlgorithm;
using formats::Json;

constexpr std::size_t kMaximumKeys = 64;

struct Rules {
  std::string_view name;
  std::string_view issuer;  // the only one; empty where customers have their own
  bool by_certificate;
  std::vector<SignatureAlgorithm> algorithms;  // the first is meant where a key names none
};

const Rules& RulesOf(TokenService service) {
  using enum SignatureAlgorithm;
  static const Rules kRules[] = {
      {"trustee", "", true, {kRs256, kEs256, kEs384, kEs512, kPs256, kPs384, kPs512}},
      {"veraison", "", true, {kRs256, kEs256, kEs384, kEs512, kEdDsa, kPs256, kPs384, kPs512}},
      {"azure-attestation", "", false, {kRs256}},
      {"intel-trust-authority", "", false, {kPs384, kRs256}},
      {"google-confidential-space", kGoogleIssuer, true, {kRs256}},
      {"nvidia-nras", kNvidiaIssuer, false, {kEs384}},
  };
  return kRules[static_cast<std::size_t>(service)];
}

constexpr TokenService kServices[] = {TokenService::kTrustee, TokenService::kVeraison, TokenService::kAzure,
                                      TokenService::kIntel,   TokenService::kGoogle,   TokenService::kNvidia};

bool SignsWith(const Rules& rules, SignatureAlgorithm algorithm) {
  return std::find(rules.algorithms.begin(), rules.algorithms.end(), algorithm) != rules.algorithms.end();
}

Result<void> CheckName(const Rules& rules, const std::string& name) {
  if (name.empty()) return Error(ErrorCode::kUsage, "token issuer: expected a name");
  if (rules.issuer.empty() || name == rules.issuer || name.find("SIMULATED") != std::string::npos) return {};
  return Error(ErrorCode::kMismatch, "token issuer: expected " + std::string(rules.issuer));
}

// The key of the first certificate, for the algorithm `name`, or the one that goes with its kind.
Result<crypto::VerifyingKey> KeyOfCertificate(const Json& jwk, const Rules& rules) {
  const std::vector<std::string> chain = TRY(jwk.GetStrings("x5c"));
  if (chain.empty()) return Error(ErrorCode::kMalformed, "\"x5c\" is empty");
  const Bytes der = TRY(FromBase64(chain.front()));
  const Certificate leaf = TRY(Certificate::ParseDer(der));
  const std::optional<std::string> name = TRY(jwk.FindString("alg"));
  for (const SignatureAlgorithm algorithm : rules.algorithms) {
    if (name && *name != crypto::SignatureAlgorithmName(algorithm)) continue;
    if (auto key = leaf.PublicKey(algorithm); key) return *std::move(key);
  }
  return Error(ErrorCode::kUnsupported, "\"x5c\": a key that the service does not sign with");
}

Result<crypto::VerifyingKey> KeyOf(Json jwk, const Rules& rules) {
  const bool bare = jwk.Find("n") == nullptr && jwk.Find("x") == nullptr;
  if (bare && jwk.Find("x5c") != nullptr) return KeyOfCertificate(jwk, rules);
  if (TRY(jwk.GetString("kty")) == "RSA" && jwk.Find("alg") == nullptr) {
    jwk.Set("alg", crypto::SignatureAlgorithmName(rules.algorithms.front()));
  }
  auto key = TRY(token::VerifyingKeyFromJwk(jwk));
  if (!SignsWith(rules, key.algorithm())) {
    return Error(ErrorCode::kUnsupported, "an algorithm that the service does not sign with");
  }
  return key;
}

}  // namespace

std::string_view TokenServiceName(TokenService service) { return RulesOf(service).name; }

Result<TokenService> TokenServiceFromName(std::string_view name) {
  for (const TokenService service : kServices) {
    if (TokenServiceName(service) == name) return service;
  }
  return Error(ErrorCode::kMalformed, "token service: none of trustee, veraison, azure-attestation, "
                                      "intel-trust-authority, google-confidential-space, nvidia-nras");
}

Result<TokenIssuer> TokenIssuer::WithKeys(TokenService service, std::string name, const Json& jwk_set) {
  const Rules& rules = RulesOf(service);
  TRY(CheckName(rules, name));
  TokenIssuer issuer(service, std::move(name));
  const Json::Array& array = *TRY_WITH("token issuer", jwk_set.GetArray("keys"));
  if (array.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "token issuer: more than 64 keys");
  for (const Json& jwk : array) {
    auto key = KeyOf(jwk, rules);
    // Services publish keys for other purposes too (RFC 7517 §5).
    if (!key && key.error().code() == ErrorCode::kUnsupported) continue;
    if (!key) return std::move(key).error().With("token issuer");
    std::string kid = TRY_WITH("token issuer", jwk.FindString("kid")).value_or("");
    for (const token::NamedJwk& other : issuer.keys_) {
      if (!kid.empty() && other.kid == kid) return Error(ErrorCode::kConflict, "token issuer: two keys of one kid");
    }
    issuer.keys_.push_back({std::move(kid), *std::move(key)});
  }
  if (issuer.keys_.empty()) {
    return Error(ErrorCode::kUnsupported, "token issuer: no key that " + std::string(rules.name) + " signs with");
  }
  return issuer;
}

Result<TokenIssuer> TokenIssuer::WithRoots(TokenService service, std::string name, std::vector<Certificate> roots) {
  const Rules& rules = RulesOf(service);
  TRY(CheckName(rules, name));
  if (!rules.by_certificate) {
    return Error(ErrorCode::kUnsupported, "token issuer: certificates in the header of " + std::string(rules.name) +
                                              " tokens prove nothing; give its keys");
  }
  if (roots.empty()) return Error(ErrorCode::kUsage, "token issuer: expected roots");
  TokenIssuer issuer(service, std::move(name));
  issuer.roots_ = std::move(roots);
  return issuer;
}

Result<token::VerifiedJwt> TokenIssuer::Verify(std::string_view jwt, const std::optional<std::string>& audience,
                                               Seconds leeway, Time at) const {
  const token::JwtExpectations expected{.issuer = name_,
                                        .audience = audience,
                                        .expiry = token::JwtExpectations::Expiry::kRequired,
                                        .leeway = leeway};
  if (!keys_.empty()) return token::VerifyJwt(jwt, keys_, expected, at);
  // A certificate for RSA does not say which padding: the service's rules do, before the header has a say.
  const auto hint = TRY(token::HintFromUnverifiedJwt(jwt));
  const Rules& rules = RulesOf(service_);
  const bool known = std::any_of(rules.algorithms.begin(), rules.algorithms.end(), [&](SignatureAlgorithm algorithm) {
    return crypto::SignatureAlgorithmName(algorithm) == hint.algorithm;
  });
  if (!known) return Error(ErrorCode::kUntrusted, "JWT: an algorithm that the service does not sign with");
  return token::VerifyJwtByChain(jwt, roots_, expected, at);
}

}  // namespace cloister::evidence
