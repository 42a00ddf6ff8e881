#include "base/byte_reader.h"
#include "evidence/internal/adapters.h"
#include "evidence/snp/json.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<SnpEvidence> ReadSnp(const EvidencePart& part) {
  SnpEvidence evidence;
  if (part.content.size() == kSnpReportSize && !AsJson(part.content)) {
    evidence.report = part.content;
  } else {
    const Json json = TRY_WITH("SNP evidence", Json::Parse(AsText(part.content), {.max_bytes = kMaxEvidence, .max_depth = 16}));
    evidence = TRY(SnpEvidenceFromJson(json));
  }
  for (const Bytes& attachment : part.attachments) {
    for (Bytes& der : TRY_WITH("attachment: expected a certificate", CertificatesOf(attachment))) {
      evidence.certificates.push_back(TRY(ClassifySnpCertificate(std::move(der))));
    }
  }
  return evidence;
}

Json TcbText(const SnpTcbBytes& bytes, const std::optional<SnpCpuid>& cpuid) {
  const auto product = cpuid ? SnpProductFromCpuid(cpuid->family, cpuid->model) : Result<SnpProduct>(SnpProduct::kMilan);
  const auto tcb = product ? DecodeSnpTcb(bytes, *product) : Result<SnpTcb>(product.error());
  if (!tcb) return ToHex(bytes);
  Json json = Json::Object{{"bootloader", tcb->bootloader}, {"tee", tcb->tee}, {"snp", tcb->snp}, {"microcode", tcb->microcode}};
  if (*product == SnpProduct::kTurin) json.Set("fmc", tcb->fmc);
  return json;
}

std::string VersionText(const SnpFirmwareVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.build);
}

std::string HexBits(std::uint64_t bits) {
  Bytes bytes;
  AppendBe(bytes, bits);
  return "0x" + ToHex(bytes);
}

Json DescribeReport(const SnpReport& report) {
  Json json = Json::Object{
      {"version", report.version},
      {"guest_svn", report.guest_svn},
      {"policy", HexBits(report.policy.bits)},
      {"debug", report.policy.Debug()},
      {"vmpl", report.vmpl},
      {"platform_info", HexBits(report.platform_info)},
      {"signing_key", report.signing_key == SnpSigningKey::kVlek ? "vlek" : report.signing_key == SnpSigningKey::kVcek ? "vcek" : "none"},
      {"chip_key_masked", report.chip_key_masked},
      {"author_key_enabled", report.author_key_enabled},
      {"measurement", ToHex(report.measurement)},
      {"report_data", ToHex(report.report_data)},
      {"host_data", ToHex(report.host_data)},
      {"chip_id", ToHex(report.chip_id)},
      {"family_id", ToHex(report.family_id)},
      {"image_id", ToHex(report.image_id)},
      {"id_key_digest", ToHex(report.id_key_digest)},
      {"author_key_digest", ToHex(report.author_key_digest)},
      {"report_id", ToHex(report.report_id)},
      {"report_id_ma", ToHex(report.report_id_ma)},
      {"reported_tcb", TcbText(report.reported_tcb, report.cpuid)},
      {"committed_tcb", TcbText(report.committed_tcb, report.cpuid)},
      {"current_tcb", TcbText(report.current_tcb, report.cpuid)},
      {"launch_tcb", TcbText(report.launch_tcb, report.cpuid)},
      {"current_version", VersionText(report.current)},
      {"committed_version", VersionText(report.committed)}};
  if (report.cpuid) {
    json.Set("cpuid", ToHex(std::array<std::uint8_t, 3>{report.cpuid->family, report.cpuid->model, report.cpuid->stepping}));
  }
  if (report.version >= 5) {
    json.Set("launch_mitigations", HexBits(report.launch_mitigations));
    json.Set("current_mitigations", HexBits(report.current_mitigations));
  }
  return json;
}

// The exact value where there is one, else the report's own, which then proves no freshness.
Result<SnpExpectations> ExpectationsFor(const VerifyInput& input, const SnpReport& unverified) {
  SnpExpectations expected{.report_data = unverified.report_data,
                           .host_data = ExpectedHostData::AnyHostData(),
                           .vmpl = SnpVmpl::kAnyGuestLevel,
                           .chip_id = SnpChipId::kMustMatchCertificate};
  if (input.expected.nonce.value()) {
    const Bytes padded = TRY(FitNonce(input.expected.nonce, expected.report_data.size()));
    expected.report_data = TRY(ToArray<64>(padded));
  }
  if (input.expected.init_data.value()) {
    expected.host_data = ExpectedHostData::Exactly(TRY(ToArray<32>(FitInitData(*input.expected.init_data.value(), 32))));
  }
  return expected;
}

}  // namespace

bool IsSnp(ByteSpan content, const Json* json) {
  if (json != nullptr) return json->Find("attestation_report") != nullptr && json->Find("serial_number") == nullptr;
  return content.size() == kSnpReportSize && content[0] >= 2 && content[0] <= 5 && content[1] == 0 && content[2] == 0 && content[3] == 0;
}

Result<std::vector<PartFindings>> VerifySnpPart(const VerifyInput& input) {
  const SnpEvidence evidence = TRY(ReadSnp(input.part));
  const SnpReport unverified = TRY(ParseSnpReport(evidence.report));
  const SnpExpectations expected = TRY(ExpectationsFor(input, unverified));
  const VerifiedSnp verified = TRY(VerifySnp(evidence, input.collateral.snp, input.anchors, expected, input.at, input.caches.snp));
  PartFindings findings{EvidenceKind::kSnp, verified.Claims(), {}, {}, {}};
  const bool vlek = verified.vek().type == SnpVekType::kVlek;
  findings.chain = {std::string(vlek ? "VLEK of provider " + verified.vek().csp_id : "VCEK of one chip") + " (" + verified.vek().product_name + ")",
                    vlek ? "ASVK" : "ASK",
                    verified.root().name + ", sha256 " + ToHex(verified.root().sha256)};
  findings.proved = {"the secure processor's firmware signed this report with that key",
                     "the report names exactly the firmware levels that the key was made for"};
  if (!vlek) findings.proved.emplace_back("the report names the chip that the key belongs to");
  if (input.expected.nonce.value()) findings.proved.emplace_back("report_data is the nonce that was given");
  if (input.expected.init_data.value()) findings.proved.emplace_back("HOST_DATA is the init-data that was given");
  SayWhatWasNotExpected(input.expected, findings);
  if (verified.revocation() == SnpRevocation::kNotChecked) {
    findings.not_checked.push_back({"revocation", "no current revocation list of this root was at hand"});
  }
  findings.snp = std::make_shared<const VerifiedSnp>(verified);
  return std::vector{std::move(findings)};
}

Result<Json> DescribeSnp(const EvidencePart& part) {
  const SnpEvidence evidence = TRY(ReadSnp(part));
  Json json = DescribeReport(TRY(ParseSnpReport(evidence.report)));
  Json::Array certificates;
  for (const SnpCertificate& certificate : evidence.certificates) {
    const auto parsed = crypto::Certificate::ParseDer(certificate.der);
    certificates.push_back(Json::Object{{"type", SnpCertificateTypeName(certificate.type)},
                                        {"subject", parsed ? parsed->SubjectCommonName() : ""},
                                        {"sha256", ToHex(crypto::Sha256(certificate.der))}});
  }
  json.Set("certificates", std::move(certificates));
  return json;
}

}  // namespace cloister::evidence::internal
