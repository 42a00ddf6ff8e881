// Azure's confidential virtual machines, in parts or as Trustee's guests show them.
#include <algorithm>
#include <cstdio>

#include "evidence/azure/json.h"
#include "evidence/conformance/case.h"
#include "evidence/tpm/ak_certificate.h"
#include "evidence/tpm/json.h"
#include "formats/pem.h"

namespace cloister::evidence {
namespace {

using formats::Json;

// The nonce that the case says was asked for: an edited one, or that of its expectations.
Result<ExpectedTpmNonce> NonceOf(const Case& loaded) {
  if (const Json* derived = loaded.entry.Find("derived"); derived != nullptr && derived->is_object()) {
    for (const Json& edit : *TRY(derived->GetArray("edits"))) {
      if (TRY(edit.FindString("param")) != "report_data") continue;
      const auto hex = TRY(edit.FindString("value_hex"));
      if (hex) return ExpectedTpmNonce::Exactly(TRY(FromHex(*hex)));
      return ExpectedTpmNonce::Exactly(AsBytes(TRY(edit.GetString("value"))));
    }
  }
  const Json& expected = *TRY(loaded.entry.GetObject("expected_claims"));
  for (const char* name : {"nonce", "report_data"}) {
    const auto hex = TRY(expected.FindString(name));
    if (hex && !hex->empty()) return ExpectedTpmNonce::Exactly(TRY(FromHex(*hex)));
  }
  return ExpectedTpmNonce::AnyNonce();
}

Result<AzureExpectations> ExpectationsOf(const Case& loaded, AzureUserData user_data) {
  const ExpectedTpmNonce nonce = TRY(NonceOf(loaded));
  return AzureExpectations{{nonce, DemandedPcrs::All(), ExpectedTpmInitData::AnyInitData()}, user_data};
}

// A quote in three files, or in one as JSON.
Result<TpmQuoteEvidence> QuoteOf(const Case& loaded) {
  const DemandedPcrs demanded = DemandedPcrs::All();
  const Bytes& quote = *TRY(loaded.File("tpm_quote"));
  TpmQuoteEvidence evidence;
  if (loaded.files.contains("tpm_signature")) {
    evidence.message = quote;
    evidence.signature.value = *TRY(loaded.File("tpm_signature"));
    evidence.pcrs = TRY(internal::PcrsFromJson(TRY(Json::Parse(AsText(*TRY(loaded.File("pcrs"))))), demanded));
    return evidence;
  }
  const Json json = TRY(Json::Parse(AsText(quote)));
  evidence.message = TRY(FromHex(TRY(json.GetString("message"))));
  evidence.signature.value = TRY(FromHex(TRY(json.GetString("signature"))));
  evidence.pcrs = TRY(internal::PcrsFromJson(*TRY(json.Get("pcrs")), demanded));
  return evidence;
}

Result<Json> EvidenceJson(const Case& loaded) { return Json::Parse(AsText(*TRY(loaded.File("evidence")))); }

Result<AzureDocument<AzureSnpEvidence>> LoadSnp(const Case& loaded) {
  if (loaded.files.contains("evidence")) return AzureSnpEvidenceFromJson(TRY(EvidenceJson(loaded)), DemandedPcrs::All());
  AzureSnpEvidence evidence;
  evidence.hcl_report = *TRY(loaded.File("hcl_report"));
  evidence.quote = TRY(QuoteOf(loaded));
  const Bytes& vcek = *TRY(loaded.File("vcek"));
  evidence.certificates = {{SnpCertificateType::kVcek, vcek}};
  return AzureDocument<AzureSnpEvidence>{std::move(evidence), AzureUserData::kAnyOrNone};
}

Result<AzureDocument<AzureTdxEvidence>> LoadTdx(const Case& loaded) {
  if (loaded.files.contains("evidence")) return AzureTdxEvidenceFromJson(TRY(EvidenceJson(loaded)), DemandedPcrs::All());
  AzureTdxEvidence evidence;
  evidence.hcl_report = *TRY(loaded.File("hcl_report"));
  evidence.quote = TRY(QuoteOf(loaded));
  evidence.td_quote = *TRY(loaded.File("td_quote"));
  return AzureDocument<AzureTdxEvidence>{std::move(evidence), AzureUserData::kAnyOrNone};
}

Result<SnpCollateral> IssuersOf(const Case& loaded) {
  const Bytes& ask = *TRY(loaded.File("ask"));
  const Bytes& ark = *TRY(loaded.File("ark"));
  return SnpCollateral{{{SnpCertificateType::kAsk, ask}, {SnpCertificateType::kArk, ark}}};
}

// That a certificate of the attestation key, where the case has one, is of this key.
Result<void> CheckCertificate(const Case& loaded, const VerifiedTpmQuote& quote) {
  const auto file = loaded.files.find("ak_cert");
  if (file == loaded.files.end()) return {};
  const auto certificate = TRY(ParsePaddedCertificate(file->second));
  if (certificate.SpkiDer() == quote.key().key().SpkiDer()) return {};
  return Error(ErrorCode::kMismatch, "AK certificate: it is of another key than HCLAkPub");
}

std::string UpperHex(ByteSpan bytes) {
  std::string text = ToHex(bytes);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

// What a quote and its runtime data have in common, in the manifests' names.
Json CommonClaims(const Case& loaded, const VerifiedTpmQuote& verified, const HclRuntimeData& runtime_data, const UnverifiedHclReport& report) {
  const TpmQuote& quote = verified.quote();
  Json claims = Json::Object{};
  verified.SetClaims(claims);
  const std::string pcr_0 = ToHex(verified.pcrs().at(0));
  claims.Set("tpm.pcr00", pcr_0);
  claims.Set("nonce", ToHex(quote.extra_data));
  const auto indices = verified.selection().Indices();
  const bool in_words = loaded.files.contains("evidence");
  claims.Set("pcr_selection", in_words ? Json("sha256: 0..23") : Json(Json::Array(indices.begin(), indices.end())));
  claims.Set("pcr_alg", static_cast<std::uint16_t>(verified.selection().bank));
  claims.Set("pcr_digest", ToHex(quote.pcr_digest));
  claims.Set("clock", quote.clock);
  claims.Set("reset_count", quote.reset_count);
  claims.Set("restart_count", quote.restart_count);
  claims.Set("safe", quote.clock_safe ? 1 : 0);
  claims.Set("firmware_version", *claims.Find("tpm_firmware_version"));
  claims.Set("vm_configuration", runtime_data.vm_configuration);
  claims.Set("hcl_version", report.version);
  claims.Set("report_type", static_cast<std::uint32_t>(report.tee));
  claims.Set("hash_type", 1);  // the only one that parses
  if (runtime_data.user_data) {
    claims.Set("user_data", UpperHex(*runtime_data.user_data));
    claims.Set("hcl_user_data_first_48_bytes", ToHex(ByteSpan(*runtime_data.user_data).first(48)));
  }
  return claims;
}

Json SnpClaims(const VerifiedSnp& verified) {
  const SnpReport& report = verified.report();
  char policy[24];
  std::snprintf(policy, sizeof policy, "0x%llx", static_cast<unsigned long long>(report.policy.bits));
  return Json::Object{{"measurement", ToHex(report.measurement)},   {"report_data", ToHex(report.report_data)},
                      {"reported_tcb", ToHex(report.reported_tcb)}, {"chip_id", ToHex(report.chip_id)},
                      {"policy", policy},                           {"vmpl", report.vmpl}};
}

// PCR 8 of an init-data digest.
Result<CaseAnswer> RunInitDataRule(const Case& loaded) {
  const Json& expected = *TRY(loaded.entry.GetObject("expected_claims"));
  const Bytes digest = TRY(FromHex(TRY(expected.GetString("init_data_digest"))));
  const auto rule = TRY(ExpectedTpmInitData::Exactly(digest));
  for (const std::size_t size : {48, 64}) {
    if (ExpectedTpmInitData::Exactly(Bytes(size))) return Error(ErrorCode::kInternal, "a digest of " + std::to_string(size) + " bytes is taken");
  }
  return CaseAnswer{Json::Object{{"init_data_digest", ToHex(digest)}, {"pcr08", ToHex(*rule.pcr())}}, ""};
}

Result<CaseAnswer> RunVcekChain(const Case& loaded) {
  const auto ders = TRY(formats::ParsePemOf("CERTIFICATE", AsText(*TRY(loaded.File("vcek")))));
  std::vector<SnpCertificate> presented;
  for (const Bytes& der : ders) presented.push_back(TRY(ClassifySnpCertificate(der)));
  const VerifiedSnpVek verified = TRY(VerifySnpVek(presented, TRY(IssuersOf(loaded)), TrustAnchors::Vendors(), TRY(loaded.At())));
  const auto vcek = TRY(crypto::Certificate::ParseDer(ders.front()));
  std::string line(SnpProductName(verified.vek().product));
  line[0] = static_cast<char>(line[0] - 'A' + 'a');
  return CaseAnswer{Json::Object{{"chain", "VCEK " + line}, {"not_after", ToRfc3339(vcek.NotAfter())}}, "revocation was not checked"};
}

}  // namespace

Result<CaseAnswer> RunAzSnpVtpm(const Case& loaded) {
  if (loaded.mode == "values") return RunInitDataRule(loaded);
  if (loaded.mode == "chain_only") return RunVcekChain(loaded);
  const auto [evidence, user_data] = TRY(LoadSnp(loaded));
  const AzureExpectations expected = TRY(ExpectationsOf(loaded, user_data));
  const VerifiedAzureSnp verified =
      TRY(VerifyAzureSnp(evidence, TRY(IssuersOf(loaded)), TrustAnchors::Vendors(), expected, TRY(loaded.At())));
  TRY(CheckCertificate(loaded, verified.quote()));
  Json claims = CommonClaims(loaded, verified.quote(), verified.runtime_data(), TRY(ParseHclReport(evidence.hcl_report)));
  claims.Set("tee_report", SnpClaims(verified.snp()));
  claims.Set("measurement_hex", ToHex(verified.snp().report().measurement));
  claims.Set("vmpl", verified.snp().report().vmpl);
  claims.Set("report_version", verified.snp().report().version);
  return CaseAnswer{std::move(claims), "revocation was not checked"};
}

Result<CaseAnswer> RunAzTdxVtpm(const Case& loaded) {
  const auto [evidence, user_data] = TRY(LoadTdx(loaded));
  // No case has collateral.
  const AzureTdxExpectations expected{TRY(ExpectationsOf(loaded, user_data)), IntelCollateralRule::kSignaturesOnly, 0};
  const VerifiedAzureTdx verified = TRY(VerifyAzureTdx(evidence, {}, TrustAnchors::Vendors(), expected, TRY(loaded.At())));
  Json claims = CommonClaims(loaded, verified.quote(), verified.runtime_data(), TRY(ParseHclReport(evidence.hcl_report)));
  const Json td = verified.td().Claims();
  Json body = *td.Find("quote")->Find("body");
  body.Set("tee_tcb_svn", *td.Find("tee_tcb_svn"));
  claims.Set("tee_report", Json::Object{{"report_data", *body.Find("report_data")}});
  claims.Set("quote", std::move(body));
  return CaseAnswer{std::move(claims), "the TCB level was not checked"};
}

}  // namespace cloister::evidence
