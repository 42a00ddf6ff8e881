#include "evidence/internal/adapters.h"
#include "evidence/tokens/detached_eat.h"
#include "evidence/tokens/verify.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

constexpr Seconds kLeeway(60);
constexpr Seconds kMaximumAge = std::chrono::hours(24);

std::string_view Trimmed(ByteSpan content) {
  std::string_view text = AsText(content);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// The JWT that names the issuer: of NVIDIA's bundle the overall one.
Result<std::string> NamingJwt(std::string_view token) {
  if (!token.starts_with("[")) return std::string(token);
  return TRY(ParseDetachedEat(token)).overall;
}

Result<const TokenIssuer*> FindIssuer(const EvidenceCollateral& collateral, std::string_view token) {
  const Json claims = TRY(token::ClaimsFromUnverifiedJwt(TRY(NamingJwt(token))));
  const std::string name = TRY_WITH("attestation token", claims.GetString("iss"));
  for (const TokenIssuer& issuer : collateral.token_issuers) {
    if (issuer.name() == name) return &issuer;
  }
  return Error(ErrorCode::kUntrusted, "attestation token: expected an issuer whose keys the verifier holds, got another");
}

}  // namespace

bool IsToken(ByteSpan content, const Json* json) {
  if (json != nullptr) return ParseDetachedEat(AsText(content)).has_value();
  const std::string_view text = Trimmed(content);
  return text.starts_with("eyJ") && token::ClaimsFromUnverifiedJwt(text).has_value();
}

Result<std::vector<PartFindings>> VerifyTokenPart(const VerifyInput& input) {
  if (!input.part.attachments.empty()) return Error(ErrorCode::kUsage, "attestation token: expected nothing beside it");
  if (input.expected.init_data.value()) {
    return Error(ErrorCode::kUsage, "attestation token: expected no init-data, compare the claim init_data by a policy");
  }
  const std::string_view text = Trimmed(input.part.content);
  const TokenIssuer* issuer = TRY(FindIssuer(input.collateral, text));
  TokenExpectations expected{ExpectedAudience::NoneDemanded(), ExpectedNonce::NotLookedAt(), TokenDebug::kLeftToPolicy, kLeeway, kMaximumAge};
  if (input.expected.token_audience) expected.audience = ExpectedAudience::Exactly(*input.expected.token_audience);
  if (input.expected.nonce.value()) expected.nonce = ExpectedNonce::InEvidence(std::string(AsText(*input.expected.nonce.value())));
  const VerifiedToken verified = TRY(VerifyToken(text, *issuer, expected, input.at));
  PartFindings findings{EvidenceKind::kToken, verified.Claims(), {}, {}, {}};
  findings.chain = {"attestation service " + std::string(TokenServiceName(verified.service())) + ", issuer " + issuer->name()};
  findings.proved = {"that service said this about a machine within the last day"};
  if (input.expected.nonce.value()) findings.proved.emplace_back("the machine's evidence covers the nonce that was given");
  else findings.not_checked.push_back({"freshness", "no nonce was given: whoever has the token may show it until it expires"});
  findings.not_checked.push_back({"the hardware's own signatures", "the service says that it looked at them; nobody did here"});
  return std::vector{std::move(findings)};
}

Result<Json> DescribeToken(const EvidencePart& part) {
  const std::string_view text = Trimmed(part.content);
  if (!text.starts_with("[")) return token::ClaimsFromUnverifiedJwt(text);
  const DetachedEat bundle = TRY(ParseDetachedEat(text));
  Json json = Json::Object{};
  json.Set("overall", TRY(token::ClaimsFromUnverifiedJwt(bundle.overall)));
  for (const auto& [name, jwt] : bundle.submods) json.Set(name, TRY_WITH(name, token::ClaimsFromUnverifiedJwt(jwt)));
  return json;
}

}  // namespace cloister::evidence::internal
