#include "evidence/tokens/verify.h"

#include <algorithm>

#include "evidence/tokens/detached_eat.h"
#include "evidence/tokens/internal/view.h"

namespace cloister::evidence {
namespace {

using formats::Json;
using internal::TokenView;

// Names that a token cannot use: what stands under them is said by this verifier.
constexpr std::string_view kOurNames[] = {
    "tee",          "measurement",   "report_data",   "init_data",        "debug",           "simulated",
    "root_sha256",  "revocation",    "tcb_status",    "advisory_ids",     "hardware_id",     "collateral_expires",
    "attested_by",  "token_issuer",  "token_issued",  "token_expires",    "token_key_sha256", "service_verdict",
    "image_digest", "secure_boot",   "devices",       "runtime_data_claims", "init_data_claims",
    "snp",          "az-snp-vtpm",   "az-tdx-vtpm",   "cca",              "tpm"};

// "tdx" and "sgx" hold Trustee's evidence; Intel's composite tokens have members of these names.
bool IsOurName(std::string_view name, TokenService service) {
  if (name == "tdx" || name == "sgx") return service != TokenService::kIntel;
  return std::find(std::begin(kOurNames), std::end(kOurNames), name) != std::end(kOurNames);
}

Result<Time> DateOf(const Json& claims, std::string_view name) {
  return FromUnixSeconds(static_cast<std::int64_t>(TRY(claims.GetNumber(name))));
}

Result<void> CheckAge(const Json& claims, const TokenExpectations& expected, Time at) {
  const Time issued = TRY(DateOf(claims, "iat"));
  if (at - issued <= expected.maximum_age + expected.leeway) return {};
  return Error(ErrorCode::kStale, "issued " + ToRfc3339(issued) + ", now " + ToRfc3339(at) + ", older than allowed");
}

Result<void> CheckNonce(const TokenView& view, const ExpectedNonce& expected) {
  if (expected.place() == ExpectedNonce::Place::kNone) return {};
  const bool in_evidence = expected.place() == ExpectedNonce::Place::kEvidence;
  const std::vector<std::string>& nonces = in_evidence ? view.evidence_nonces : view.token_nonces;
  // An empty nonce would be one that everybody knows.
  const bool found = std::find(nonces.begin(), nonces.end(), expected.value()) != nonces.end();
  if (found && !expected.value().empty()) return {};
  return Error(ErrorCode::kMismatch, nonces.empty() ? "has no nonce where one was expected" : "the nonce is not the expected one");
}

Result<void> CheckDebug(const TokenView& view, TokenDebug expected) {
  if (expected == TokenDebug::kLeftToPolicy || view.debug == false) return {};
  return Error(ErrorCode::kMismatch, view.debug ? "debugging is possible" : "does not say whether debugging is possible");
}

Result<TokenView> ReadView(TokenService service, const token::VerifiedJwt& jwt) {
  switch (service) {
    case TokenService::kTrustee: return internal::ReadEarToken(jwt, token::kTrusteeProfile);
    case TokenService::kVeraison: return internal::ReadEarToken(jwt, token::kVeraisonProfile);
    case TokenService::kAzure: return internal::ReadAzure(jwt.claims());
    case TokenService::kIntel: return internal::ReadIntel(jwt.claims());
    case TokenService::kGoogle: return internal::ReadGoogle(jwt.claims());
    case TokenService::kNvidia: break;
  }
  return Error(ErrorCode::kInternal, "a service without a reader");
}

Result<Json> JoinClaims(const token::VerifiedJwt& jwt, const TokenView& view, const TokenIssuer& issuer) {
  Json claims = Json::Object{};
  for (const auto& [name, value] : *TRY(jwt.claims().AsObject())) {
    if (!IsOurName(name, issuer.service())) claims.Set(name, value);
  }
  for (const auto& [name, value] : *TRY(view.claims.AsObject())) claims.Set(name, value);
  if (view.debug) claims.Set("debug", *view.debug);
  claims.Set("attested_by", TokenServiceName(issuer.service()));
  claims.Set("token_issuer", issuer.name());
  claims.Set("token_issued", ToRfc3339(TRY(DateOf(jwt.claims(), "iat"))));
  claims.Set("token_expires", ToRfc3339(TRY(DateOf(jwt.claims(), "exp"))));
  claims.Set("token_key_sha256", ToHex(crypto::Sha256(jwt.key().SpkiDer())));
  claims.Set("simulated", issuer.simulated());
  claims.Set("revocation", "not_checked");
  return claims;
}

}  // namespace

// The only maker of VerifiedToken.
struct TokenMaker {
  static Result<VerifiedToken> Verify(std::string_view token, const TokenIssuer& issuer,
                                      const TokenExpectations& expected, Time at) {
    if (issuer.service() == TokenService::kGoogle && !expected.audience.value()) {
      return Error(ErrorCode::kUsage, "Google's tokens name an audience: expect one");
    }
    if (issuer.service() == TokenService::kNvidia) return VerifyBundle(token, issuer, expected, at);
    const auto jwt = TRY(issuer.Verify(token, expected.audience.value(), expected.leeway, at));
    const TokenView view = TRY(ReadView(issuer.service(), jwt));
    return Make(jwt, view, issuer, expected, at);
  }

  static Result<VerifiedToken> VerifyBundle(std::string_view text, const TokenIssuer& issuer,
                                            const TokenExpectations& expected, Time at) {
    const DetachedEat bundle = TRY(ParseDetachedEat(text));
    const auto overall = TRY(issuer.Verify(bundle.overall, expected.audience.value(), expected.leeway, at));
    TRY(CheckSubmodDigests(overall.claims(), bundle));
    std::map<std::string, Json> devices;
    for (const auto& [name, jwt] : bundle.submods) {
      const auto device = TRY_WITH(name, issuer.Verify(jwt, std::nullopt, expected.leeway, at));
      TRY_WITH(name, CheckAge(device.claims(), expected, at));
      devices.emplace(name, device.claims());
    }
    const TokenView view = TRY(internal::ReadNvidia(overall.claims(), devices));
    return Make(overall, view, issuer, expected, at);
  }

  static Result<VerifiedToken> Make(const token::VerifiedJwt& jwt, const TokenView& view, const TokenIssuer& issuer,
                                    const TokenExpectations& expected, Time at) {
    TRY(CheckAge(jwt.claims(), expected, at));
    TRY(CheckNonce(view, expected.nonce));
    TRY(CheckDebug(view, expected.debug));
    Json claims = TRY(JoinClaims(jwt, view, issuer));
    return VerifiedToken(issuer.service(), jwt.claims(), std::move(claims));
  }
};

Result<VerifiedToken> VerifyToken(std::string_view token, const TokenIssuer& issuer, const TokenExpectations& expected,
                                  Time at) {
  return TRY_WITH(TokenServiceName(issuer.service()), TokenMaker::Verify(token, issuer, expected, at));
}

}  // namespace cloister::evidence
