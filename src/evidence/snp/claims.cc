#include "base/byte_reader.h"
#include "evidence/snp/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

void SetTcb(Json& claims, const std::string& prefix, const SnpTcb& tcb, SnpProduct product) {
  if (product == SnpProduct::kTurin) claims.Set(prefix + "_fmc", tcb.fmc);
  claims.Set(prefix + "_bootloader", tcb.bootloader);
  claims.Set(prefix + "_tee", tcb.tee);
  claims.Set(prefix + "_snp", tcb.snp);
  claims.Set(prefix + "_microcode", tcb.microcode);
}

void SetPolicy(Json& claims, const SnpPolicy& policy) {
  claims.Set("policy_abi_major", policy.AbiMajor());
  claims.Set("policy_abi_minor", policy.AbiMinor());
  claims.Set("policy_smt_allowed", policy.Smt());
  claims.Set("policy_migrate_ma", policy.MigrationAgent());
  claims.Set("policy_debug_allowed", policy.Debug());
  claims.Set("policy_single_socket", policy.SingleSocket());
  claims.Set("policy_cxl_allowed", policy.Bit(21));
  claims.Set("policy_memory_aes_256_xts", policy.Bit(22));
  claims.Set("policy_rapl_disabled", policy.Bit(23));
  claims.Set("policy_ciphertext_hiding", policy.Bit(24));
  claims.Set("policy_page_swap_disabled", policy.Bit(25));
}

void SetPlatform(Json& claims, std::uint64_t bits) {
  const auto set = [&](const char* name, unsigned bit) { claims.Set(name, (bits >> bit & 1) != 0); };
  set("platform_smt_enabled", 0);
  set("platform_tsme_enabled", 1);
  set("platform_ecc_enabled", 2);
  set("platform_rapl_disabled", 3);
  set("platform_ciphertext_hiding", 4);
  set("platform_alias_check_complete", 5);
}

std::string VersionText(const SnpFirmwareVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.build);
}

}  // namespace

Json VerifiedSnp::Claims() const {
  const SnpReport& report = report_;
  Json claims = Json::Object{
      {"tee", "snp"},
      {"debug", report.policy.Debug()},
      {"hardware_id", ToHex(report.chip_id)},
      {"measurement", ToHex(report.measurement)},
      {"report_data", ToHex(report.report_data)},
      {"init_data", ToHex(report.host_data)},
      {"chip_id", ToHex(report.chip_id)},
      {"product", SnpProductName(product())},
      {"report_version", report.version},
      {"guest_svn", report.guest_svn},
      {"vmpl", report.vmpl},
      {"family_id", ToHex(report.family_id)},
      {"image_id", ToHex(report.image_id)},
      {"id_key_digest", ToHex(report.id_key_digest)},
      {"author_key_enabled", report.author_key_enabled},
      {"author_key_digest", ToHex(report.author_key_digest)},
      {"report_id", ToHex(report.report_id)},
      {"report_id_ma", ToHex(report.report_id_ma)},
      {"signing_key", vek().type == SnpVekType::kVlek ? "vlek" : "vcek"},
      {"chip_key_masked", report.chip_key_masked},
      {"current_version", VersionText(report.current)},
      {"committed_version", VersionText(report.committed)},
      // Firmware that can still be rolled back.
      {"provisional_firmware", current_tcb_ != committed_tcb_ || report.current != report.committed},
      {"revocation", revocation() == SnpRevocation::kChecked ? "checked" : "not_checked"},
      {"simulated", simulated()},
      {"root_sha256", ToHex(root().sha256)},
  };
  SetPolicy(claims, report.policy);
  SetPlatform(claims, report.platform_info);
  SetTcb(claims, "reported_tcb", reported_tcb(), product());
  SetTcb(claims, "committed_tcb", committed_tcb_, product());
  SetTcb(claims, "current_tcb", current_tcb_, product());
  SetTcb(claims, "launch_tcb", launch_tcb_, product());
  if (report.version >= 5) {
    // Hex, because JSON integers end before 64 bits.
    Bytes launch, current;
    AppendBe(launch, report.launch_mitigations);
    AppendBe(current, report.current_mitigations);
    claims.Set("launch_mitigations", ToHex(launch));
    claims.Set("current_mitigations", ToHex(current));
  }
  return claims;
}

}  // namespace cloister::evidence
