#include "evidence/conformance/case.h"

#include <cstdio>

#include "evidence/snp/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::string HexNumber(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

Json TcbClaims(const SnpTcb& tcb, const SnpTcbBytes& bytes, SnpProduct product) {
  std::uint64_t raw = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) raw = raw << 8 | bytes[i];
  Json claims = Json::Object{{"bootloader", tcb.bootloader},
                             {"tee", tcb.tee},
                             {"snp", tcb.snp},
                             {"microcode", tcb.microcode},
                             {"raw_le_u64", HexNumber(raw)}};
  if (product == SnpProduct::kTurin) claims.Set("fmc", tcb.fmc);
  return claims;
}

std::string VersionHex(const SnpFirmwareVersion& version) {
  return ToHex(std::array<std::uint8_t, 3>{version.build, version.minor, version.major});
}

// What was verified, in the names of the manifest.
Json ReportClaims(const VerifiedSnp& verified) {
  const SnpReport& report = verified.report();
  const SnpCpuid cpuid = report.cpuid.value_or(SnpCpuid{});
  const SnpProduct product = verified.product();
  return Json::Object{
      {"version", report.version},
      {"guest_svn", report.guest_svn},
      {"policy", HexNumber(report.policy.bits)},
      {"vmpl", report.vmpl},
      {"family_id", ToHex(report.family_id)},
      {"image_id", ToHex(report.image_id)},
      {"measurement", ToHex(report.measurement)},
      {"report_data", ToHex(report.report_data)},
      {"host_data", ToHex(report.host_data)},
      {"id_key_digest", ToHex(report.id_key_digest)},
      {"author_key_digest", ToHex(report.author_key_digest)},
      {"report_id", ToHex(report.report_id)},
      {"chip_id", ToHex(report.chip_id)},
      {"platform_info", HexNumber(report.platform_info)},
      {"debug", report.policy.Debug()},
      {"signing_key", verified.vek().type == SnpVekType::kVlek ? "vlek" : "vcek"},
      {"current_version", VersionHex(report.current)},
      {"committed_version", VersionHex(report.committed)},
      {"cpuid_fam_mod_step", ToHex(std::array<std::uint8_t, 3>{cpuid.family, cpuid.model, cpuid.stepping})},
      {"current_tcb", TcbClaims(verified.current_tcb(), report.current_tcb, product)},
      {"reported_tcb", TcbClaims(verified.reported_tcb(), report.reported_tcb, product)},
      {"committed_tcb", TcbClaims(verified.committed_tcb(), report.committed_tcb, product)},
      {"launch_tcb", TcbClaims(verified.launch_tcb(), report.launch_tcb, product)},
      {"product", SnpProductName(product)}};
}

Json VekClaims(const SnpVek& vek) {
  return Json::Object{{"fmc", vek.tcb.fmc},
                      {"bootloader", vek.tcb.bootloader},
                      {"tee", vek.tcb.tee},
                      {"snp", vek.tcb.snp},
                      {"microcode", vek.tcb.microcode},
                      {"hwid", ToHex(vek.hwid)},
                      {"struct_version", vek.struct_version},
                      {"product_name", vek.product_name}};
}

struct SnpCase {
  Bytes report;
  std::vector<SnpCertificate> presented;
  SnpCollateral collateral;
};

// VCEK and VLEK come from the guest; everything else is ours.
Result<SnpCase> LoadSnp(const Case& loaded) {
  SnpCase snp;
  for (const auto& [role, content] : loaded.files) {
    if (role == "report") {
      snp.report = content;
    } else if (role == "evidence") {
      const Json json = TRY(Json::Parse(AsText(content)));
      const SnpEvidence evidence = TRY(SnpEvidenceFromJson(json));
      snp.report = evidence.report;
      snp.presented.insert(snp.presented.end(), evidence.certificates.begin(), evidence.certificates.end());
    } else if (role == "vcek") {
      snp.presented.push_back({SnpCertificateType::kVcek, content});
    } else if (role == "vlek") {
      snp.presented.push_back({SnpCertificateType::kVlek, content});
    } else if (role == "ask") {
      snp.collateral.certificates.push_back({SnpCertificateType::kAsk, content});
    } else if (role == "ark") {
      snp.collateral.certificates.push_back({SnpCertificateType::kArk, content});
    } else if (role == "crl") {
      snp.collateral.certificates.push_back({SnpCertificateType::kCrl, content});
    } else {
      return Error(ErrorCode::kUnsupported, "no rule for files of role " + role);
    }
  }
  return snp;
}

CaseAnswer Answer(Json claims, SnpRevocation revocation) {
  return {std::move(claims),
          revocation == SnpRevocation::kChecked ? "revocation was checked" : "revocation was not checked"};
}

}  // namespace

Result<CaseAnswer> RunSnp(const Case& loaded) {
  const SnpCase snp = TRY(LoadSnp(loaded));
  const Time at = TRY(loaded.At());
  if (loaded.mode == "chain_only") {
    const VerifiedSnpVek verified = TRY(VerifySnpVek(snp.presented, snp.collateral, TrustAnchors::Vendors(), at));
    return Answer(VekClaims(verified.vek()), verified.revocation());
  }
  // No vector has a nonce that we chose: the one it carries stands in for it.
  const SnpReport unverified = TRY(ParseSnpReport(snp.report));
  const SnpExpectations expected{.report_data = unverified.report_data,
                                 .host_data = ExpectedHostData::AnyHostData(),
                                 .vmpl = SnpVmpl::kAnyGuestLevel,
                                 .chip_id = SnpChipId::kMustMatchCertificate};
  const VerifiedSnp verified = TRY(VerifySnp({.report = snp.report, .certificates = snp.presented}, snp.collateral,
                                             TrustAnchors::Vendors(), expected, at));
  return Answer(ReportClaims(verified), verified.revocation());
}

}  // namespace cloister::evidence
