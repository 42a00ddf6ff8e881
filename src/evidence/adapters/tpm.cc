#include "evidence/tpm/json.h"

#include <algorithm>

#include "evidence/internal/adapters.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

constexpr std::size_t kShortestCut = 32;

Result<TpmEvidence> ReadTpm(const EvidencePart& part) {
  const Json json = TRY_WITH("TPM evidence", Json::Parse(AsText(part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
  return TpmEvidenceFromJson(json, DemandedPcrs::All());
}

bool HasQuote(const Json* json) {
  return json != nullptr && json->Find("tpm_quote") != nullptr && json->Find("ak_public") != nullptr && json->Find("hcl_report") == nullptr;
}

// RSA keys sign with RSASSA and SHA-256, as the KBS protocol has it; others as their curve has it.
Result<crypto::VerifyingKey> KeyOf(ByteSpan spki) {
  auto ecdsa = crypto::VerifyingKey::FromSpkiDer(spki);
  if (ecdsa) return *std::move(ecdsa);
  return crypto::VerifyingKey::FromSpkiDer(crypto::SignatureAlgorithm::kRs256, spki);
}

// That the key's public area, where it came, does not gainsay who vouches for the key. It proves nothing: nobody signed it.
Result<void> CheckPublicArea(const TpmEvidence& evidence) {
  if (!evidence.ak_public_area) return {};
  const auto key = TRY(TpmAttestationKey::FromPublicArea(*evidence.ak_public_area));
  if (Equal(key.key().SpkiDer(), evidence.ak_public)) return {};
  return Error(ErrorCode::kMismatch, "TPM evidence: the public area is of another key");
}

Result<void> AddEventLog(const TpmEvidence& evidence, const VerifiedTpmQuote& quote, PartFindings& findings) {
  if (!evidence.event_log) {
    findings.not_checked.push_back({"event log", "none came: PCRs are their own word for what was booted"});
    return {};
  }
  const VerifiedTpmLog log = TRY(VerifyTpmLog(quote, *evidence.event_log));
  const Json claims = log.Claims();
  for (const auto& [name, value] : *TRY(claims.AsObject())) findings.claims.Set(name, value);
  findings.proved.emplace_back("the event log replays to the PCRs");
  return {};
}

// Of a machine whose memory nobody but its TPM's key vouches for.
void SetMachineClaims(std::string_view tee, const TpmEvidence& evidence, const VerifiedTpmQuote& quote, Json& claims) {
  claims = quote.TrusteePcrs();
  quote.SetClaims(claims);
  claims.Set("tee", tee);
  claims.Set("measurement", ToHex(quote.pcrs().at(0)));
  claims.Set("debug", true);
  claims.Set("ak_public", ToBase64(evidence.ak_public));
}

Result<void> Finish(const VerifyInput& input, const TpmEvidence& evidence, const VerifiedTpmQuote& quote, PartFindings& findings) {
  findings.proved.emplace_back("its TPM had all these PCRs of SHA-256 when it signed");
  TRY(CheckPublicArea(evidence));
  if (input.expected.nonce.value()) findings.proved.emplace_back("the quote's nonce is the one that was given");
  if (input.expected.init_data.value()) findings.proved.emplace_back("PCR 8 is extended with the init-data that was given");
  SayWhatWasNotExpected(input.expected, findings);
  findings.not_checked.push_back({"memory", "a TPM does not keep whoever runs the machine out of it"});
  return AddEventLog(evidence, quote, findings);
}

Result<ExpectedTpmNonce> TpmNonce(const ChosenNonce& chosen, ByteSpan message) {
  if (!chosen.value()) return ExpectedTpmNonce::AnyNonce();
  const std::size_t size = TRY(ParseTpmQuote(message)).extra_data.size();
  if (size < chosen.value()->size() && (!chosen.may_be_cut() || size < kShortestCut)) {
    return Error(ErrorCode::kMismatch, "TPM quote: its nonce is shorter than the one that was given");
  }
  return ExpectedTpmNonce::Exactly(TRY(FitNonce(chosen, size)));
}

}  // namespace

Result<TpmExpectations> TpmExpectationsFor(const EvidenceExpectations& expected, ByteSpan message) {
  TpmExpectations out{TRY(TpmNonce(expected.nonce, message)), DemandedPcrs::All(), ExpectedTpmInitData::AnyInitData()};
  if (expected.init_data.value()) out.init_data = TRY(ExpectedTpmInitData::Exactly(*expected.init_data.value()));
  return out;
}

bool IsTpm(ByteSpan, const Json* json) { return HasQuote(json) && json->Find("ak_certificate") == nullptr; }
bool IsGcpVtpm(ByteSpan, const Json* json) { return HasQuote(json) && json->Find("ak_certificate") != nullptr; }

Result<std::vector<PartFindings>> VerifyTpmPart(const VerifyInput& input) {
  if (!input.part.attachments.empty()) return Error(ErrorCode::kUsage, "TPM evidence: expected nothing beside it");
  const TpmEvidence evidence = TRY(ReadTpm(input.part));
  // If it is enrolled, which comes next.
  const auto key = TpmAttestationKey::KnownToBeRestricted(TRY_WITH("TPM evidence", KeyOf(evidence.ak_public)));
  const EnrolledTpmKey enrolled = TRY(input.collateral.tpm_keys.Find(key));
  const VerifiedTpmQuote quote = TRY(VerifyTpmQuote(evidence.quote, key, TRY(TpmExpectationsFor(input.expected, evidence.quote.message))));
  PartFindings findings{EvidenceKind::kTpm, Json::Object{}, {}, {}, {}};
  SetMachineClaims("tpm", evidence, quote, findings.claims);
  findings.claims.Set("simulated", enrolled.simulated);
  findings.claims.Set("root_sha256", ToHex(enrolled.sha256));
  findings.claims.Set("revocation", "not_checked");
  findings.chain = {"attestation key, which the verifier has enrolled, sha256 " + ToHex(enrolled.sha256)};
  findings.proved = {"a key that the verifier has enrolled, as one that signs only what its TPM made, signed this quote"};
  findings.not_checked.push_back({"revocation", "enrolled keys have none: they are good as long as the verifier holds them"});
  TRY(Finish(input, evidence, quote, findings));
  return std::vector{std::move(findings)};
}

Result<std::vector<PartFindings>> VerifyGcpVtpmPart(const VerifyInput& input) {
  const TpmEvidence evidence = TRY(ReadTpm(input.part));
  if (!evidence.ak_certificate) return Error(ErrorCode::kMalformed, "Google vTPM evidence: expected ak_certificate");
  std::vector<Bytes> presented;
  for (const Bytes& attachment : input.part.attachments) {
    for (Bytes& der : TRY_WITH("attachment: expected a certificate", CertificatesOf(attachment))) presented.push_back(std::move(der));
  }
  const VerifiedVtpmKey ak = TRY(VerifyVtpmKey(VtpmCloud::kGoogle, *evidence.ak_certificate, presented, input.collateral.vtpm, input.anchors, input.at));
  if (!Equal(ak.key().key().SpkiDer(), evidence.ak_public)) {
    return Error(ErrorCode::kMismatch, "Google vTPM evidence: the certificate is of another key");
  }
  const VerifiedTpmQuote quote = TRY(VerifyTpmQuote(evidence.quote, ak.key(), TRY(TpmExpectationsFor(input.expected, evidence.quote.message))));
  PartFindings findings{EvidenceKind::kGcpVtpm, Json::Object{}, {}, {}, {}};
  SetMachineClaims("gcp-vtpm", evidence, quote, findings.claims);
  ak.SetClaims(findings.claims);
  findings.claims.Set("simulated", ak.root().simulated);
  findings.claims.Set("root_sha256", ToHex(ak.root().sha256));
  findings.claims.Set("revocation", ak.revocation() == VtpmRevocation::kChecked ? "checked" : "not_checked");
  findings.chain = {"attestation key of the instance " + ak.gce_instance()->instance_name, ak.certificate().IssuerCommonName(),
                    ak.root().name + ", sha256 " + ToHex(ak.root().sha256)};
  findings.proved = {"Google vouches for the key as one of this instance's virtual TPM", "that key signed this quote"};
  if (ak.revocation() == VtpmRevocation::kNotChecked) {
    findings.not_checked.push_back({"revocation", "there was not a list for each certificate below the root, the key's own too"});
  }
  TRY(Finish(input, evidence, quote, findings));
  return std::vector{std::move(findings)};
}

Json DescribeQuote(const TpmQuote& quote, const PcrValues& pcrs) {
  Json::Array selections;
  for (const PcrSelection& selection : quote.selections) selections.emplace_back(PcrSelectionText(selection));
  Json values = Json::Object{};
  for (const auto& [index, value] : pcrs) values.Set("pcr" + std::to_string(index), ToHex(value));
  return Json::Object{{"nonce", ToHex(quote.extra_data)},
                      {"clock", quote.clock},
                      {"clock_safe", quote.clock_safe},
                      {"reset_count", quote.reset_count},
                      {"restart_count", quote.restart_count},
                      {"selections", std::move(selections)},
                      {"pcr_digest", ToHex(quote.pcr_digest)},
                      {"pcrs", std::move(values)}};
}

Result<Json> DescribeTpm(const EvidencePart& part) {
  const TpmEvidence evidence = TRY(ReadTpm(part));
  const TpmQuote quote = TRY(ParseTpmQuote(evidence.quote.message));
  Json json = Json::Object{{"quote", DescribeQuote(quote, evidence.quote.pcrs)},
                           {"ak_sha256", ToHex(crypto::Sha256(evidence.ak_public))},
                           {"event_log_bytes", evidence.event_log ? evidence.event_log->size() : 0}};
  if (evidence.ak_certificate) json.Set("ak_subject", TRY(ParsePaddedCertificate(*evidence.ak_certificate)).SubjectText());
  return json;
}

Result<Json> DescribeGcpVtpm(const EvidencePart& part) { return DescribeTpm(part); }

}  // namespace cloister::evidence::internal
