#include "base/byte_reader.h"
#include "evidence/intel/ccel.h"
#include "evidence/intel/json.h"
#include "evidence/internal/adapters.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

constexpr std::size_t kMinimumQuote = 436;  // header, the shortest body
constexpr std::uint32_t kTeeTdx = 0x81;

// Whether `quote` begins as a quote of `tee` does.
bool BeginsAsQuote(ByteSpan quote, IntelTee tee) {
  ByteReader reader(quote);
  const auto version = reader.Le<std::uint16_t>();
  const auto key_type = reader.Le<std::uint16_t>();
  const auto tee_type = reader.Le<std::uint32_t>();
  if (quote.size() < kMinimumQuote || !tee_type || *version < 3 || *version > 5 || *key_type != 2) return false;
  return *tee_type == (tee == IntelTee::kTdx ? kTeeTdx : 0);
}

// The quote within the KBS protocol's JSON; none where there is none.
std::optional<Bytes> QuoteIn(const Json& json) {
  const Json* quote = json.Find("quote");
  if (quote == nullptr || !quote->is_string() || json.Find("hcl_report") != nullptr) return std::nullopt;
  auto bytes = FromBase64(*quote->AsString());
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

bool IsIntel(ByteSpan content, const Json* json, IntelTee tee) {
  if (json == nullptr) return BeginsAsQuote(content, tee);
  const auto quote = QuoteIn(*json);
  return quote && BeginsAsQuote(*quote, tee);
}

// The quote, and the event log if one came.
Result<TdxEvidence> ReadIntel(const EvidencePart& part) {
  TdxEvidence evidence;
  if (const auto json = AsJson(part.content)) {
    evidence = TRY(TdxEvidenceFromJson(*json));
  } else {
    evidence.quote = part.content;
  }
  for (const Bytes& attachment : part.attachments) {
    if (evidence.event_log || part.kind == EvidenceKind::kSgx) {
      return Error(ErrorCode::kUsage, "Intel quote: expected at most one event log beside it, of a TD");
    }
    evidence.event_log = attachment;
  }
  return evidence;
}

template <std::size_t N>
Result<ExpectedField<N>> InitDataField(const EvidenceExpectations& expected) {
  if (!expected.init_data.value()) return ExpectedField<N>::AnyValue();
  return ExpectedField<N>::Exactly(TRY(ToArray<N>(FitInitData(*expected.init_data.value(), N))));
}

Result<std::array<std::uint8_t, 64>> ReportDataFor(const EvidenceExpectations& expected, const std::array<std::uint8_t, 64>& unverified) {
  if (!expected.nonce.value()) return unverified;
  return ToArray<64>(TRY(FitNonce(expected.nonce, 64)));
}

PartFindings FindingsOf(EvidenceKind kind, Json claims, const VerifiedIntelPlatform& platform, const VerifyInput& input) {
  PartFindings findings{kind, std::move(claims), {}, {}, {}};
  findings.chain = {"attestation key of the quoting enclave", platform.platform_ca() ? "PCK certificate, Platform CA" : "PCK certificate, Processor CA",
                    platform.root().name + ", sha256 " + ToHex(platform.root().sha256)};
  findings.proved = {"Intel's quoting enclave on that platform signed this quote"};
  SayWhatIntelProved(platform, findings);
  if (input.expected.nonce.value()) findings.proved.emplace_back("report_data is the nonce that was given");
  if (input.expected.init_data.value()) {
    findings.proved.emplace_back(kind == EvidenceKind::kTdx ? "MRCONFIGID is the init-data that was given" : "CONFIGID is the init-data that was given");
  }
  SayWhatWasNotExpected(input.expected, findings);
  return findings;
}

Json DescribeTd(const TdReport& td) {
  Json json = Json::Object{{"mr_td", ToHex(td.mr_td)},
                           {"mr_seam", ToHex(td.mr_seam)},
                           {"mr_signer_seam", ToHex(td.mr_signer_seam)},
                           {"seam_attributes", ToHex(td.seam_attributes)},
                           {"td_attributes", ToHex(td.td_attributes)},
                           {"debug", td.Attribute(0)},
                           {"xfam", ToHex(td.xfam)},
                           {"mr_config_id", ToHex(td.mr_config_id)},
                           {"mr_owner", ToHex(td.mr_owner)},
                           {"mr_owner_config", ToHex(td.mr_owner_config)},
                           {"tee_tcb_svn", ToHex(td.tee_tcb_svn)},
                           {"report_data", ToHex(td.report_data)}};
  for (std::size_t i = 0; i < td.rtmr.size(); ++i) json.Set("rtmr" + std::to_string(i), ToHex(td.rtmr[i]));
  if (td.td15) {
    json.Set("tee_tcb_svn2", ToHex(td.td15->tee_tcb_svn2));
    json.Set("mr_service_td", ToHex(td.td15->mr_service_td));
  }
  return json;
}

Json DescribeEnclave(const SgxReport& enclave) {
  return Json::Object{{"cpu_svn", ToHex(enclave.cpu_svn)},       {"attributes", ToHex(enclave.attributes)},
                      {"debug", enclave.Debug()},                {"mr_enclave", ToHex(enclave.mr_enclave)},
                      {"mr_signer", ToHex(enclave.mr_signer)},   {"config_id", ToHex(enclave.config_id)},
                      {"isv_prod_id", enclave.isv_prod_id},      {"isv_svn", enclave.isv_svn},
                      {"report_data", ToHex(enclave.report_data)}};
}

}  // namespace

