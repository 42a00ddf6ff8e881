// Google Confidential Space: OIDC tokens, or PKI tokens with a chain to Google's root.
#include <algorithm>

#include "evidence/tokens/internal/view.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

// Its claims speak of the hardware only by a name; plain SEV and shielded machines prove themselves by their vTPM.
Result<std::string_view> TeeOf(const Json& claims) {
  const std::string model = TRY(claims.GetString("hwmodel"));
  if (model == "GCP_INTEL_TDX") return std::string_view("tdx");
  if (model == "GCP_AMD_SEV_SNP") return std::string_view("snp");
  for (const std::string_view vtpm : {"GCP_AMD_SEV", "GCP_AMD_SEV_ES", "GCP_SHIELDED_VM"}) {
    if (model == vtpm) return std::string_view("gcp-vtpm");
  }
  return Error(ErrorCode::kUnsupported, "\"hwmodel\": none that we know");
}

Result<void> ReadContainer(const Json& claims, TokenView& view) {
  const Json& container = *TRY(TRY(claims.GetObject("submods"))->GetObject("container"));
  const std::string digest = TRY(container.GetString("image_digest"));
  constexpr std::string_view kPrefix = "sha256:";
  if (!digest.starts_with(kPrefix)) return Error(ErrorCode::kUnsupported, "\"image_digest\": expected sha256:");
  const std::string hex = digest.substr(kPrefix.size());
  const Bytes bytes = TRY_WITH("image_digest", FromHex(hex));
  if (bytes.size() != 32 || ToHex(bytes) != hex) return Error(ErrorCode::kMalformed, "\"image_digest\": 32 bytes");
  view.claims.Set("image_digest", digest);
  return {};
}

}  // namespace

Result<TokenView> ReadGoogle(const Json& claims) {
  TokenView view;
  // Without this anybody's virtual machine with a token would do.
  if (TRY(claims.GetString("swname")) != "CONFIDENTIAL_SPACE") {
    return Error(ErrorCode::kMismatch, "\"swname\": expected CONFIDENTIAL_SPACE");
  }
  view.claims.Set("tee", TRY(TeeOf(claims)));
  TRY(ReadContainer(claims, view));
  view.claims.Set("secure_boot", TRY(claims.GetBool("secboot")));
  // RFC 9711 §4.2.9: only what was off since boot says that nobody had looked inside before.
  const std::string debug = TRY(claims.GetString("dbgstat"));
  const bool off = debug == "disabled-since-boot" || debug == "disabled-permanently" ||
                   debug == "disabled-fully-and-permanently";
  SayDebug(view, !off);
  if (const Json* tdx = claims.Find("tdx"); tdx != nullptr) {
    TRY(CopyText(*tdx, "gcp_attester_tcb_status", view, "tcb_status"));
  }
  view.evidence_nonces = TRY(ReadTexts(claims, "eat_nonce"));
  view.token_nonces = view.evidence_nonces;
  return view;
}

}  // namespace cloister::evidence::internal
