// What Intel's Provisioning Certification Service says of platforms and quoting enclaves: TCB info and QE identity
// (Intel PCS API, "Get TCB Info" and "Get QE Identity"). Intel signs the exact bytes of the inner object; nothing here
// writes them again.
#pragma once

#include "base/time.h"
#include "evidence/intel/quote.h"

namespace cloister::evidence {

// Intel's words for how a platform stands.
enum class TcbStatus {
  kUpToDate,
  kSwHardeningNeeded,
  kConfigurationNeeded,
  kConfigurationAndSwHardeningNeeded,
  kOutOfDate,
  kOutOfDateConfigurationNeeded,
  kTdRelaunchAdvised,
  kTdRelaunchAdvisedConfigurationNeeded,
  kRevoked,
};
// "UpToDate", "SWHardeningNeeded" and so on.
std::string_view TcbStatusName(TcbStatus status);

// What Intel says of one level of a part, and since when it is known by that date's standard.
struct TcbStanding {
  TcbStatus status = TcbStatus::kOutOfDate;
  Time date;
  std::vector<std::string> advisories;  // "INTEL-SA-…"
  bool operator==(const TcbStanding&) const = default;
};

// A level of a part that has one number: a TDX module or a quoting enclave. Only UpToDate, OutOfDate and Revoked occur.
struct TcbPartLevel {
  std::uint16_t isv_svn = 0;
  TcbStanding standing;
};

struct TcbPlatformLevel {
  std::array<std::uint8_t, 16> sgx_components{};
  std::uint16_t pce_svn = 0;
  std::array<std::uint8_t, 16> tdx_components{};  // TDX only
  TcbStanding standing;                           // never one of the TD relaunch words
};

// Whose module a TDX module has to be.
struct TdxModule {
  std::array<std::uint8_t, 48> mr_signer{};
  std::array<std::uint8_t, 8> attributes{};
  std::array<std::uint8_t, 8> attributes_mask{};
};

struct TdxModuleIdentity {
  std::uint8_t version = 0;  // of "TDX_01": 1
  TdxModule module;
  std::vector<TcbPartLevel> levels;  // highest first
};

struct TcbInfo {
  IntelTee tee = IntelTee::kSgx;
  unsigned version = 3;  // 2 (SGX only) or 3
  Time issue_date, next_update;
  std::array<std::uint8_t, 6> fmspc{};
  std::array<std::uint8_t, 2> pce_id{};
  std::uint32_t evaluation_number = 0;  // tcbEvaluationDataNumber
  TdxModule tdx_module;                 // TDX only
  std::vector<TdxModuleIdentity> tdx_module_identities;
  std::vector<TcbPlatformLevel> levels;  // highest first, as Intel lists them
};

// Of the quoting enclave for `tee`: "QE" or "TD_QE".
struct QeIdentity {
  IntelTee tee = IntelTee::kSgx;
  Time issue_date, next_update;
  std::uint32_t evaluation_number = 0;
  std::array<std::uint8_t, 4> misc_select{}, misc_select_mask{};  // in the order of the report's bytes
  std::array<std::uint8_t, 16> attributes{}, attributes_mask{};
  std::array<std::uint8_t, 32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<TcbPartLevel> levels;  // highest first
};

// A body as Intel's service sends it: {"tcbInfo": {…}, "signature": "r || s in hex"}, or "enclaveIdentity".
// `signed_bytes` borrows exactly the inner object from the body.
template <class T>
struct SignedCollateral {
  T content;  // read from signed_bytes, which nobody has verified
  std::string_view signed_bytes;
  std::array<std::uint8_t, 64> signature{};
};

// Strict: one JSON object with exactly the two members, each member once at every depth. Members that we don't know are
// passed over in the inner object. At most 512 KiB, 256 levels, 64 modules, 256 advisories each.
// kMalformed; kUnsupported: another version, id, TCB type or status; kLimit.
Result<SignedCollateral<TcbInfo>> ParseTcbInfo(std::string_view body);
Result<SignedCollateral<QeIdentity>> ParseQeIdentity(std::string_view body);

}  // namespace cloister::evidence