IntelCollateralRule IntelRuleFor(const IntelCollateral& collateral) {
  if (collateral.tcb_info.empty() && collateral.qe_identity.empty()) return IntelCollateralRule::kSignaturesOnly;
  if (collateral.root_crl.empty() || collateral.pck_crl.empty()) return IntelCollateralRule::kTcbWithoutRevocation;
  return IntelCollateralRule::kEverything;
}

void SayWhatIntelProved(const VerifiedIntelPlatform& platform, PartFindings& findings) {
  if (platform.tcb()) findings.proved.emplace_back("the platform's TCB level is the one in the claims, by TCB info and QE identity that Intel signed");
  else findings.not_checked.push_back({"TCB level", "neither TCB info nor QE identity was at hand: weaknesses of this platform are unknown"});
  if (!platform.revocation_checked()) findings.not_checked.push_back({"revocation", "Intel's revocation lists were not at hand"});
}

bool IsTdx(ByteSpan content, const Json* json) { return IsIntel(content, json, IntelTee::kTdx); }
bool IsSgx(ByteSpan content, const Json* json) { return IsIntel(content, json, IntelTee::kSgx); }

Result<std::vector<PartFindings>> VerifyTdxPart(const VerifyInput& input) {
  const TdxEvidence evidence = TRY(ReadIntel(input.part));
  const IntelQuote unverified = TRY(ParseIntelQuote(evidence.quote));
  const auto* td = std::get_if<TdReport>(&unverified.body);
  if (td == nullptr) return Error(ErrorCode::kMismatch, "TDX quote: expected a TD's, got an enclave's");
  const auto report_data = TRY(ReportDataFor(input.expected, td->report_data));
  const auto mr_config_id = TRY(InitDataField<48>(input.expected));
  const VerifiedTdx verified = TRY(VerifyTdx(evidence.quote, input.collateral.intel, input.anchors,
                                             {report_data, mr_config_id, IntelRuleFor(input.collateral.intel.collateral()), 0}, input.at,
                                             input.caches.intel));
  PartFindings findings = FindingsOf(EvidenceKind::kTdx, verified.Claims(), verified.platform(), input);
  if (!evidence.event_log) {
    findings.not_checked.push_back({"event log", "none came: RTMRs are their own word for what was booted"});
    return std::vector{std::move(findings)};
  }
  const VerifiedCcel log = TRY(VerifyCcel(verified, *evidence.event_log));
  const Json log_claims = log.Claims();
  for (const auto& [name, value] : *TRY(log_claims.AsObject())) findings.claims.Set(name, value);
  findings.proved.emplace_back("the event log replays to RTMR0 to RTMR3");
  return std::vector{std::move(findings)};
}

Result<std::vector<PartFindings>> VerifySgxPart(const VerifyInput& input) {
  const TdxEvidence evidence = TRY(ReadIntel(input.part));
  const IntelQuote unverified = TRY(ParseIntelQuote(evidence.quote));
  const auto* enclave = std::get_if<SgxReport>(&unverified.body);
  if (enclave == nullptr) return Error(ErrorCode::kMismatch, "SGX quote: expected an enclave's, got a TD's");
  const auto report_data = TRY(ReportDataFor(input.expected, enclave->report_data));
  const auto config_id = TRY(InitDataField<64>(input.expected));
  const VerifiedSgx verified = TRY(VerifySgx(evidence.quote, input.collateral.intel, input.anchors,
                                             {report_data, config_id, IntelRuleFor(input.collateral.intel.collateral()), 0}, input.at,
                                             input.caches.intel));
  return std::vector{FindingsOf(EvidenceKind::kSgx, verified.Claims(), verified.platform(), input)};
}

namespace {

Result<Json> DescribeIntel(const EvidencePart& part) {
  const TdxEvidence evidence = TRY(ReadIntel(part));
  const IntelQuote quote = TRY(ParseIntelQuote(evidence.quote));
  Json json = Json::Object{{"quote_version", quote.header.version},
                           {"qe_report", DescribeEnclave(quote.qe_report)},
                           {"certification_type", quote.certification_type},
                           {"certification_sha256", ToHex(crypto::Sha256(quote.certification))},
                           {"event_log_bytes", evidence.event_log ? evidence.event_log->size() : 0}};
  if (const auto* td = std::get_if<TdReport>(&quote.body)) json.Set("td", DescribeTd(*td));
  if (const auto* enclave = std::get_if<SgxReport>(&quote.body)) json.Set("enclave", DescribeEnclave(*enclave));
  return json;
}

}  // namespace

Result<Json> DescribeTdx(const EvidencePart& part) { return DescribeIntel(part); }
Result<Json> DescribeSgx(const EvidencePart& part) { return DescribeIntel(part); }

}  // namespace cloister::evidence::internal
