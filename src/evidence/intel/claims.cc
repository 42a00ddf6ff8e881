#include "base/byte_reader.h"
#include "evidence/intel/internal/chain.h"
#include "evidence/intel/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

std::string Hex16(std::uint16_t value) {
  Bytes bytes;
  AppendLe(bytes, value);
  return ToHex(bytes);
}

std::string Hex32(std::uint32_t value) {
  Bytes bytes;
  AppendLe(bytes, value);
  return ToHex(bytes);
}

// Trustee writes the header's fields as they stand in the bytes.
Json HeaderClaims(const IntelQuoteHeader& header) {
  Json claims = Json::Object{{"version", Hex16(header.version)},
                             {"att_key_type", "0200"},
                             {"vendor_id", "939a7233f79c4ca9940a0db3957f0607"},
                             {"user_data", ToHex(header.user_data)}};
  if (header.version == 3) {
    claims.Set("att_key_data_0", "00000000");
    claims.Set("qe_svn", Hex16(header.qe_svn));
    claims.Set("pce_svn", Hex16(header.pce_svn));
  } else {
    claims.Set("tee_type", header.tee == IntelTee::kTdx ? "81000000" : "00000000");
    claims.Set("reserved", Hex16(header.qe_svn) + Hex16(header.pce_svn));
  }
  return claims;
}

Json TdBodyClaims(const TdReport& report) {
  Json claims = Json::Object{{"tcb_svn", ToHex(report.tee_tcb_svn)},
                             {"mr_seam", ToHex(report.mr_seam)},
                             {"mrsigner_seam", ToHex(report.mr_signer_seam)},
                             {"seam_attributes", ToHex(report.seam_attributes)},
                             {"td_attributes", ToHex(report.td_attributes)},
                             {"xfam", ToHex(report.xfam)},
                             {"mr_td", ToHex(report.mr_td)},
                             {"mr_config_id", ToHex(report.mr_config_id)},
                             {"mr_owner", ToHex(report.mr_owner)},
                             {"mr_owner_config", ToHex(report.mr_owner_config)},
                             {"report_data", ToHex(report.report_data)}};
  for (std::size_t i = 0; i < report.rtmr.size(); ++i) claims.Set("rtmr_" + std::to_string(i), ToHex(report.rtmr[i]));
  if (report.td15) {
    claims.Set("tee_tcb_svn2", ToHex(report.td15->tee_tcb_svn2));
    claims.Set("mr_servicetd", ToHex(report.td15->mr_service_td));
  }
  return claims;
}

Json SgxBodyClaims(const SgxReport& report) {
  const ByteSpan attributes(report.attributes);
  return Json::Object{{"cpu_svn", ToHex(report.cpu_svn)},
                      {"misc_select", ToHex(report.misc_select)},
                      {"reserved1", ToHex(Bytes(12))},
                      {"isv_ext_prod_id", ToHex(report.isv_ext_prod_id)},
                      {"attributes.flags", ToHex(attributes.first(8))},
                      {"attributes.xfrm", ToHex(attributes.subspan(8))},
                      {"mr_enclave", ToHex(report.mr_enclave)},
                      {"reserved2", ToHex(Bytes(32))},
                      {"mr_signer", ToHex(report.mr_signer)},
                      {"reserved3", ToHex(Bytes(32))},
                      {"config_id", ToHex(report.config_id)},
                      {"isv_prod_id", Hex16(report.isv_prod_id)},
                      {"isv_svn", Hex16(report.isv_svn)},
                      {"config_svn", Hex16(report.config_svn)},
                      {"reserved4", ToHex(Bytes(42))},
                      {"isv_family_id", ToHex(report.isv_family_id)},
                      {"report_data", ToHex(report.report_data)}};
}

void SetPck(Json& claims, const PckExtension& pck, bool platform_ca) {
  claims.Set("hardware_id", ToHex(pck.ppid));
  claims.Set("fmspc", ToHex(pck.fmspc));
  claims.Set("pce_id", ToHex(pck.pce_id));
  claims.Set("pce_svn", pck.pce_svn);
  claims.Set("pck_ca", platform_ca ? "platform" : "processor");
  claims.Set("platform_provider_id", ToHex(pck.ppid));
  claims.Set("sgx_type", SgxTypeName(pck.sgx_type));
  if (pck.platform_instance_id) {
    // Trustee writes its bytes in reverse.
    claims.Set("platform_instance_id",
               ToHex(Bytes(pck.platform_instance_id->rbegin(), pck.platform_instance_id->rend())));
  }
  const PckConfiguration configuration = pck.configuration.value_or(PckConfiguration{});
  const auto set = [&](const char* name, std::optional<bool> value) {
    if (value) claims.Set(name, *value);
  };
  set("is_dynamic_platform", configuration.dynamic_platform);
  set("is_cached_keys", configuration.cached_keys);
  set("is_smt_enabled", configuration.smt_enabled);
}

void SetStanding(Json& claims, const std::string& part, const TcbStanding& standing) {
  claims.Set(part + "_tcb_status", TcbStatusName(standing.status));
  claims.Set(part + "_tcb_date", ToRfc3339(standing.date));
}

