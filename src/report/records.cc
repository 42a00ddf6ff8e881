#include "report/records.h"

#include "translog/receipt.h"

namespace cloister::report {
namespace {

using formats::Json;

constexpr std::size_t kMaxCard = 256 * 1024;  // sealed
constexpr std::size_t kMaxSignatures = 64;
constexpr std::size_t kMaxRoots = 16;

Result<Bytes> GetBytes(const Json& json, std::string_view member, std::size_t maximum) {
  const std::string text = TRY(json.GetString(member));
  if (text.size() > maximum * 4 / 3 + 4) {
    return Error(ErrorCode::kLimit, std::string(member) + ": expected at most " + std::to_string(maximum) + " bytes, got more");
  }
  return TRY_WITH(member, FromBase64Url(text));
}

Result<Records::SignatureRecord> ReadSignature(const Json& json) {
  TRY(json.RefuseUnknownMembers({"statement", "receipt"}));
  Records::SignatureRecord signature;
  signature.statement = TRY(GetBytes(json, "statement", contract::kMaxSignedBytes));
  signature.receipt = TRY(GetBytes(json, "receipt", translog::kMaxReceiptBytes));
  return signature;
}

Result<Records::CardRecord> ReadCard(const Json& json) {
  TRY(json.RefuseUnknownMembers({"sealed", "file_key"}));
  Records::CardRecord card;
  card.sealed = TRY(GetBytes(json, "sealed", kMaxCard));
  card.file_key = TRY(GetBytes(json, "file_key", sealed::FileKey::kSize));
  return card;
}

Result<const Json::Array*> GetList(const Json& json, std::string_view member, std::size_t most) {
  const Json::Array* items = TRY(json.GetArray(member));
  if (items->size() <= most) return items;
  return Error(ErrorCode::kLimit, std::string(member) + ": expected at most " + std::to_string(most) + ", got " + std::to_string(items->size()));
}

}  // namespace

Result<Records> Records::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"type", "proof", "signatures", "scrub", "simulated", "card"}));
  if (TRY(json.GetString("type")) != "run-records/v1") return Error(ErrorCode::kUnsupported, "expected type run-records/v1, got another");
  Records records;
  records.proof = TRY_WITH("proof", contract::Proof::FromJson(*TRY(json.GetObject("proof"))));
  for (const Json& item : *TRY(GetList(json, "signatures", kMaxSignatures))) {
    records.signatures.push_back(TRY_WITH("signatures", ReadSignature(item)));
  }
  records.scrub = TRY(GetBytes(json, "scrub", contract::kMaxSignedBytes));
  if (const Json* simulated = json.Find("simulated")) {
    TRY(GetList(*simulated, "snp", kMaxRoots));
    records.simulated = TRY_WITH("simulated", evidence::SimulatedAnchors::Parse(simulated->Dump()));
  }
  if (json.Find("card") != nullptr) records.card = TRY_WITH("card", ReadCard(*TRY(json.GetObject("card"))));
  return records;
}

Json Records::ToJson() const {
  Json::Array list;
  for (const SignatureRecord& signature : signatures) {
    list.push_back(Json::Object{{"statement", ToBase64Url(signature.statement)}, {"receipt", ToBase64Url(signature.receipt)}});
  }
  Json json = Json::Object{{"type", "run-records/v1"}, {"proof", proof.ToJson()}, {"signatures", list}, {"scrub", ToBase64Url(scrub)}};
  if (!simulated.snp().empty()) {
    const auto anchors = Json::Parse(simulated.ToJson());
    CHECK(anchors);
    json.Set("simulated", *anchors);
  }
  if (card) {
    json.Set("card", Json::Object{{"sealed", ToBase64Url(card->sealed)}, {"file_key", ToBase64Url(card->file_key)}});
  }
  return json;
}

}  // namespace cloister::report
