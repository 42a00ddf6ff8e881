// Where a platform stands: Intel's algorithm (SGX/TDX DCAP Quote Verification, "TCB status" steps; the numbers are of
// the Quote Verification Library's design).
#pragma once

#include "evidence/intel/collateral.h"
#include "evidence/intel/pck.h"

namespace cloister::evidence {

// The verdict of TCB info and QE identity on one quote. The standings are borrowed from them.
struct IntelTcb {
  TcbStatus status = TcbStatus::kOutOfDate;  // of all parts together
  const TcbStanding* platform = nullptr;     // TDX: of the level that fits CPU, PCE and TDX
  const TcbStanding* module = nullptr;       // TDX module, where it has an identity of its own
  const TcbStanding* qe = nullptr;
  Time date;                            // the earliest of the parts'
  std::uint32_t evaluation_number = 0;  // the lower of TCB info's and QE identity's

  // Of all parts, sorted, each once.
  std::vector<std::string> Advisories() const;
};

// `info` and `identity` must have been verified, and must outlive what is given. Success proves that both are for the
// TEE of the quote and TCB info for the platform of `pck`, that `qe_report` is of the quoting enclave that the identity
// describes, and for a TD, that its module is one that TCB info describes; and that the levels found are not revoked.
// `td`: for TDX only. kMismatch (another TEE, FMSPC, PCE, enclave or module; or below every level, Intel's
// NotSupported); kRevoked.
Result<IntelTcb> EvaluateTcb(const TcbInfo& info, const QeIdentity& identity, const PckExtension& pck,
                             const SgxReport& qe_report, const TdReport* td);

}  // namespace cloister::evidence
