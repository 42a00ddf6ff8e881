#include "evidence/intel/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumEventLog = std::size_t{4} << 20;

Result<Bytes> GetBase64(const Json& json, std::string_view key, std::size_t most) {
  const std::string text = TRY(json.GetString(key));
  if (text.size() > (most + 2) / 3 * 4) {
    return Error(ErrorCode::kLimit, "member \"" + std::string(key) + "\": over " + std::to_string(most) + " bytes");
  }
  return TRY_WITH(key, FromBase64(text));
}

}  // namespace

Result<TdxEvidence> TdxEvidenceFromJson(const Json& json) {
  TdxEvidence evidence;
  evidence.quote = TRY_WITH("TDX evidence", GetBase64(json, "quote", kMaximumIntelQuote));
  const Json* log = json.Find("cc_eventlog");
  if (log == nullptr || log->is_null()) return evidence;
  evidence.event_log = TRY_WITH("TDX evidence", GetBase64(json, "cc_eventlog", kMaximumEventLog));
  return evidence;
}

Json TdxEvidenceToJson(const TdxEvidence& evidence) {
  return Json::Object{{"quote", ToBase64(evidence.quote)},
                      {"cc_eventlog", evidence.event_log ? Json(ToBase64(*evidence.event_log)) : Json(nullptr)}};
}

Result<SgxEvidence> SgxEvidenceFromJson(const Json& json) {
  SgxEvidence evidence;
  evidence.quote = TRY_WITH("SGX evidence", GetBase64(json, "quote", kMaximumIntelQuote));
  return evidence;
}

Json SgxEvidenceToJson(const SgxEvidence& evidence) { return Json::Object{{"quote", ToBase64(evidence.quote)}}; }

}  // namespace cloister::evidence
