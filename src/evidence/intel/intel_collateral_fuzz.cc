// TCB info and QE identity: what parses points into the input, is JSON by itself, and can be judged.
#include "base/check.h"
#include "evidence/intel/tcb.h"
#include "formats/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const std::string_view text = AsText(ByteSpan(data, size));
  const auto check = [&](std::string_view part) {
    CHECK(part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
    CHECK(part.starts_with('{') && part.ends_with('}') && formats::Json::Parse(part).has_value());
  };
  const auto identity = evidence::ParseQeIdentity(text);
  if (identity) check(identity->signed_bytes);
  const auto info = evidence::ParseTcbInfo(text);
  if (!info) return 0;
  check(info->signed_bytes);
  evidence::QeIdentity any;
  any.tee = info->content.tee;
  any.levels.push_back({});
  evidence::PckExtension pck;
  pck.tcb_components.fill(0x80);
  pck.pce_svn = 0x80;
  pck.fmspc = info->content.fmspc;
  pck.pce_id = info->content.pce_id;
  evidence::TdReport td;
  td.tee_tcb_svn = {4, 1, 2};
  td.td15 = evidence::TdReport15{.tee_tcb_svn2 = {9, 3, 9}, .mr_service_td = {}};
  (void)evidence::EvaluateTcb(info->content, any, pck, {}, any.tee == evidence::IntelTee::kTdx ? &td : nullptr);
  return 0;
}
