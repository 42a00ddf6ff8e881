// What a SIMULATED provisioning service publishes.
#include <algorithm>

#include "evidence/intel/simulated.h"

namespace cloister::evidence {
namespace {

using formats::Json;

// Collateral is written as Intel writes it: hex in capitals.
std::string UpperHex(ByteSpan bytes) {
  std::string text = ToHex(bytes);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void SetStanding(Json& level, const TcbStanding& standing) {
  level.Set("tcbDate", ToRfc3339(standing.date));
  level.Set("tcbStatus", TcbStatusName(standing.status));
  if (standing.advisories.empty()) return;
  level.Set("advisoryIDs", Json::Array(standing.advisories.begin(), standing.advisories.end()));
}

Json PartLevels(const std::vector<TcbPartLevel>& levels) {
  Json::Array array;
  for (const TcbPartLevel& level : levels) {
    Json json = Json::Object{{"tcb", Json::Object{{"isvsvn", level.isv_svn}}}};
    SetStanding(json, level.standing);
    array.push_back(std::move(json));
  }
  return array;
}

Json Components(const std::array<std::uint8_t, 16>& components) {
  Json::Array array;
  for (const std::uint8_t svn : components) array.push_back(Json::Object{{"svn", svn}});
  return array;
}

void SetComponents(Json& tcb, const TcbPlatformLevel& level, const TcbInfo& info) {
  if (info.version > 2) {
    tcb.Set("sgxtcbcomponents", Components(level.sgx_components));
  } else {
    for (std::size_t i = 0; i < level.sgx_components.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      tcb.Set("sgxtcbcomp" + std::string(number.size() == 1 ? "0" : "") + number + "svn", level.sgx_components[i]);
    }
  }
  if (info.tee == IntelTee::kTdx) tcb.Set("tdxtcbcomponents", Components(level.tdx_components));
  tcb.Set("pcesvn", level.pce_svn);
}

Json Module(const TdxModule& module) {
  return Json::Object{{"mrsigner", UpperHex(module.mr_signer)},
                      {"attributes", UpperHex(module.attributes)},
                      {"attributesMask", UpperHex(module.attributes_mask)}};
}

char HexDigit(unsigned value) { return "0123456789ABCDEF"[value & 0xF]; }

void SetModules(Json& json, const TcbInfo& info) {
  json.Set("tdxModule", Module(info.tdx_module));
  Json::Array identities;
  for (const TdxModuleIdentity& identity : info.tdx_module_identities) {
    Json entry = Module(identity.module);
    entry.Set("id", std::string("TDX_") + HexDigit(identity.version >> 4) + HexDigit(identity.version));
    entry.Set("tcbLevels", PartLevels(identity.levels));
    identities.push_back(std::move(entry));
  }
  json.Set("tdxModuleIdentities", std::move(identities));
}

TcbStanding Standing(TcbStatus status, const char* date, std::vector<std::string> advisories = {}) {
  return {status, *FromRfc3339(date), std::move(advisories)};
}

std::vector<TcbPartLevel> PartLevels(std::uint16_t good, std::uint16_t old, std::uint16_t revoked) {
  return {{good, Standing(TcbStatus::kUpToDate, "2025-03-12T00:00:00Z")},
          {old, Standing(TcbStatus::kOutOfDate, "2024-03-13T00:00:00Z", {"INTEL-SA-01036"})},
          {revoked, Standing(TcbStatus::kRevoked, "2023-02-15T00:00:00Z")}};
}

TcbPlatformLevel PlatformLevel(std::uint8_t component, std::uint16_t pce_svn, TcbStanding standing) {
  TcbPlatformLevel level;
  level.sgx_components.fill(component);
  level.tdx_components = {5, 0, 2};
  level.pce_svn = pce_svn;
  level.standing = std::move(standing);
  return level;
}

}  // namespace

TcbInfo SimulatedIntelPlatform::DescribeTcb(IntelTee tee) const {
  TcbInfo info;
  info.tee = tee;
  info.issue_date = options.issue_date;
  info.next_update = options.next_update;
  info.fmspc = options.pck.fmspc;
  info.pce_id = options.pck.pce_id;
  info.evaluation_number = options.tcb_evaluation;
  info.levels = {
      PlatformLevel(8, 13, Standing(TcbStatus::kUpToDate, "2025-03-12T00:00:00Z")),
      PlatformLevel(6, 11,
                    Standing(TcbStatus::kOutOfDate, "2024-03-13T00:00:00Z", {"INTEL-SA-00960", "INTEL-SA-01036"})),
      PlatformLevel(4, 5, Standing(TcbStatus::kRevoked, "2018-01-04T00:00:00Z", {"INTEL-SA-00106"}))};
  if (tee == IntelTee::kSgx) return info;
  info.tdx_module.attributes_mask.fill(0xFF);
  for (const std::uint8_t version : {std::uint8_t{3}, std::uint8_t{1}}) {
    TdxModuleIdentity identity;
    identity.version = version;
    identity.module = info.tdx_module;
    identity.levels = PartLevels(5, 3, 2);
    info.tdx_module_identities.push_back(std::move(identity));
  }
  return info;
}

QeIdentity SimulatedIntelPlatform::DescribeQe(IntelTee tee) const {
  QeIdentity identity;
  identity.tee = tee;
  identity.issue_date = options.issue_date;
  identity.next_update = options.next_update;
  identity.evaluation_number = options.tcb_evaluation;
  identity.misc_select_mask.fill(0xFF);
  identity.attributes[0] = 0x11;
  std::fill_n(identity.attributes_mask.begin(), 8, std::uint8_t{0xFF});
  identity.attributes_mask[0] = 0xFB;  // MODE64BIT may be either
  identity.mr_signer.fill(0x51);
  identity.isv_prod_id = tee == IntelTee::kTdx ? 2 : 1;
  identity.levels = PartLevels(8, 6, 4);
  return identity;
}

std::string SimulatedIntelPlatform::Publish(const TcbInfo& info) const {
  Json json = Json::Object{{"version", info.version},
                           {"issueDate", ToRfc3339(info.issue_date)},
                           {"nextUpdate", ToRfc3339(info.next_update)},
                           {"fmspc", UpperHex(info.fmspc)},
                           {"pceId", UpperHex(info.pce_id)},
                           {"tcbType", 0},
                           {"tcbEvaluationDataNumber", info.evaluation_number}};
  if (info.version > 2) json.Set("id", IntelTeeName(info.tee));
  if (info.tee == IntelTee::kTdx) SetModules(json, info);
  Json::Array levels;
  for (const TcbPlatformLevel& level : info.levels) {
    Json tcb, entry;
    SetComponents(tcb, level, info);
    entry.Set("tcb", std::move(tcb));
    SetStanding(entry, level.standing);
    levels.push_back(std::move(entry));
  }
  json.Set("tcbLevels", std::move(levels));
  return PublishText("tcbInfo", json.Dump());
}

std::string SimulatedIntelPlatform::Publish(const QeIdentity& identity) const {
  const Json json = Json::Object{{"id", identity.tee == IntelTee::kTdx ? "TD_QE" : "QE"},
                                 {"version", 2},
                                 {"issueDate", ToRfc3339(identity.issue_date)},
                                 {"nextUpdate", ToRfc3339(identity.next_update)},
                                 {"tcbEvaluationDataNumber", identity.evaluation_number},
                                 {"miscselect", UpperHex(identity.misc_select)},
                                 {"miscselectMask", UpperHex(identity.misc_select_mask)},
                                 {"attributes", UpperHex(identity.attributes)},
                                 {"attributesMask", UpperHex(identity.attributes_mask)},
                                 {"mrsigner", UpperHex(identity.mr_signer)},
                                 {"isvprodid", identity.isv_prod_id},
                                 {"tcbLevels", PartLevels(identity.levels)}};
  return PublishText("enclaveIdentity", json.Dump());
}

std::string SimulatedIntelPlatform::PublishText(std::string_view member, std::string_view inner) const {
  return "{\"" + std::string(member) + "\":" + std::string(inner) + ",\"signature\":\"" +
         ToHex(tcb_key.Sign(AsBytes(inner))) + "\"}";
}

IntelCollateral SimulatedIntelPlatform::Collateral(IntelTee tee) const {
  IntelCollateral collateral;
  collateral.tcb_info = Publish(DescribeTcb(tee));
  collateral.qe_identity = Publish(DescribeQe(tee));
  collateral.tcb_info_issuer_chain = collateral.qe_identity_issuer_chain = tcb_signer.Pem() + root.Pem();
  collateral.root_crl = root_crl.Der();
  collateral.pck_crl = pck_crl.Der();
  return collateral;
}

}  // namespace cloister::evidence
