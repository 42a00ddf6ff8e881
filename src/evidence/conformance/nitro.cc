#include "evidence/conformance/case.h"
#include "evidence/nitro/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

template <std::size_t N>
Json HexOrNull(const std::optional<BoundedBytes<N>>& value) {
  return value ? Json(ToHex(*value)) : Json(nullptr);
}

// What was verified, in the names of the manifest.
Result<Json> ManifestClaims(const NitroDocument& document, const VerifiedNitro& verified) {
  Json pcrs = Json::Object{};
  for (const auto& [index, value] : verified.document().pcrs) pcrs.Set(std::to_string(index), ToHex(value));
  const auto leaf = TRY(crypto::Certificate::ParseDer(document.certificate));
  return Json(Json::Object{{"module_id", verified.document().ModuleId()},
                           {"digest", "SHA384"},
                           {"timestamp_ms", verified.document().timestamp_ms},
                           {"pcrs", std::move(pcrs)},
                           {"public_key", HexOrNull(verified.document().public_key)},
                           {"user_data", HexOrNull(verified.document().user_data)},
                           {"nonce", HexOrNull(verified.document().nonce)},
                           {"debug_mode", verified.document().Debug()},
                           {"cabundle_len", document.cabundle.size()},
                           {"cose_alg", -35},
                           {"valid_from", ToRfc3339(leaf.NotBefore())},
                           {"valid_until", ToRfc3339(leaf.NotAfter())},
                           {"root_sha256", ToHex(verified.root().sha256)}});
}

}  // namespace

Result<CaseAnswer> RunNitro(const Case& loaded) {
  const Bytes& bytes = *TRY(loaded.File("document"));
  // No vector has a nonce that we chose: the one it carries stands in for it.
  const NitroDocument unverified = TRY(ParseNitroDocument(bytes));
  const NitroExpectations expected{
      .time = NitroTime::kFresh,
      .skew = std::chrono::minutes(5),
      .nonce = unverified.nonce ? ExpectedNitroField::Exactly(ToBytes(*unverified.nonce)) : ExpectedNitroField::Absent(),
      .user_data = ExpectedNitroField::AnyValueOrNone(),
      .public_key = ExpectedNitroField::AnyValueOrNone()};
  const Time at = TRY(loaded.At());
  const VerifiedNitro verified = TRY(VerifyNitro(bytes, {}, TrustAnchors::Vendors(), expected, at));
  CaseAnswer answer;
  answer.claims = TRY(ManifestClaims(unverified, verified));
  answer.note = "revocation was not checked";
  return answer;
}

}  // namespace cloister::evidence
