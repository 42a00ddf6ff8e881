#include "evidence/tpm/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::string_view kWhat = "TPM evidence";
constexpr std::size_t kMaximumPart = std::size_t{4} << 10;
constexpr std::size_t kMaximumCertificateArea = std::size_t{64} << 10;
constexpr std::size_t kMaximumEventLog = std::size_t{4} << 20;

Error TooLong(std::size_t most) { return Error(ErrorCode::kLimit, "over " + std::to_string(most) + " bytes"); }

Result<Bytes> GetBase64(const Json& json, std::string_view key, std::size_t most) {
  const std::string text = TRY(json.GetString(key));
  if (text.size() > (most + 2) / 3 * 4) return TooLong(most).With(key);
  return TRY_WITH(key, FromBase64(text));
}

Result<std::optional<Bytes>> FindBase64(const Json& json, std::string_view key, std::size_t most) {
  const Json* member = json.Find(key);
  if (member == nullptr || member->is_null()) return std::optional<Bytes>();
  return std::optional(TRY(GetBase64(json, key, most)));
}

}  // namespace

namespace internal {

Result<Bytes> HexOrNumbers(const Json& json, std::size_t most) {
  if (json.is_string()) {
    const std::string text = TRY(json.AsString());
    if (text.size() > 2 * most) return TooLong(most);
    return FromHex(text);
  }
  const Json::Array& numbers = *TRY(json.AsArray());
  if (numbers.size() > most) return TooLong(most);
  Bytes bytes;
  bytes.reserve(numbers.size());
  for (const Json& number : numbers) {
    const std::int64_t value = TRY(number.AsInt());
    if (value < 0 || value > 0xFF) return Error(ErrorCode::kMalformed, "expected bytes");
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

Result<PcrValues> PcrsFromJson(const Json& array, const DemandedPcrs& demanded) {
  const Json::Array& entries = *TRY(array.AsArray());
  if (entries.size() > kTpmPcrs) return Error(ErrorCode::kLimit, "PCRs: expected up to 24 values, got " + std::to_string(entries.size()));
  BoundedVector<crypto::RegisterDigest, kTpmPcrs> values;
  for (const Json& entry : entries) values.push_back(TRY_WITH("PCRs", HexOrNumbers(entry, crypto::RegisterDigest::kMaximum)));
  return AssignPcrs(demanded, values);
}

}  // namespace internal

Result<TpmEvidence> TpmEvidenceFromJson(const Json& json, const DemandedPcrs& demanded) {
  const Json& quote = *TRY_WITH(kWhat, json.GetObject("tpm_quote"));
  TpmEvidence evidence;
  evidence.quote.message = TRY_WITH(kWhat, GetBase64(quote, "message", kMaximumPart));
  evidence.quote.signature = TRY_WITH(kWhat, ParseTpmSignature(TRY_WITH(kWhat, GetBase64(quote, "signature", kMaximumPart))));
  evidence.quote.pcrs = TRY_WITH(kWhat, internal::PcrsFromJson(*TRY_WITH(kWhat, quote.Get("pcrs")), demanded));
  evidence.ak_public = TRY_WITH(kWhat, GetBase64(json, "ak_public", kMaximumPart));
  evidence.ak_public_area = TRY_WITH(kWhat, FindBase64(json, "ak_tpmt_public", kMaximumPart));
  evidence.ak_certificate = TRY_WITH(kWhat, FindBase64(json, "ak_certificate", kMaximumCertificateArea));
  evidence.event_log = TRY_WITH(kWhat, FindBase64(json, "event_log", kMaximumEventLog));
  return evidence;
}

Json TpmEvidenceToJson(const TpmEvidence& evidence) {
  Json::Array pcrs;
  for (const auto& [index, value] : evidence.quote.pcrs) pcrs.push_back(ToHex(value));
  Json json = Json::Object{{"tpm_quote", Json::Object{{"signature", ToBase64(SerializeTpmSignature(evidence.quote.signature))},
                                                      {"message", ToBase64(evidence.quote.message)},
                                                      {"pcrs", std::move(pcrs)}}},
                           {"ak_public", ToBase64(evidence.ak_public)}};
  const auto set = [&](const char* name, const std::optional<Bytes>& value) {
    if (value) json.Set(name, ToBase64(*value));
  };
  set("ak_tpmt_public", evidence.ak_public_area);
  set("ak_certificate", evidence.ak_certificate);
  set("event_log", evidence.event_log);
  return json;
}

}  // namespace cloister::evidence
