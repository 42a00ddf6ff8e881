// NVIDIA Remote Attestation Service, versions 3 and 4: an overall token and one for each device.
#include "evidence/tokens/internal/view.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<std::string_view> TeeOf(const std::map<std::string, Json>& devices) {
  std::size_t gpus = 0, switches = 0;
  for (const auto& [name, claims] : devices) {
    gpus += name.starts_with("GPU-");
    switches += name.starts_with("SWITCH-") || name.starts_with("NVSWITCH-");
  }
  if (gpus == devices.size()) return std::string_view("nvidia-gpu");
  if (switches == devices.size()) return std::string_view("nvidia-switch");
  return Error(ErrorCode::kUnsupported, "expected submodules that are all GPUs or all switches");
}

}  // namespace

Result<TokenView> ReadNvidia(const Json& overall, const std::map<std::string, Json>& devices) {
  TokenView view;
  view.claims.Set("tee", TRY(TeeOf(devices)));
  const bool good = TRY(overall.GetBool("x-nvidia-overall-att-result"));
  view.claims.Set("service_verdict", good ? "affirming" : "contraindicated");
  const std::string nonce = TRY(overall.GetString("eat_nonce"));
  Json all = Json::Object{};
  for (const auto& [name, claims] : devices) {
    // All of them answer one challenge: a device's old token must not slip in.
    if (TRY_WITH(name, claims.GetString("eat_nonce")) != nonce) {
      return Error(ErrorCode::kMismatch, name + ": its nonce is not the overall token's");
    }
    const auto debug = TRY_WITH(name, claims.FindString("dbgstat"));
    SayDebug(view, debug != "disabled");
    // A good verdict over a device whose measurements failed would be a status better than its worst claim.
    const auto result = TRY_WITH(name, claims.FindString("measres"));
    if (good && result && *result != "success") {
      return Error(ErrorCode::kMalformed, name + ": the overall result is better than its measurements'");
    }
    if (devices.size() == 1) TRY_WITH(name, CopyText(claims, "ueid", view, "hardware_id"));
    all.Set(name, claims);
  }
  view.claims.Set("devices", std::move(all));
  view.evidence_nonces.push_back(nonce);
  view.token_nonces.push_back(nonce);
  return view;
}

}  // namespace cloister::evidence::internal
