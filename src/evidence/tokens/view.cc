#include "evidence/tokens/internal/view.h"

#include <algorithm>

namespace cloister::evidence::internal {
namespace {

using formats::Json;

bool IsLowerHex(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<void> CopyHex(const Json& claims, std::string_view from, std::size_t size, TokenView& view,
                     std::string_view to) {
  const std::optional<std::string> text = TRY(claims.FindString(from));
  if (!text) return {};
  if (text->size() != 2 * size || !IsLowerHex(*text)) {
    return Error(ErrorCode::kMalformed, "\"" + std::string(from) + "\": expected " + std::to_string(size) +
                                            " bytes in lower-case hex");
  }
  view.claims.Set(to, *text);
  return {};
}

Result<void> CopyText(const Json& claims, std::string_view from, TokenView& view, std::string_view to) {
  const std::optional<std::string> text = TRY(claims.FindString(from));
  if (text) view.claims.Set(to, *text);
  return {};
}

Result<void> Demand(const TokenView& view, std::string_view name) {
  if (view.claims.Find(name) != nullptr) return {};
  return Error(ErrorCode::kMalformed, "says nothing that would be our claim \"" + std::string(name) + "\"");
}

Result<std::vector<std::string>> ReadTexts(const Json& claims, std::string_view name) {
  const Json* value = claims.Find(name);
  if (value == nullptr) return std::vector<std::string>();
  if (value->is_array()) return claims.GetStrings(name);
  return std::vector<std::string>{TRY(claims.GetString(name))};
}

void SayDebug(TokenView& view, std::optional<bool> debug) {
  if (debug) view.debug = view.debug.value_or(false) || *debug;
}

Result<void> ReadTdx(const Json& claims, TokenView& view) {
  TRY(CopyHex(claims, "tdx_mrtd", 48, view, "measurement"));
  TRY(CopyHex(claims, "tdx_report_data", 64, view, "report_data"));
  TRY(CopyHex(claims, "tdx_mrconfigid", 48, view, "init_data"));
  TRY(CopyText(claims, "attester_tcb_status", view, "tcb_status"));
  SayDebug(view, TRY(claims.FindBool("tdx_is_debuggable")));
  SayDebug(view, TRY(claims.FindBool("tdx_td_attributes_debug")));
  // ATTRIBUTES as the quote has them: DEBUG is bit 0 of the first byte.
  if (const auto attributes = TRY(claims.FindString("tdx_td_attributes")); attributes) {
    const Bytes bytes = TRY_WITH("tdx_td_attributes", FromHex(*attributes));
    if (bytes.size() != 8) return Error(ErrorCode::kMalformed, "\"tdx_td_attributes\": expected 8 bytes");
    SayDebug(view, (bytes[0] & 1) != 0);
  }
  if (claims.Find("attester_advisory_ids") != nullptr) {
    Json::Array ids;
    for (const std::string& id : TRY(claims.GetStrings("attester_advisory_ids"))) ids.emplace_back(id);
    view.claims.Set("advisory_ids", std::move(ids));
  }
  TRY(Demand(view, "measurement"));
  return Demand(view, "report_data");
}

}  // namespace cloister::evidence::internal
