#include "evidence/conformance/case.h"
#include "evidence/tokens/detached_eat.h"
#include "token/ear.h"
#include "token/jwt.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Result<Json> Parsed(const Case& loaded, const std::string& role) {
  const Bytes& file = *TRY(loaded.File(role));
  return Json::Parse(AsText(file));
}

CaseAnswer Unsigned(Json claims) { return {std::move(claims), "no signature to check"}; }

// The service's keys were not recorded, so only structure and digests can be checked.
Result<CaseAnswer> RunDetachedEat(const Case& loaded) {
  const Bytes& file = *TRY(loaded.File("eat"));
  const DetachedEat bundle = TRY(ParseDetachedEat(AsText(file)));
  const Json overall = TRY(token::ClaimsFromUnverifiedJwt(bundle.overall));
  TRY(CheckSubmodDigests(overall, bundle));
  for (const auto& [name, jwt] : bundle.submods) TRY_WITH(name, token::ClaimsFromUnverifiedJwt(jwt));
  return CaseAnswer{Json::Object{}, "digests were checked, signatures not: the service's keys are not there"};
}

Result<CaseAnswer> RunJwkSet(const Case& loaded) {
  const Bytes& pem = *TRY(loaded.File("cert_chain"));
  const auto chain = TRY(crypto::Certificate::ParsePemChain(AsText(pem)));
  const auto key = TRY(chain.front().PublicKey());
  const Json published = Json::Object{{"keys", Json::Array{token::EndorsedJwkOf(key, chain)}}};
  const Json expected = TRY(Parsed(loaded, "expected"));
  if (!(published == expected)) return Error(ErrorCode::kMismatch, "the JWK set is not the expected one");
  return CaseAnswer{Json::Object{}, ""};
}

}  // namespace

Result<CaseAnswer> RunEat(const Case& loaded) {
  if (loaded.files.contains("eat")) return RunDetachedEat(loaded);
  const Json claims = TRY(Parsed(loaded, "claims"));
  TRY(token::EarFromUnverifiedClaims(claims));
  return Unsigned(Json::Object{});
}

Result<CaseAnswer> RunEar(const Case& loaded) {
  const Json claims = TRY(Parsed(loaded, "claims"));
  const token::Ear ear = TRY(token::EarFromUnverifiedClaims(claims));
  Json found = Json::Object{};
  for (const auto& [name, submod] : ear.submods) {
    found.Set("submods." + name + ".ear.status", token::EarStatusName(submod.Status()));
    for (const std::string_view claim : token::kTrustClaims) {
      if (const auto value = submod.trust.Get(claim); value) found.Set(claim, *value);
    }
  }
  return Unsigned(std::move(found));
}

Result<CaseAnswer> RunJwk(const Case& loaded) {
  if (loaded.mode == "values") return RunJwkSet(loaded);
  const Json jwk = TRY(Parsed(loaded, "jwk"));
  const Bytes& pem = *TRY(loaded.File("trust"));
  const auto roots = TRY(crypto::Certificate::ParsePemChain(AsText(pem)));
  const Time at = TRY(loaded.At());
  const auto key = TRY(token::KeyFromEndorsedJwk(jwk, roots, at));
  return CaseAnswer{Json::Object{{"key_sha256", ToHex(crypto::Sha256(key.SpkiDer()))}}, ""};
}

}  // namespace cloister::evidence
