#include "contract/proof.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

namespace {
constexpr std::size_t kMaxCose = 1024 * 1024;
constexpr std::size_t kMaxTextHere = 1024 * 1024;
constexpr std::size_t kMaxSettlementText = 8192;

Result<Bytes> ReadSettlement(const Json& json) {
  const std::string text = TRY(json.AsString());
  if (text.size() > kMaxSettlementText) return Error(ErrorCode::kLimit, "expected at most 8192 characters, got more");
  return FromBase64Url(text);
}

}  // namespace

Result<Proof> Proof::FromJson(const Json& json) {
  TRY(CheckType(json, "proof/v1",
                {"type", "report", "receipt", "run_request", "settlements", "evidence", "certification", "contract",
                 "checkpoint"}));
  const Json& evidence = *TRY(json.GetObject("evidence"));
  TRY_WITH("evidence", evidence.RefuseUnknownMembers(
                           {"tee", "evidence", "init_data", "additional_evidence", "nonce", "tee_pubkey"}));
  if (TRY(evidence.GetString("tee")) != "snp") return Malformed("evidence.tee", "snp", "another text");
  Proof proof{};
  proof.report = TRY(GetBytes(json, "report", kMaxCose));
  proof.receipt = TRY(GetBytes(json, "receipt", kMaxCose));
  proof.run_request = TRY(GetBytes(json, "run_request", kMaxCose));
  proof.settlements = TRY(GetList(json, "settlements", ReadSettlement));
  proof.init_data = TRY_WITH("evidence", GetText(evidence, "init_data", kMaxTextHere));
  proof.additional_evidence = TRY_WITH("evidence", GetText(evidence, "additional_evidence", kMaxTextHere));
  proof.nonce = TRY_WITH("evidence", GetText(evidence, "nonce", 128));
  proof.certification = TRY(GetBytes(json, "certification", kMaxCose));
  proof.checkpoint = TRY(GetText(json, "checkpoint"));
  proof.evidence = *TRY_WITH("evidence", evidence.GetObject("evidence"));
  proof.tee_pubkey = *TRY_WITH("evidence", evidence.GetObject("tee_pubkey"));
  proof.contract = *TRY(json.GetObject("contract"));
  return proof;
}

Json Proof::ToJson() const {
  return Json::Object{{"type", "proof/v1"},
                      {"report", ToBase64Url(report)},
                      {"receipt", ToBase64Url(receipt)},
                      {"run_request", ToBase64Url(run_request)},
                      {"settlements", ToList(settlements, [](const Bytes& cose) { return Json(ToBase64Url(cose)); })},
                      {"evidence", Json::Object{{"tee", "snp"},
                                                {"evidence", evidence},
                                                {"init_data", init_data},
                                                {"additional_evidence", additional_evidence},
                                                {"nonce", nonce},
                                                {"tee_pubkey", tee_pubkey}}},
                      {"certification", ToBase64Url(certification)},
                      {"contract", contract},
                      {"checkpoint", checkpoint}};
}

}  // namespace cloister::contract
