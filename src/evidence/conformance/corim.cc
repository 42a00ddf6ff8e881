#include "evidence/conformance/case.h"
#include "evidence/corim/verify.h"
#include "token/jwk.h"

namespace cloister::evidence {
namespace {

using formats::Json;

// A signing key of Veraison's tests: a JWK whose kid stands in the message as text.
Result<CorimTrust> TrustOf(const Case& loaded) {
  const Bytes& file = *TRY(loaded.File("key"));
  const Json jwk = TRY(Json::Parse(AsText(file)));
  const auto key = TRY(token::VerifyingKeyFromJwk(jwk));
  const std::string kid = TRY(jwk.GetString("kid"));
  CorimTrust trust;
  trust.keys.push_back({ToBytes(kid), key});
  return trust;
}

Result<CaseAnswer> RunSigned(const Case& loaded) {
  const Bytes& message = *TRY(loaded.File("corim"));
  const CorimTrust trust = TRY(TrustOf(loaded));
  const Time at = TRY(loaded.At());
  // The manifest judges signatures; Veraison's samples ended the day before.
  const CorimExpectations expected{.validity = CorimValidity::kNotLookedAt, .profile = std::nullopt};
  const VerifiedCorim verified = TRY(VerifyCorim(message, trust, expected, at));
  if (verified.reference_values().empty()) return Error(ErrorCode::kMalformed, "has no reference values");
  const auto hint = TRY(token::UnverifiedCose1::Parse(message, token::CoseForm::kAny));
  Json claims = verified.Claims();
  claims.Set("tags", hint.tagged() ? Json::Array{18} : Json::Array{});
  const bool over = verified.ends() && at > *verified.ends();
  return CaseAnswer{std::move(claims), over ? "its validity ended " + ToRfc3339(*verified.ends()) : ""};
}

}  // namespace

Result<CaseAnswer> RunCorim(const Case& loaded) {
  if (loaded.files.contains("key")) return RunSigned(loaded);
  const Bytes& document = *TRY(loaded.File("doc"));
  TRY(RimDocumentFromUnverified(document));  // demands that nothing trails
  return CaseAnswer{Json::Object{{"trailing", 0}}, "not signed"};
}

Result<CaseAnswer> RunRvps(const Case& loaded) {
  if (loaded.files.contains("rim_b64")) return RunNvidiaSwid(loaded);
  const Bytes& document = *TRY(loaded.File("corim"));
  const Corim corim = TRY(CorimFromUnverified(document));
  const auto refused =
      VerifyCorim(document, {}, {.validity = CorimValidity::kNotLookedAt, .profile = std::nullopt}, Time());
  if (refused || refused.error().code() != ErrorCode::kUntrusted) {
    return Error(ErrorCode::kInternal, "an unsigned package was not refused where signatures are demanded");
  }
  Json claims = Json::Object{};
  const std::vector<NamedReferenceValue> named = NamedReferenceValues(corim);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::string place = "[" + std::to_string(i) + "]";
    claims.Set(place + ".name", named[i].name);
    for (std::size_t j = 0; j < named[i].values.size(); ++j) {
      claims.Set(place + ".value[" + std::to_string(j) + "]", named[i].values[j]);
    }
  }
  return CaseAnswer{std::move(claims), "not signed, so refused where signatures are demanded"};
}

}  // namespace cloister::evidence
