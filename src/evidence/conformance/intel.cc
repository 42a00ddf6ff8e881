#include <algorithm>

#include "evidence/conformance/case.h"
#include "evidence/intel/ccel.h"
#include "evidence/tpm/event_json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Result<IntelCollateralRule> RuleOf(const std::string& mode) {
  if (mode.empty() || mode == "full") return IntelCollateralRule::kEverything;
  if (mode == "no_crl") return IntelCollateralRule::kTcbWithoutRevocation;
  if (mode == "chain_only" || mode == "report_and_chain" || mode == "parse_only") {
    return IntelCollateralRule::kSignaturesOnly;
  }
  return Error(ErrorCode::kUnsupported, "no rule for mode " + mode);
}

IntelCollateral CollateralOf(const Case& loaded) {
  const auto text = [&](const char* role) {
    const auto found = loaded.files.find(role);
    return found == loaded.files.end() ? std::string() : std::string(AsText(found->second));
  };
  IntelCollateral collateral;
  collateral.tcb_info = text("tcb_info");
  collateral.tcb_info_issuer_chain = text("tcb_info_issuer_chain");
  collateral.qe_identity = text("qe_identity");
  collateral.qe_identity_issuer_chain = text("qe_identity_issuer_chain");
  collateral.root_crl = ToBytes(text("root_ca_crl"));
  collateral.pck_crl = ToBytes(text("pck_crl"));
  return collateral;
}

// The nonce that we chose; where the case has none, what the quote carries stands in for it.
template <class Report>
Result<std::array<std::uint8_t, 64>> NonceOf(const Case& loaded, const Report& unverified) {
  const auto nonce = loaded.files.find("nonce");
  if (nonce == loaded.files.end()) return unverified.report_data;
  return TRY_WITH("nonce", ToArray<64>(nonce->second));
}

Json StandingClaims(const TcbStanding& standing) {
  return Json::Object{{"status", TcbStatusName(standing.status)}, {"date", ToRfc3339(standing.date)}};
}

// Adds what both kinds of quote have, in the manifest's names.
void SetCommon(Json& claims, const IntelQuoteFields& quote, const VerifiedIntelPlatform& platform) {
  const PckExtension& pck = platform.pck();
  claims.Set("quote_version", quote.header.version);
  claims.Set("body_type", static_cast<unsigned>(quote.body_type));
  claims.Set("trailing_bytes", quote.trailing_bytes);
  claims.Set("cert_data_type", quote.certification_type);
  claims.Set("cpu_svn_components", Json::Array(pck.tcb_components.begin(), pck.tcb_components.end()));
  if (!platform.tcb()) return;
  const IntelTcb& tcb = *platform.tcb();
  claims.Set("tcb_eval_number", tcb.evaluation_number);
  claims.Set("platform_tcb", StandingClaims(*tcb.platform));
  if (tcb.module != nullptr) claims.Set("module_tcb", StandingClaims(*tcb.module));
  claims.Set("qe_tcb", StandingClaims(*tcb.qe));
}

CaseAnswer Answer(Json claims, const VerifiedIntelPlatform& platform) {
  return {std::move(claims), platform.revocation_checked() ? "revocation was checked" : "revocation was not checked"};
}

// The claims of one name are those of our own that have the same one.
Json TdxClaims(const VerifiedTdx& verified) {
  Json claims = verified.Claims();
  const TdReport& td = verified.report();
  Json body = *claims.Find("quote")->Find("body");
  body.Set("tee_tcb_svn", ToHex(td.tee_tcb_svn));
  claims.Set("body", std::move(body));
  claims.Set("td_attributes", ToHex(td.td_attributes));
  claims.Set("td_debug", td.Attribute(0));
  claims.Set("mrseam", ToHex(td.mr_seam));
  claims.Set("mrsignerseam", ToHex(td.mr_signer_seam));
  claims.Set("seam_attributes", ToHex(td.seam_attributes));
  claims.Set("mrtd", ToHex(td.mr_td));
  claims.Set("mrconfigid", ToHex(td.mr_config_id));
  claims.Set("mrowner", ToHex(td.mr_owner));
  claims.Set("mrownerconfig", ToHex(td.mr_owner_config));
  if (td.td15) claims.Set("mrservicetd", ToHex(td.td15->mr_service_td));
  SetCommon(claims, verified.quote(), verified.platform());
  return claims;
}

