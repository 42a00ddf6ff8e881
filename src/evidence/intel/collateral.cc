#include "evidence/intel/collateral.h"

#include "evidence/intel/internal/signed_json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumLevels = 256;
constexpr std::size_t kMaximumModules = 64;
constexpr std::size_t kMaximumAdvisories = 256;
constexpr std::int64_t kMaximumU16 = 0xFFFF;
constexpr std::int64_t kMaximumU32 = 0xFFFFFFFF;

struct StatusName {
  TcbStatus status;
  std::string_view name;
};

constexpr StatusName kStatusNames[] = {
    {TcbStatus::kUpToDate, "UpToDate"},
    {TcbStatus::kSwHardeningNeeded, "SWHardeningNeeded"},
    {TcbStatus::kConfigurationNeeded, "ConfigurationNeeded"},
    {TcbStatus::kConfigurationAndSwHardeningNeeded, "ConfigurationAndSWHardeningNeeded"},
    {TcbStatus::kOutOfDate, "OutOfDate"},
    {TcbStatus::kOutOfDateConfigurationNeeded, "OutOfDateConfigurationNeeded"},
    {TcbStatus::kTdRelaunchAdvised, "TDRelaunchAdvised"},
    {TcbStatus::kTdRelaunchAdvisedConfigurationNeeded, "TDRelaunchAdvisedConfigurationNeeded"},
    {TcbStatus::kRevoked, "Revoked"},
};

enum class LevelOf { kPlatform, kPart };

bool MayOccur(TcbStatus status, LevelOf what) {
  switch (status) {
    case TcbStatus::kUpToDate:
    case TcbStatus::kOutOfDate:
    case TcbStatus::kRevoked:
      return true;
    case TcbStatus::kTdRelaunchAdvised:
    case TcbStatus::kTdRelaunchAdvisedConfigurationNeeded:
      return false;  // only ever found out, see tcb.h
    default:
      return what == LevelOf::kPlatform;
  }
}

