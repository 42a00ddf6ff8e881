#include "evidence/azure/json.h"

#include "evidence/tpm/json.h"
#include "formats/pem.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::string_view kWhat = "Azure evidence";
constexpr std::size_t kMaximumReport = std::size_t{64} << 10;
constexpr std::size_t kMaximumQuotePart = std::size_t{4} << 10;

// base64url, whose padding Azure's own library writes.
Result<Bytes> FromPaddedBase64Url(std::string_view text) {
  if (text.size() > (kMaximumReport + 2) / 3 * 4) return Error(ErrorCode::kLimit, "over 64 KiB");
  const std::size_t end = text.find('=');
  if (end != std::string_view::npos) {
    const std::string_view padding = text.substr(end);
    if (text.size() % 4 != 0 || (padding != "=" && padding != "==")) return Error(ErrorCode::kMalformed, "expected base64url");
  }
  return FromBase64Url(text.substr(0, end));
}

Result<Bytes> Base64UrlOrNumbers(const Json& json) {
  if (!json.is_string()) return internal::HexOrNumbers(json, kMaximumReport);
  return FromPaddedBase64Url(TRY(json.AsString()));
}

Result<unsigned> VersionOf(const Json& json) {
  const auto version = TRY(json.FindInt("version"));
  if (version && (*version < 0 || *version > 2)) {
    return Error(ErrorCode::kUnsupported, "expected version 0, 1 or 2, got " + std::to_string(*version));
  }
  return static_cast<unsigned>(version.value_or(0));
}

AzureUserData UserDataRule(unsigned version) { return version >= 2 ? AzureUserData::kMustBeNonce : AzureUserData::kAnyOrNone; }

Result<TpmQuoteEvidence> ReadQuote(const Json& json, const DemandedPcrs& demanded) {
  TpmQuoteEvidence quote;
  quote.message = TRY_WITH("message", internal::HexOrNumbers(*TRY(json.Get("message")), kMaximumQuotePart));
  quote.signature.value = TRY_WITH("signature", internal::HexOrNumbers(*TRY(json.Get("signature")), kMaximumQuotePart));
  quote.pcrs = TRY(internal::PcrsFromJson(*TRY(json.Get("pcrs")), demanded));
  return quote;
}

// One certificate in base64url; version 0 has PEM, with those of its issuers or not.
Result<std::vector<SnpCertificate>> ReadVcek(const Json& json) {
  std::vector<SnpCertificate> certificates;
  const auto text = TRY(json.FindString("vcek"));
  if (!text) return certificates;
  if (!text->starts_with("-----BEGIN ")) {
    Bytes der = TRY_WITH("vcek", FromPaddedBase64Url(*text));
    certificates.push_back({SnpCertificateType::kVcek, std::move(der)});
    return certificates;
  }
  for (Bytes& der : TRY_WITH("vcek", formats::ParsePemOf("CERTIFICATE", *text))) {
    certificates.push_back(TRY_WITH("vcek", ClassifySnpCertificate(std::move(der))));
  }
  return certificates;
}

// As our attester collects it: TPM evidence (tpm/json.h) and the report in base64. The VCEK comes from elsewhere.
Result<AzureDocument<AzureSnpEvidence>> ReadCollected(const Json& json, const DemandedPcrs& demanded) {
  AzureSnpEvidence evidence;
  const std::string report = TRY(json.GetString("hcl_report"));
  if (report.size() > 2 * kMaximumReport) return Error(ErrorCode::kLimit, "hcl_report: over 64 KiB");
  evidence.hcl_report = TRY_WITH("hcl_report", FromBase64(report));
  evidence.quote = TRY(TpmEvidenceFromJson(json, demanded)).quote;
  return AzureDocument<AzureSnpEvidence>{std::move(evidence), AzureUserData::kAnyOrNone};
}

Result<AzureDocument<AzureSnpEvidence>> ReadSnp(const Json& json, const DemandedPcrs& demanded) {
  if (json.Find("ak_public") != nullptr) return ReadCollected(json, demanded);
  const unsigned version = TRY(VersionOf(json));
  const bool first = json.Find("report") != nullptr;  // version 0 has names of its own
  AzureSnpEvidence evidence;
  evidence.hcl_report = TRY_WITH("report", Base64UrlOrNumbers(*TRY(json.Get(first ? "report" : "hcl_report"))));
  evidence.quote = TRY_WITH("quote", ReadQuote(*TRY(json.GetObject(first ? "quote" : "tpm_quote")), demanded));
  evidence.certificates = TRY(ReadVcek(json));
  return AzureDocument<AzureSnpEvidence>{std::move(evidence), UserDataRule(version)};
}

Result<AzureDocument<AzureTdxEvidence>> ReadTdx(const Json& json, const DemandedPcrs& demanded) {
  const unsigned version = TRY(VersionOf(json));
  AzureTdxEvidence evidence;
  evidence.hcl_report = TRY_WITH("hcl_report", Base64UrlOrNumbers(*TRY(json.Get("hcl_report"))));
  evidence.quote = TRY_WITH("tpm_quote", ReadQuote(*TRY(json.GetObject("tpm_quote")), demanded));
  evidence.td_quote = TRY_WITH("td_quote", Base64UrlOrNumbers(*TRY(json.Get("td_quote"))));
  return AzureDocument<AzureTdxEvidence>{std::move(evidence), UserDataRule(version)};
}

Json Document(const TpmQuoteEvidence& quote, ByteSpan hcl_report) {
  Json::Array pcrs;
  for (const auto& [index, value] : quote.pcrs) pcrs.push_back(ToHex(value));
  return Json::Object{{"version", 2},
                      {"tpm_quote", Json::Object{{"signature", ToHex(quote.signature.value)},
                                                 {"message", ToHex(quote.message)},
                                                 {"pcrs", std::move(pcrs)}}},
                      {"hcl_report", ToBase64Url(hcl_report)}};
}

}  // namespace

Result<AzureDocument<AzureSnpEvidence>> AzureSnpEvidenceFromJson(const Json& json, const DemandedPcrs& demanded) {
  return TRY_WITH(kWhat, ReadSnp(json, demanded));
}

Result<AzureDocument<AzureTdxEvidence>> AzureTdxEvidenceFromJson(const Json& json, const DemandedPcrs& demanded) {
  return TRY_WITH(kWhat, ReadTdx(json, demanded));
}

Json AzureSnpEvidenceToJson(const AzureSnpEvidence& evidence) {
  Json json = Document(evidence.quote, evidence.hcl_report);
  for (const SnpCertificate& certificate : evidence.certificates) {
    if (certificate.type == SnpCertificateType::kVcek) json.Set("vcek", ToBase64Url(certificate.der));
  }
  return json;
}

Json AzureTdxEvidenceToJson(const AzureTdxEvidence& evidence) {
  Json json = Document(evidence.quote, evidence.hcl_report);
  json.Set("td_quote", ToBase64Url(evidence.td_quote));
  return json;
}

}  // namespace cloister::evidence