Json SgxClaims(const VerifiedSgx& verified) {
  Json claims = verified.Claims();
  const SgxReport& enclave = verified.report();
  claims.Set("cpu_svn", ToHex(enclave.cpu_svn));
  claims.Set("misc_select", ToHex(enclave.misc_select));
  claims.Set("attributes", ToHex(enclave.attributes));
  claims.Set("mrenclave", ToHex(enclave.mr_enclave));
  claims.Set("mrsigner", ToHex(enclave.mr_signer));
  SetCommon(claims, verified.quote(), verified.platform());
  return claims;
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

// A TCB info or QE identity by itself: its signature cannot be checked, its form can.
Result<CaseAnswer> ParseCollateral(const Case& loaded) {
  if (loaded.files.contains("tcb_info")) {
    const TcbInfo info = TRY(ParseTcbInfo(AsText(loaded.files.at("tcb_info")))).content;
    return CaseAnswer{Json::Object{{"id", IntelTeeName(info.tee)},
                                   {"version", info.version},
                                   {"fmspc", Upper(ToHex(info.fmspc))},
                                   {"pceId", ToHex(info.pce_id)},
                                   {"tdxModule.attributesMask", ToHex(info.tdx_module.attributes_mask)}},
                      "parsed only"};
  }
  const QeIdentity identity = TRY(ParseQeIdentity(AsText(*TRY(loaded.File("qe_identity"))))).content;
  return CaseAnswer{Json::Object{{"id", identity.tee == IntelTee::kTdx ? "TD_QE" : "QE"},
                                 {"version", 2},
                                 {"miscselect", ToHex(identity.misc_select)},
                                 {"miscselectMask", ToHex(identity.misc_select_mask)}},
                    "parsed only"};
}

// The file of the claims that Trustee makes of the same quote.
Result<void> CompareWithTrustee(const Json& claims, ByteSpan file) {
  const Json expected = TRY(Json::Parse(AsText(file)));
  for (const auto& [name, value] : *TRY(expected.AsObject())) {
    const Json* found = claims.Find(name);
    if (found == nullptr || !(*found == value)) {
      return Error(ErrorCode::kMismatch, "claim " + name + " is not as Trustee has it");
    }
  }
  return {};
}

// That the log replays to the quote's registers; or, of a case that is only parsed, that we read it as Trustee does.
Result<void> CheckEventLog(const Case& loaded, const VerifiedTdx& verified) {
  for (const char* role : {"ccel_data", "cc_eventlog"}) {
    const auto log = loaded.files.find(role);
    if (log == loaded.files.end()) continue;
    if (loaded.mode != "parse_only") {
      TRY(VerifyCcel(verified, log->second));
      continue;
    }
    Json claims = verified.Claims();
    claims.Set("uefi_event_logs", UefiEventLogs(TRY(ParseEventLog(log->second))));
    TRY(CompareWithTrustee(claims, *TRY(loaded.File("expected"))));
  }
  return {};
}

}  // namespace

Result<CaseAnswer> RunTdx(const Case& loaded) {
  if (!loaded.files.contains("quote")) return ParseCollateral(loaded);
  const Bytes& quote = *TRY(loaded.File("quote"));
  const IntelQuote unverified = TRY(ParseIntelQuote(quote));
  const auto* td = std::get_if<TdReport>(&unverified.body);
  if (td == nullptr) return Error(ErrorCode::kMismatch, "expected a TD's quote");
  const auto report_data = TRY(NonceOf(loaded, *td));
  const IntelCollateralRule rule = TRY(RuleOf(loaded.mode));
  const TdxExpectations expected{.report_data = report_data,
                                 .mr_config_id = ExpectedField<48>::AnyValue(),
                                 .collateral = rule,
                                 .minimum_tcb_evaluation = 0};
  const VerifiedTdx verified =
      TRY(VerifyTdx(quote, CollateralOf(loaded), TrustAnchors::Vendors(), expected, TRY(loaded.At())));
  TRY(CheckEventLog(loaded, verified));
  return Answer(TdxClaims(verified), verified.platform());
}

Result<CaseAnswer> RunSgx(const Case& loaded) {
  const Bytes& quote = *TRY(loaded.File("quote"));
  const IntelQuote unverified = TRY(ParseIntelQuote(quote));
  const auto* enclave = std::get_if<SgxReport>(&unverified.body);
  if (enclave == nullptr) return Error(ErrorCode::kMismatch, "expected an enclave's quote");
  const auto report_data = TRY(NonceOf(loaded, *enclave));
  const IntelCollateralRule rule = TRY(RuleOf(loaded.mode));
  const SgxExpectations expected{.report_data = report_data,
                                 .config_id = ExpectedField<64>::AnyValue(),
                                 .collateral = rule,
                                 .minimum_tcb_evaluation = 0};
  const VerifiedSgx verified =
      TRY(VerifySgx(quote, CollateralOf(loaded), TrustAnchors::Vendors(), expected, TRY(loaded.At())));
  return Answer(SgxClaims(verified), verified.platform());
}

}  // namespace cloister::evidence
