// Intel Trust Authority: flat claims (version 1), or one object for each attester (version 2).
#include "evidence/tokens/internal/view.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<void> ReadSgx(const Json& claims, TokenView& view) {
  TRY(CopyHex(claims, "sgx_mrenclave", 32, view, "measurement"));
  TRY(CopyHex(claims, "sgx_report_data", 64, view, "report_data"));
  TRY(CopyHex(claims, "sgx_config_id", 64, view, "init_data"));
  TRY(CopyText(claims, "attester_tcb_status", view, "tcb_status"));
  SayDebug(view, TRY(claims.FindBool("sgx_is_debuggable")));
  return Demand(view, "measurement");
}

// A GPU appraised together with the processor.
Result<void> ReadGpus(const Json& gpu, TokenView& view) {
  view.claims.Set("service_verdict", TRY(gpu.GetBool("x-nvidia-overall-att-result")) ? "affirming" : "contraindicated");
  if (gpu.Find("claim_details") == nullptr) return {};
  for (const auto& [name, device] : *TRY(TRY(gpu.GetObject("claim_details"))->AsObject())) {
    SayDebug(view, TRY_WITH("nvgpu", device.GetString("dbgstat")) != "disabled");
  }
  return {};
}

Result<void> ReadNonces(const Json& holder, TokenView& view) {
  if (const Json* runtime = holder.Find("attester_runtime_data"); runtime != nullptr && runtime->Find("nonce") != nullptr) {
    view.evidence_nonces.push_back(TRY_WITH("attester_runtime_data", runtime->GetString("nonce")));
  }
  if (const Json* nonce = holder.Find("verifier_nonce"); nonce != nullptr) {
    view.token_nonces.push_back(TRY_WITH("verifier_nonce", nonce->GetString("val")));
  }
  return {};
}

}  // namespace

Result<TokenView> ReadIntel(const Json& claims) {
  TokenView view;
  const Json* attester = &claims;
  std::string type;
  if (claims.Find("attester_type") != nullptr) {
    type = TRY(claims.GetString("attester_type"));
  } else {
    const bool tdx = claims.Find("tdx") != nullptr, sgx = claims.Find("sgx") != nullptr;
    if (tdx == sgx) return Error(ErrorCode::kUnsupported, "expected claims of either TDX or SGX");
    attester = TRY(claims.GetObject(tdx ? "tdx" : "sgx"));
    type = TRY(attester->GetString("attester_type"));
    if (type != (tdx ? "TDX" : "SGX")) return Error(ErrorCode::kMalformed, "\"attester_type\" is another TEE's");
    TRY(ReadNonces(claims, view));
  }
  if (type == "TDX") {
    TRY(ReadTdx(*attester, view));
    view.claims.Set("tee", "tdx");
  } else if (type == "SGX") {
    TRY(ReadSgx(*attester, view));
    view.claims.Set("tee", "sgx");
  } else {
    return Error(ErrorCode::kUnsupported, "\"attester_type\": expected TDX or SGX");
  }
  TRY(ReadNonces(*attester, view));
  if (claims.Find("nvgpu") != nullptr) TRY(ReadGpus(*TRY(claims.GetObject("nvgpu")), view));
  return view;
}

}  // namespace cloister::evidence::internal
