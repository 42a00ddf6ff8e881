#include "evidence/cca/verify.h"

#include "evidence/internal/adapters.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<Bytes> ReadCca(const EvidencePart& part) {
  if (!part.attachments.empty()) return Error(ErrorCode::kUsage, "CCA token: expected nothing beside it");
  if (const auto json = AsJson(part.content)) return CcaTokenFromTrusteeJson(*json);
  return part.content;
}

}  // namespace

bool IsCca(ByteSpan content, const Json* json) {
  if (json != nullptr) {
    const Json* token = json->Find("token");
    return token != nullptr && token->is_array();
  }
  // Tag 399.
  return content.size() > 3 && content[0] == 0xD9 && content[1] == 0x01 && content[2] == 0x8F;
}

Result<std::vector<PartFindings>> VerifyCcaPart(const VerifyInput& input) {
  const Bytes bytes = TRY(ReadCca(input.part));
  const CcaToken unverified = TRY(ParseCcaToken(bytes));
  CcaExpectations expected{unverified.realm.challenge, ExpectedPersonalization::AnyPersonalization()};
  if (input.expected.nonce.value()) expected.challenge = TRY(ToArray<64>(TRY(FitNonce(input.expected.nonce, 64))));
  if (input.expected.init_data.value()) {
    expected.personalization = ExpectedPersonalization::Exactly(TRY(ToArray<64>(FitInitData(*input.expected.init_data.value(), 64))));
  }
  const VerifiedCca verified = TRY(VerifyCca(bytes, input.collateral.cca_keys, input.collateral.cca_references, expected, input.caches.cca));
  PartFindings findings{EvidenceKind::kCca, verified.Claims(), {}, {}, {}};
  findings.chain = {"the realm's key, which the platform vouches for",
                    "platform key of this instance, sha256 " + ToHex(verified.platform_key_sha256())};
  findings.proved = {"the platform's key, which the verifier holds, signed the platform's half", "the realm's half is bound to it",
                     "the platform is in its secured lifecycle"};
  if (input.expected.nonce.value()) findings.proved.emplace_back("the realm's challenge is the nonce that was given");
  if (input.expected.init_data.value()) findings.proved.emplace_back("the personalization value is the init-data that was given");
  SayWhatWasNotExpected(input.expected, findings);
  findings.not_checked.push_back({"revocation", "CCA has none: the platform's keys are good as long as the verifier holds them"});
  if (!input.collateral.cca_references) findings.not_checked.push_back({"reference values", "none were at hand for this platform"});
  return std::vector{std::move(findings)};
}

Result<Json> DescribeCca(const EvidencePart& part) {
  const Bytes bytes = TRY(ReadCca(part));
  const CcaToken token = TRY(ParseCcaToken(bytes));
  Json::Array extensible, components;
  for (const CcaDigest& each : token.realm.extensible_measurements) extensible.emplace_back(ToHex(each));
  for (const CcaComponent& each : token.platform.components) {
    components.push_back(Json::Object{{"type", each.type.value_or("")}, {"version", each.version.value_or("")},
                                      {"measurement", ToHex(each.measurement)}, {"signer", ToHex(each.signer)}});
  }
  return Json(Json::Object{{"platform", Json::Object{{"profile", token.platform.profile},
                                                     {"implementation_id", ToHex(token.platform.implementation_id)},
                                                     {"instance_id", ToHex(token.platform.instance_id)},
                                                     {"lifecycle", token.platform.lifecycle},
                                                     {"configuration", ToHex(token.platform.configuration)},
                                                     {"software_components", std::move(components)}}},
                           {"realm", Json::Object{{"challenge", ToHex(token.realm.challenge)},
                                                  {"personalization", ToHex(token.realm.personalization)},
                                                  {"initial_measurement", ToHex(token.realm.initial_measurement)},
                                                  {"extensible_measurements", std::move(extensible)}}}});
}

}  // namespace cloister::evidence::internal
