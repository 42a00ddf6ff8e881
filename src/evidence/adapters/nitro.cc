#include "evidence/internal/adapters.h"
#include "evidence/nitro/verify.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

constexpr Seconds kSkew(300);

template <std::size_t N>
Json HexOrNull(const std::optional<BoundedBytes<N>>& value) {
  return value ? Json(ToHex(*value)) : Json(nullptr);
}

Result<ExpectedNitroField> NonceField(const EvidenceExpectations& expected) {
  const auto& nonce = expected.nonce.value();
  if (!nonce) return ExpectedNitroField::AnyValueOrNone();
  if (nonce->empty() || nonce->size() > kMaximumNitroNonce) return Error(ErrorCode::kUsage, "nonce: expected 1 to 512 bytes for Nitro");
  return ExpectedNitroField::Exactly(*nonce);
}

}  // namespace

bool IsNitro(ByteSpan content, const Json* json) {
  if (json != nullptr || content.size() < 8) return false;
  const ByteSpan untagged = content[0] == 0xD2 ? content.subspan(1) : content;
  // COSE_Sign1 whose protected header says ES384.
  constexpr std::array<std::uint8_t, 6> kBegin = {0x84, 0x44, 0xA1, 0x01, 0x38, 0x22};
  return Equal(untagged.first(kBegin.size()), kBegin);
}

Result<std::vector<PartFindings>> VerifyNitroPart(const VerifyInput& input) {
  if (!input.part.attachments.empty()) return Error(ErrorCode::kUsage, "Nitro document: expected nothing beside it");
  if (input.expected.init_data.value()) return Error(ErrorCode::kUsage, "Nitro document: expected no init-data, Nitro has no place for it");
  const auto nonce = TRY(NonceField(input.expected));
  const VerifiedNitro verified = TRY(VerifyNitro(input.part.content, input.collateral.nitro, input.anchors,
                                                 {.time = NitroTime::kFresh,
                                                  .skew = kSkew,
                                                  .nonce = nonce,
                                                  .user_data = ExpectedNitroField::AnyValueOrNone(),
                                                  .public_key = ExpectedNitroField::AnyValueOrNone()},
                                                 input.at, input.caches.nitro));
  PartFindings findings{EvidenceKind::kNitro, verified.Claims(), {}, {}, {}};
  findings.chain = {"certificate of the enclave " + std::string(verified.document().ModuleId()), "certificates of the document's bundle",
                    verified.root().name + ", sha256 " + ToHex(verified.root().sha256)};
  findings.proved = {"the Nitro hypervisor signed this document", "it was made within five minutes of the time of verification"};
  if (input.expected.nonce.value()) findings.proved.emplace_back("its nonce is the one that was given");
  else findings.not_checked.push_back({"freshness", "no nonce was given: this may be a replay of minutes ago"});
  if (verified.revocation() == NitroRevocation::kNotChecked) {
    findings.not_checked.push_back({"revocation", "the lists that the certificates name were not at hand"});
  }
  return std::vector{std::move(findings)};
}

Result<Json> DescribeNitro(const EvidencePart& part) {
  const NitroDocument document = TRY(ParseNitroDocument(part.content));
  Json pcrs = Json::Object{};
  for (const auto& [index, value] : document.pcrs) pcrs.Set("pcr" + std::to_string(index), ToHex(value));
  return Json(Json::Object{{"module_id", document.ModuleId()},
                           {"timestamp", ToRfc3339(document.Timestamp())},
                           {"debug", document.Debug()},
                           {"pcrs", std::move(pcrs)},
                           {"nonce", HexOrNull(document.nonce)},
                           {"user_data", HexOrNull(document.user_data)},
                           {"public_key", HexOrNull(document.public_key)},
                           {"certificate_sha256", ToHex(crypto::Sha256(document.certificate))}});
}

}  // namespace cloister::evidence::internal