Result<TcbStatus> ReadStatus(const Json& level, LevelOf what) {
  const std::string text = TRY(level.GetString("tcbStatus"));
  for (const StatusName& known : kStatusNames) {
    if (text == known.name && MayOccur(known.status, what)) return known.status;
  }
  return Error(ErrorCode::kUnsupported, "tcbStatus: a status that has no place here");
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> GetHex(const Json& json, std::string_view key) {
  return TRY_WITH(key, ToArray<N>(TRY(FromHex(TRY(json.GetString(key))))));
}

Result<Time> GetTime(const Json& json, std::string_view key) {
  return TRY_WITH(key, FromRfc3339(TRY(json.GetString(key))));
}

Result<const Json::Array*> GetArray(const Json& json, std::string_view key, std::size_t most) {
  const Json::Array* array = TRY(json.GetArray(key));
  if (array->size() > most) {
    return Error(ErrorCode::kLimit, std::string(key) + ": over " + std::to_string(most) + " elements");
  }
  return array;
}

Result<TcbStanding> ReadStanding(const Json& level, LevelOf what) {
  TcbStanding standing;
  standing.status = TRY(ReadStatus(level, what));
  standing.date = TRY(GetTime(level, "tcbDate"));
  if (level.Find("advisoryIDs") == nullptr) return standing;
  for (const Json& id : *TRY(GetArray(level, "advisoryIDs", kMaximumAdvisories))) {
    standing.advisories.push_back(TRY(id.AsString()));
  }
  return standing;
}

Result<std::vector<TcbPartLevel>> ReadPartLevels(const Json& json) {
  std::vector<TcbPartLevel> levels;
  for (const Json& level : *TRY(GetArray(json, "tcbLevels", kMaximumLevels))) {
    const Json& tcb = *TRY(level.GetObject("tcb"));
    const auto svn = static_cast<std::uint16_t>(TRY(tcb.GetIntIn("isvsvn", 0, kMaximumU16)));
    TcbStanding standing = TRY_WITH("tcbLevels", ReadStanding(level, LevelOf::kPart));
    levels.push_back({svn, std::move(standing)});
  }
  return levels;
}

Result<std::array<std::uint8_t, 16>> ReadComponents(const Json& tcb, std::string_view key) {
  const Json::Array& array = *TRY(tcb.GetArray(key));
  std::array<std::uint8_t, 16> components{};
  if (array.size() != components.size()) {
    return Error(ErrorCode::kMalformed, std::string(key) + ": expected 16, got " + std::to_string(array.size()));
  }
  for (std::size_t i = 0; i < array.size(); ++i) {
    components[i] = static_cast<std::uint8_t>(TRY_WITH(key, array[i].GetIntIn("svn", 0, 0xFF)));
  }
  return components;
}

// Version 2 has a member for each component.
Result<std::array<std::uint8_t, 16>> ReadComponentsOfVersion2(const Json& tcb) {
  std::array<std::uint8_t, 16> components{};
  for (std::size_t i = 0; i < components.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string key = "sgxtcbcomp" + std::string(number.size() == 1 ? "0" : "") + number + "svn";
    components[i] = static_cast<std::uint8_t>(TRY(tcb.GetIntIn(key, 0, 0xFF)));
  }
  return components;
}

Result<TcbPlatformLevel> ReadPlatformLevel(const Json& json, const TcbInfo& info) {
  const Json& tcb = *TRY(json.GetObject("tcb"));
  TcbPlatformLevel level;
  level.sgx_components =
      info.version == 2 ? TRY(ReadComponentsOfVersion2(tcb)) : TRY(ReadComponents(tcb, "sgxtcbcomponents"));
  level.pce_svn = static_cast<std::uint16_t>(TRY(tcb.GetIntIn("pcesvn", 0, kMaximumU16)));
  if (info.tee == IntelTee::kTdx) level.tdx_components = TRY(ReadComponents(tcb, "tdxtcbcomponents"));
  level.standing = TRY(ReadStanding(json, LevelOf::kPlatform));
  return level;
}

Result<TdxModule> ReadModule(const Json& json) {
  TdxModule module;
  module.mr_signer = TRY(GetHex<48>(json, "mrsigner"));
  module.attributes = TRY(GetHex<8>(json, "attributes"));
  module.attributes_mask = TRY(GetHex<8>(json, "attributesMask"));
  return module;
}

// "TDX_01": the number is hex, as Intel writes the byte of tee_tcb_svn.
Result<std::uint8_t> ReadModuleVersion(const Json& json) {
  const std::string id = TRY(json.GetString("id"));
  if (!id.starts_with("TDX_")) return Error(ErrorCode::kUnsupported, "id: expected TDX_ and a version");
  return TRY_WITH("id", ToArray<1>(TRY(FromHex(id.substr(4)))))[0];
}

Result<void> ReadModuleIdentities(const Json& json, TcbInfo& info) {
  if (json.Find("tdxModuleIdentities") == nullptr) return {};
  for (const Json& entry : *TRY(GetArray(json, "tdxModuleIdentities", kMaximumModules))) {
    const std::uint8_t version = TRY(ReadModuleVersion(entry));
    for (const TdxModuleIdentity& other : info.tdx_module_identities) {
      if (other.version == version) return Error(ErrorCode::kMalformed, "tdxModuleIdentities: a version twice");
    }
    TdxModuleIdentity identity;
    identity.version = version;
    identity.module = TRY(ReadModule(entry));
    identity.levels = TRY(ReadPartLevels(entry));
    info.tdx_module_identities.push_back(std::move(identity));
  }
  return {};
}

Result<IntelTee> ReadTcbInfoTee(const Json& json, unsigned version) {
  if (version == 2) return IntelTee::kSgx;
  const std::string id = TRY(json.GetString("id"));
  if (id == "SGX") return IntelTee::kSgx;
  if (id == "TDX") return IntelTee::kTdx;
  return Error(ErrorCode::kUnsupported, "id: expected SGX or TDX");
}

Result<TcbInfo> ReadTcbInfo(const Json& json) {
  TcbInfo info;
  const std::int64_t version = TRY(json.GetInt("version"));
  if (version != 2 && version != 3) {
    return Error(ErrorCode::kUnsupported, "expected version 2 or 3, got " + std::to_string(version));
  }
  info.version = static_cast<unsigned>(version);
  info.tee = TRY(ReadTcbInfoTee(json, info.version));
  info.issue_date = TRY(GetTime(json, "issueDate"));
  info.next_update = TRY(GetTime(json, "nextUpdate"));
  info.fmspc = TRY(GetHex<6>(json, "fmspc"));
  info.pce_id = TRY(GetHex<2>(json, "pceId"));
  if (TRY(json.GetInt("tcbType")) != 0) return Error(ErrorCode::kUnsupported, "tcbType: expected 0");
  info.evaluation_number = static_cast<std::uint32_t>(TRY(json.GetIntIn("tcbEvaluationDataNumber", 0, kMaximumU32)));
  if (info.tee == IntelTee::kTdx) {
    info.tdx_module = TRY_WITH("tdxModule", ReadModule(*TRY(json.GetObject("tdxModule"))));
    TRY(ReadModuleIdentities(json, info));
  }
  for (const Json& level : *TRY(GetArray(json, "tcbLevels", kMaximumLevels))) {
    info.levels.push_back(TRY_WITH("tcbLevels", ReadPlatformLevel(level, info)));
  }
  return info;
}

Result<QeIdentity> ReadQeIdentity(const Json& json) {
  QeIdentity identity;
  const std::string id = TRY(json.GetString("id"));
  if (id != "QE" && id != "TD_QE") return Error(ErrorCode::kUnsupported, "id: expected QE or TD_QE");
  identity.tee = id == "QE" ? IntelTee::kSgx : IntelTee::kTdx;
  const std::int64_t version = TRY(json.GetInt("version"));
  if (version != 2) return Error(ErrorCode::kUnsupported, "expected version 2, got " + std::to_string(version));
  identity.issue_date = TRY(GetTime(json, "issueDate"));
  identity.next_update = TRY(GetTime(json, "nextUpdate"));
  identity.evaluation_number =
      static_cast<std::uint32_t>(TRY(json.GetIntIn("tcbEvaluationDataNumber", 0, kMaximumU32)));
  identity.misc_select = TRY(GetHex<4>(json, "miscselect"));
  identity.misc_select_mask = TRY(GetHex<4>(json, "miscselectMask"));
  identity.attributes = TRY(GetHex<16>(json, "attributes"));
  identity.attributes_mask = TRY(GetHex<16>(json, "attributesMask"));
  identity.mr_signer = TRY(GetHex<32>(json, "mrsigner"));
  identity.isv_prod_id = static_cast<std::uint16_t>(TRY(json.GetIntIn("isvprodid", 0, kMaximumU16)));
  identity.levels = TRY(ReadPartLevels(json));
  return identity;
}

}  // namespace

std::string_view TcbStatusName(TcbStatus status) {
  for (const StatusName& known : kStatusNames) {
    if (known.status == status) return known.name;
  }
  CHECK(false);
}

Result<SignedCollateral<TcbInfo>> ParseTcbInfo(std::string_view body) {
  const auto found = TRY_WITH("TCB info", internal::FindSignedJson(body, "tcbInfo"));
  TcbInfo info = TRY_WITH("TCB info", ReadTcbInfo(found.content));
  return SignedCollateral<TcbInfo>{std::move(info), found.signed_bytes, found.signature};
}

Result<SignedCollateral<QeIdentity>> ParseQeIdentity(std::string_view body) {
  const auto found = TRY_WITH("QE identity", internal::FindSignedJson(body, "enclaveIdentity"));
  QeIdentity identity = TRY_WITH("QE identity", ReadQeIdentity(found.content));
  return SignedCollateral<QeIdentity>{std::move(identity), found.signed_bytes, found.signature};
}

}  // namespace cloister::evidence
