#include "evidence/conformance.h"

#include <cstdio>

#include "base/file.h"
#include "evidence/snp_verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 20;

std::string HexNumber(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

Json TcbClaims(const SnpTcb& tcb, const SnpTcbBytes& bytes, SnpProduct product) {
  std::uint64_t raw = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) raw = raw << 8 | bytes[i];
  Json claims = Json::Object{{"bootloader", tcb.bootloader}, {"tee", tcb.tee}, {"snp", tcb.snp},
                             {"microcode", tcb.microcode}, {"raw_le_u64", HexNumber(raw)}};
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
  return Json::Object{{"fmc", vek.tcb.fmc},           {"bootloader", vek.tcb.bootloader},
                      {"tee", vek.tcb.tee},           {"snp", vek.tcb.snp},
                      {"microcode", vek.tcb.microcode}, {"hwid", ToHex(vek.hwid)},
                      {"struct_version", vek.struct_version}, {"product_name", vek.product_name}};
}

struct Case {
  Bytes report;
  std::vector<SnpCertificate> presented;
  SnpCollateral collateral;
  Time at;
};

Result<Case> LoadCase(const Json& manifest_case, const std::filesystem::path& folder) {
  Case loaded;
  loaded.at = TRY(FromRfc3339(TRY(manifest_case.GetString("verify_at"))));
  for (const auto& [role, path] : *TRY(TRY(manifest_case.GetObject("files"))->AsObject())) {
    Bytes content = TRY(ReadFile(folder / TRY(path.AsString()), kMaximumFile));
    if (role == "report") {
      loaded.report = std::move(content);
    } else if (role == "vcek") {
      loaded.presented.push_back({SnpCertificateType::kVcek, std::move(content)});
    } else if (role == "vlek") {
      loaded.presented.push_back({SnpCertificateType::kVlek, std::move(content)});
    } else if (role == "ask") {
      loaded.collateral.certificates.push_back({SnpCertificateType::kAsk, std::move(content)});
    } else if (role == "ark") {
      loaded.collateral.certificates.push_back({SnpCertificateType::kArk, std::move(content)});
    } else if (role == "crl") {
      loaded.collateral.certificates.push_back({SnpCertificateType::kCrl, std::move(content)});
    } else {
      return Error(ErrorCode::kUnsupported, "no rule for files of role " + role);
    }
  }
  return loaded;
}

struct Verified {
  Json claims;
  SnpRevocation revocation;
};

Result<Verified> VerifyReportCase(const Case& loaded) {
  // No vector has a nonce that we chose: the one it carries stands in for it.
  const SnpReport unverified = TRY(ParseSnpReport(loaded.report));
  const SnpExpectations expected{.report_data = unverified.report_data,
                                 .host_data = ExpectedHostData::AnyHostData(),
                                 .vmpl = SnpVmpl::kAnyGuestLevel,
                                 .chip_id = SnpChipId::kMustMatchCertificate};
  const VerifiedSnp verified = TRY(VerifySnp({.report = loaded.report, .certificates = loaded.presented},
                                             loaded.collateral, TrustAnchors::Vendors(), expected, loaded.at));
  return Verified{ReportClaims(verified), verified.revocation()};
}

Result<Verified> VerifyChainCase(const Case& loaded) {
  const VerifiedSnpVek verified =
      TRY(VerifySnpVek(loaded.presented, loaded.collateral, TrustAnchors::Vendors(), loaded.at));
  return Verified{VekClaims(verified.vek()), verified.revocation()};
}

// Empty where all expected claims were found.
Result<std::string> CompareClaims(const Json& expected, const Json& found) {
  for (const auto& [name, value] : *TRY(expected.AsObject())) {
    const Json* claim = found.Find(name);
    if (claim == nullptr) return "claim " + name + ": expected " + value.Dump() + ", got none";
    if (!(*claim == value)) return "claim " + name + ": expected " + value.Dump() + ", got " + claim->Dump();
  }
  return std::string();
}

Result<CaseResult> Run(const Json& manifest_case, const std::filesystem::path& folder) {
  const auto mode = TRY(manifest_case.FindString("mode"));
  const std::string expect = TRY(manifest_case.GetString("expect"));
  const Case loaded = TRY(LoadCase(manifest_case, folder));
  const auto verified = mode == "chain_only" ? VerifyChainCase(loaded) : VerifyReportCase(loaded);
  if (!verified) {
    const std::string refusal = "refused (" + verified.error().ToText() + ")";
    return CaseResult{expect == "invalid" ? CaseVerdict::kPass : CaseVerdict::kFail, refusal};
  }
  if (expect != "valid") return CaseResult{CaseVerdict::kFail, "verifies, but should be refused"};
  const std::string difference = TRY(CompareClaims(*TRY(manifest_case.GetObject("expected_claims")), verified->claims));
  if (!difference.empty()) return CaseResult{CaseVerdict::kFail, difference};
  return CaseResult{CaseVerdict::kPass, verified->revocation == SnpRevocation::kChecked
                                            ? "verifies; revocation was checked"
                                            : "verifies; revocation was not checked"};
}

}  // namespace

CaseResult RunSnpCase(const Json& manifest_case, const std::filesystem::path& folder) {
  const auto tee = manifest_case.GetString("tee");
  if (!tee) return {CaseVerdict::kFail, tee.error().ToText()};
  if (*tee != "snp") return {CaseVerdict::kSkip, "no verifier for " + *tee + " here"};
  auto result = Run(manifest_case, folder);
  if (!result) return {CaseVerdict::kFail, "the case could not be run: " + result.error().ToText()};
  return *std::move(result);
}

}  // namespace cloister::evidence
