#include "evidence/intel/tcb.h"

#include <algorithm>
#include <set>

namespace cloister::evidence {
namespace {

Error Mismatch(const std::string& what) { return Error(ErrorCode::kMismatch, what); }
Error NotSupported(std::string_view what) {
  return Error(ErrorCode::kMismatch,
               "TCB: " + std::string(what) + " is below every level that Intel lists (NotSupported)");
}

template <std::size_t N>
bool MaskedEqual(const std::array<std::uint8_t, N>& value, const std::array<std::uint8_t, N>& mask,
                 const std::array<std::uint8_t, N>& expected) {
  for (std::size_t i = 0; i < N; ++i) {
    if ((value[i] & mask[i]) != expected[i]) return false;
  }
  return true;
}

template <std::size_t N>
bool AtLeast(const std::array<std::uint8_t, N>& value, const std::array<std::uint8_t, N>& least, std::size_t from) {
  for (std::size_t i = from; i < N; ++i) {
    if (value[i] < least[i]) return false;
  }
  return true;
}

// The first level that `svn` reaches.
Result<const TcbStanding*> FindPartLevel(const std::vector<TcbPartLevel>& levels, unsigned svn, std::string_view what) {
  const auto level =
      std::find_if(levels.begin(), levels.end(), [&](const TcbPartLevel& l) { return svn >= l.isv_svn; });
  if (level == levels.end()) return NotSupported(what);
  return &level->standing;
}

Result<void> CheckPlatform(const TcbInfo& info, const QeIdentity& identity, const PckExtension& pck, bool tdx) {
  const IntelTee tee = tdx ? IntelTee::kTdx : IntelTee::kSgx;
  if (info.tee != tee) return Mismatch("TCB info: is for " + std::string(IntelTeeName(info.tee)));
  if (identity.tee != tee) return Mismatch("QE identity: is for " + std::string(IntelTeeName(identity.tee)));
  if (info.fmspc != pck.fmspc) {
    return Mismatch("TCB info: is for FMSPC " + ToHex(info.fmspc) + ", the platform has " + ToHex(pck.fmspc));
  }
  if (info.pce_id != pck.pce_id) {
    return Mismatch("TCB info: is for PCE " + ToHex(info.pce_id) + ", the platform has " + ToHex(pck.pce_id));
  }
  return {};
}

Result<const TcbStanding*> CheckQe(const QeIdentity& identity, const SgxReport& report) {
  if (!MaskedEqual(report.misc_select, identity.misc_select_mask, identity.misc_select)) {
    return Mismatch("QE report: MISCSELECT is not that of the QE identity");
  }
  if (!MaskedEqual(report.attributes, identity.attributes_mask, identity.attributes)) {
    return Mismatch("QE report: ATTRIBUTES are not those of the QE identity");
  }
  if (report.mr_signer != identity.mr_signer) return Mismatch("QE report: MRSIGNER is not that of the QE identity");
  if (report.isv_prod_id != identity.isv_prod_id) {
    return Mismatch("QE report: ISVPRODID is not that of the QE identity");
  }
  return FindPartLevel(identity.levels, report.isv_svn, "the quoting enclave");
}

Result<const TdxModuleIdentity*> FindModule(const TcbInfo& info, std::uint8_t version) {
  for (const TdxModuleIdentity& identity : info.tdx_module_identities) {
    if (identity.version == version) return &identity;
  }
  return Mismatch("TCB info: has no identity of TDX module version " + std::to_string(version));
}

// The module's maker and attributes; its level where it has an identity of its own (version above 0), else nullptr.
Result<const TcbStanding*> CheckModule(const TcbInfo& info, const TdReport& td) {
  const std::uint8_t version = td.tee_tcb_svn[1];
  const TdxModuleIdentity* identity = version > 0 ? TRY(FindModule(info, version)) : nullptr;
  const TdxModule& module = identity != nullptr ? identity->module : info.tdx_module;
  if (td.mr_signer_seam != module.mr_signer) return Mismatch("TD report: MRSIGNERSEAM is not the TDX module's");
  // No attribute is defined yet, so none may be set, whatever the mask says.
  if (td.seam_attributes != std::array<std::uint8_t, 8>{} ||
      !MaskedEqual(td.seam_attributes, module.attributes_mask, module.attributes)) {
    return Mismatch("TD report: SEAMATTRIBUTES are not the TDX module's");
  }
  if (identity == nullptr) return static_cast<const TcbStanding*>(nullptr);
  return FindPartLevel(identity->levels, td.tee_tcb_svn[0], "the TDX module");
}

struct PlatformLevels {
  const TcbStanding* sgx = nullptr;  // first that CPU and PCE reach
  const TcbStanding* all = nullptr;  // first that TDX reaches too; the same for SGX
};

Result<PlatformLevels> FindPlatformLevels(const TcbInfo& info, const PckExtension& pck, const TdReport* td) {
  PlatformLevels found;
  for (const TcbPlatformLevel& level : info.levels) {
    if (!AtLeast(pck.tcb_components, level.sgx_components, 0) || pck.pce_svn < level.pce_svn) continue;
    if (found.sgx == nullptr) found.sgx = &level.standing;
    // Components 0 and 1 say the module's version, which its own identity judges where it has one.
    if (td != nullptr && !AtLeast(td->tee_tcb_svn, level.tdx_components, td->tee_tcb_svn[1] > 0 ? 2 : 0)) continue;
    found.all = &level.standing;
    return found;
  }
  return NotSupported("the platform");
}

// What a part that is out of date or revoked makes of the status so far.
TcbStatus Converge(TcbStatus status, TcbStatus part) {
  if (part == TcbStatus::kRevoked) return TcbStatus::kRevoked;
  if (part != TcbStatus::kOutOfDate) return status;
  switch (status) {
    case TcbStatus::kUpToDate:
    case TcbStatus::kSwHardeningNeeded:
      return TcbStatus::kOutOfDate;
    case TcbStatus::kConfigurationNeeded:
    case TcbStatus::kConfigurationAndSwHardeningNeeded:
      return TcbStatus::kOutOfDateConfigurationNeeded;
    default:
      return status;
  }
}

bool NeedsConfiguration(TcbStatus status) {
  return status == TcbStatus::kConfigurationNeeded || status == TcbStatus::kConfigurationAndSwHardeningNeeded ||
         status == TcbStatus::kOutOfDateConfigurationNeeded;
}

bool IsCurrentBesidesConfiguration(TcbStatus status) {
  return status == TcbStatus::kUpToDate || status == TcbStatus::kSwHardeningNeeded ||
         status == TcbStatus::kConfigurationNeeded || status == TcbStatus::kConfigurationAndSwHardeningNeeded;
}

// Whether the module that runs now (tee_tcb_svn2) is the latest, so that a new start of the TD would be enough.
Result<bool> RunsLatestModule(const TcbInfo& info, const std::array<std::uint8_t, 16>& svn2) {
  const TcbPlatformLevel& latest = info.levels.front();
  unsigned latest_module = latest.tdx_components[0];
  if (svn2[1] > 0) {
    const TdxModuleIdentity* identity = TRY(FindModule(info, svn2[1]));
    if (identity->levels.empty()) return NotSupported("the TDX module that runs now");
    latest_module = identity->levels.front().isv_svn;
  }
  return svn2[0] >= latest_module && svn2[2] >= latest.tdx_components[2];
}

// Step 4.1.2.4.17.4.3: only for TD 1.5 reports, where nothing but the module is out of date.
Result<TcbStatus> CheckRelaunch(const TcbInfo& info, const TdReport& td, TcbStatus sgx, TcbStatus status,
                                const IntelTcb& tcb) {
  const bool out_of_date = status == TcbStatus::kOutOfDate || status == TcbStatus::kOutOfDateConfigurationNeeded;
  if (!td.td15 || tcb.qe->status != TcbStatus::kUpToDate || !IsCurrentBesidesConfiguration(sgx) || !out_of_date ||
      tcb.module == nullptr || tcb.module->status != TcbStatus::kOutOfDate) {
    return status;
  }
  if (!TRY(RunsLatestModule(info, td.td15->tee_tcb_svn2))) return status;
  return NeedsConfiguration(sgx) || NeedsConfiguration(status) ? TcbStatus::kTdRelaunchAdvisedConfigurationNeeded
                                                               : TcbStatus::kTdRelaunchAdvised;
}

}  // namespace

std::vector<std::string> IntelTcb::Advisories() const {
  std::set<std::string> advisories;
  for (const TcbStanding* part : {platform, module, qe}) {
    if (part != nullptr) advisories.insert(part->advisories.begin(), part->advisories.end());
  }
  return {advisories.begin(), advisories.end()};
}

Result<IntelTcb> EvaluateTcb(const TcbInfo& info, const QeIdentity& identity, const PckExtension& pck,
                             const SgxReport& qe_report, const TdReport* td) {
  TRY(CheckPlatform(info, identity, pck, td != nullptr));
  IntelTcb tcb;
  if (td != nullptr) tcb.module = TRY(CheckModule(info, *td));
  tcb.qe = TRY(CheckQe(identity, qe_report));
  const PlatformLevels levels = TRY(FindPlatformLevels(info, pck, td));
  tcb.platform = levels.all;
  tcb.status = tcb.platform->status;
  if (tcb.module != nullptr) tcb.status = Converge(tcb.status, tcb.module->status);
  if (td != nullptr) tcb.status = TRY(CheckRelaunch(info, *td, levels.sgx->status, tcb.status, tcb));
  tcb.status = Converge(tcb.status, tcb.qe->status);
  if (tcb.status == TcbStatus::kRevoked || levels.sgx->status == TcbStatus::kRevoked) {
    return Error(ErrorCode::kRevoked, "TCB: Intel has revoked the level that this platform has");
  }
  tcb.evaluation_number = std::min(info.evaluation_number, identity.evaluation_number);
  tcb.date = std::min(tcb.platform->date, tcb.qe->date);
  if (tcb.module != nullptr) tcb.date = std::min(tcb.date, tcb.module->date);
  return tcb;
}

}  // namespace cloister::evidence