void SetTcb(Json& claims, const IntelTcb& tcb) {
  claims.Set("tcb_status", TcbStatusName(tcb.status));
  const std::vector<std::string> advisories = tcb.Advisories();
  claims.Set("advisory_ids", Json::Array(advisories.begin(), advisories.end()));
  claims.Set("tcb_date", ToRfc3339(tcb.date));
  claims.Set("tcb_eval_num", tcb.evaluation_number);
  SetStanding(claims, "platform", *tcb.platform);
  if (tcb.module != nullptr) SetStanding(claims, "module", *tcb.module);
  SetStanding(claims, "qe", *tcb.qe);
}

void SetDates(Json& claims, const IntelDates& dates) {
  claims.Set("earliest_issue_date", ToRfc3339(dates.earliest_issue));
  claims.Set("latest_issue_date", ToRfc3339(dates.latest_issue));
  claims.Set("earliest_expiration_date", ToRfc3339(dates.earliest_expiration));
  claims.Set("collateral_expires", ToRfc3339(dates.earliest_expiration));
  claims.Set("collateral_expiration_status", "0");
}

// SHA-384 over the root's key as an uncompressed point, as Intel's library has it.
std::string RootKeyId(const crypto::Certificate& root) {
  const auto key = root.PublicKey(crypto::SignatureAlgorithm::kEs256);
  if (!key) return "";
  const std::uint8_t uncompressed[] = {4};
  return ToHex(crypto::Sha384(Concat({uncompressed, key->EcX(), key->EcY()})));
}

void SetListNumber(Json& claims, const char* name, const std::optional<crypto::Crl>& list) {
  if (!list) return;
  const auto number = list->Number();
  if (number && std::in_range<std::int64_t>(*number)) claims.Set(name, *number);
}

}  // namespace

void VerifiedIntelPlatform::SetClaims(Json& claims) const {
  claims.Set("simulated", root().simulated);
  claims.Set("root_sha256", ToHex(root().sha256));
  claims.Set("root_key_id", RootKeyId(chain_->root_certificate()));
  claims.Set("revocation", revocation_checked() ? "checked" : "not_checked");
  claims.Set("collateral", !tcb_ ? "signatures_only" : revocation_checked() ? "checked" : "without_revocation");
  SetListNumber(claims, "pck_crl_num", chain_->pck_crl());
  SetListNumber(claims, "root_ca_crl_num", chain_->root_crl());
  SetPck(claims, pck(), platform_ca());
  SetDates(claims, dates());
  if (tcb_) SetTcb(claims, *tcb_);
}

Json VerifiedTdx::Claims() const {
  const TdReport& td = report();
  Json quote = Json::Object{{"header", HeaderClaims(quote_.header)}, {"body", TdBodyClaims(td)}};
  if (quote_.header.version >= 5) {
    quote.Set("type", Hex16(static_cast<std::uint16_t>(quote_.body_type)));
    quote.Set("size", Hex32(static_cast<std::uint32_t>(td.td15 ? kTdReport15Size : kTdReport10Size)));
  }
  Json claims = Json::Object{{"tee", "tdx"},
                             {"measurement", ToHex(td.mr_td)},
                             {"report_data", ToHex(td.report_data)},
                             {"init_data", ToHex(td.mr_config_id)},
                             {"debug", td.Attribute(0)},
                             {"quote_version", quote_.header.version},
                             {"body_type", static_cast<unsigned>(quote_.body_type)},
                             {"mr_seam", ToHex(td.mr_seam)},
                             {"xfam", ToHex(td.xfam)},
                             {"td_migratable", td.Attribute(29)},
                             {"tee_tcb_svn", ToHex(td.tee_tcb_svn)},
                             {"quote", std::move(quote)},
                             {"td_attributes", Json::Object{{"debug", td.Attribute(0)},
                                                            {"septve_disable", td.Attribute(28)},
                                                            {"protection_keys", td.Attribute(30)},
                                                            {"key_locker", td.Attribute(31)},
                                                            {"perfmon", td.Attribute(63)}}}};
  for (std::size_t i = 0; i < td.rtmr.size(); ++i) claims.Set("rtmr" + std::to_string(i), ToHex(td.rtmr[i]));
  if (td.td15) {
    claims.Set("tee_tcb_svn2", ToHex(td.td15->tee_tcb_svn2));
    claims.Set("mr_service_td", ToHex(td.td15->mr_service_td));
  }
  platform_.SetClaims(claims);
  return claims;
}

Json VerifiedSgx::Claims() const {
  const SgxReport& enclave = report();
  Json claims = Json::Object{{"tee", "sgx"},
                             {"measurement", ToHex(enclave.mr_enclave)},
                             {"report_data", ToHex(enclave.report_data)},
                             {"init_data", ToHex(enclave.config_id)},
                             {"debug", enclave.Debug()},
                             {"quote_version", quote_.header.version},
                             {"mr_signer", ToHex(enclave.mr_signer)},
                             {"isv_prod_id", enclave.isv_prod_id},
                             {"isv_svn", enclave.isv_svn},
                             {"mode64", (enclave.attributes[0] & 0x04) != 0},
                             {"provision_key", (enclave.attributes[0] & 0x10) != 0},
                             {"header", HeaderClaims(quote_.header)},
                             {"body", SgxBodyClaims(enclave)}};
  platform_.SetClaims(claims);
  return claims;
}

}  // namespace cloister::evidence
