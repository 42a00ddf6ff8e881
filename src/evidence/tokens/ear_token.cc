// EAR of Trustee and of Veraison: src/token/ear.h reads them; here is what Trustee's evidence says in our words.
#include "evidence/tokens/internal/view.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

// A value that stands as boolean, or, of the Azure TEEs, as text.
std::optional<bool> BoolOf(const Json& claims, std::string_view name) {
  const Json* value = claims.Find(name);
  if (value == nullptr) return std::nullopt;
  if (*value == Json(true) || *value == Json("true")) return true;
  if (*value == Json(false) || *value == Json("false")) return false;
  return std::nullopt;
}

// Hex of an SNP measurement; base64 of the Azure TEEs.
void CopyMeasurement(const Json& value, std::size_t size, TokenView& view, std::string_view to) {
  if (!value.is_string()) return;
  const std::string text = *value.AsString();
  for (const auto& bytes : {FromHex(text), FromBase64(text)}) {
    if (bytes && bytes->size() == size) view.claims.Set(to, ToHex(*bytes));
  }
}

void ReadSnp(const Json& snp, TokenView& view) {
  if (const Json* value = snp.Find("measurement"); value != nullptr) CopyMeasurement(*value, 48, view, "measurement");
  if (const Json* value = snp.Find("chip_id"); value != nullptr) CopyMeasurement(*value, 64, view, "hardware_id");
  SayDebug(view, BoolOf(snp, "policy_debug_allowed"));
}

void ReadTdxOf(const Json& tdx, TokenView& view) {
  if (const auto value = tdx.At("/quote/body/mr_td"); value) CopyMeasurement(**value, 48, view, "measurement");
  if (const auto value = tdx.At("/td_attributes"); value) SayDebug(view, BoolOf(**value, "debug"));
}

// ATTRIBUTES.FLAGS of an enclave: DEBUG is bit 1 of the first byte.
void ReadSgx(const Json& sgx, TokenView& view) {
  if (const auto value = sgx.At("/body/mr_enclave"); value) CopyMeasurement(**value, 32, view, "measurement");
  const Json* body = sgx.Find("body");
  const Json* flags = body == nullptr ? nullptr : body->Find("attributes.flags");
  if (flags == nullptr || !flags->is_string()) return;
  const auto bytes = FromHex(*flags->AsString());
  if (bytes && bytes->size() == 8) SayDebug(view, ((*bytes)[0] & 2) != 0);
}

// The members that Trustee's verifiers of both Intel TEEs write.
Result<void> ReadIntelTcb(const Json& claims, TokenView& view) {
  TRY(CopyText(claims, "tcb_status", view, "tcb_status"));
  if (claims.Find("advisory_ids") == nullptr) return {};
  Json::Array ids;
  for (const std::string& id : TRY(claims.GetStrings("advisory_ids"))) ids.emplace_back(id);
  view.claims.Set("advisory_ids", std::move(ids));
  return {};
}

Result<void> ReadTee(const std::string& tee, const Json& claims, TokenView& view) {
  if (tee == "snp" || tee == "az-snp-vtpm") ReadSnp(claims, view);
  if (tee == "tdx" || tee == "az-tdx-vtpm") ReadTdxOf(claims, view);
  if (tee == "sgx") ReadSgx(claims, view);
  if (tee == "tdx" || tee == "sgx" || tee == "az-tdx-vtpm") TRY(ReadIntelTcb(claims, view));
  return {};
}

// Trustee's evidence of the processor: {"<tee>": claims, report_data, init_data, …}.
Result<void> ReadEvidence(const Json& evidence, TokenView& view) {
  constexpr std::string_view kTees[] = {"snp", "tdx", "sgx", "cca", "tpm", "az-snp-vtpm", "az-tdx-vtpm"};
  for (const std::string_view tee : kTees) {
    const Json* claims = evidence.Find(tee);
    if (claims == nullptr) continue;
    if (view.claims.Find("tee") != nullptr) return Error(ErrorCode::kMalformed, "cpu0: evidence of two TEEs");
    TRY(claims->AsObject());
    view.claims.Set("tee", tee);
    view.claims.Set(tee, *claims);
    TRY_WITH(tee, ReadTee(std::string(tee), *claims, view));
  }
  for (const std::string_view name : {"report_data", "init_data", "runtime_data_claims", "init_data_claims"}) {
    if (const Json* value = evidence.Find(name); value != nullptr) view.claims.Set(name, *value);
  }
  if (const auto nonce = evidence.At("/runtime_data_claims/nonce"); nonce) {
    view.evidence_nonces.push_back(TRY_WITH("runtime_data_claims", (*nonce)->AsString()));
  }
  return {};
}

// Veraison names a submodule after its attestation scheme.
std::string_view TeeOfScheme(std::string_view scheme) {
  if (scheme.starts_with("CCA_")) return "cca";
  if (scheme.find("TPM") != scheme.npos) return "tpm";
  if (scheme.starts_with("AWS_NITRO")) return "nitro";
  return "";
}

}  // namespace

Result<TokenView> ReadEarToken(const token::VerifiedJwt& jwt, std::string_view profile) {
  const token::EarExpectations nothing_more{.issuer = std::nullopt, .nonce = std::nullopt, .leeway = Seconds(0)};
  const token::VerifiedEar verified = TRY(token::ReadEar(jwt, nothing_more));
  if (TRY(jwt.claims().GetString("eat_profile")) != profile) {
    return Error(ErrorCode::kMismatch, "\"eat_profile\" is another service's");
  }
  TokenView view;
  view.claims.Set("service_verdict", token::EarStatusName(verified.Status()));
  const auto& submods = verified.ear().submods;
  if (const auto cpu = submods.find("cpu0"); profile == token::kTrusteeProfile && cpu != submods.end()) {
    TRY(ReadEvidence(cpu->second.evidence, view));
  }
  if (profile == token::kVeraisonProfile) {
    const std::string_view tee = TeeOfScheme(submods.begin()->first);
    if (!tee.empty()) view.claims.Set("tee", tee);
  }
  view.token_nonces = TRY(ReadTexts(jwt.claims(), "eat_nonce"));
  if (profile == token::kVeraisonProfile) view.evidence_nonces = view.token_nonces;
  return view;
}

}  // namespace cloister::evidence::internal
