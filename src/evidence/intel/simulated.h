// SIMULATED: an Intel platform made of software: root, PCK, quoting enclaves for SGX and TDX, and the provisioning
// service that describes them. Its quotes and collateral are byte-exact and worth nothing. For cloister-simulator and
// for tests; production programs link none of it.
#pragma once

#include "crypto/random.h"
#include "crypto/x509_builder.h"
#include "evidence/intel/verify.h"

namespace cloister::evidence {

// Where the platform stands is what `pck` and `qe_isv_svn` say against the levels of DescribeTcb() and DescribeQe().
struct SimulatedIntelOptions {
  Time not_before, not_after;        // of all certificates
  Time issue_date, next_update;      // of TCB info, QE identity and both lists
  bool platform_ca = true;           // or the Processor CA
  PckExtension pck = UpToDatePck();  // Make() draws the PPID
  std::uint16_t qe_isv_svn = 8;      // 8 is up to date, 6 out of date, 4 revoked, 3 below all levels
  bool qe_debug = false;
  bool revoke_pck = false, revoke_ca = false, revoke_tcb_signer = false;
  std::uint32_t tcb_evaluation = 17;

  // All components 8, PCE 13. Components of 6 are out of date, 4 revoked, 3 below all levels.
  static PckExtension UpToDatePck();
};

struct SimulatedIntelPlatform {
  SimulatedIntelOptions options;
  crypto::SigningKey root_key, ca_key, pck_key, tcb_key, attestation_key;
  crypto::Certificate root, ca, pck, tcb_signer;
  crypto::Crl root_crl, pck_crl;

  // A new platform with a root of its own; every name says SIMULATED. kUsage: options out of range.
  static Result<SimulatedIntelPlatform> Make(const SimulatedIntelOptions& options, crypto::RandomSource& random);

  // A TD with SEPT_VE_DISABLE under module version 1, ISVSVN 5 (up to date; 3 is out of date, 2 revoked); an enclave.
  // For callers that change them before Prepare().
  TdReport Td(const std::array<std::uint8_t, 64>& report_data) const;
  SgxReport Enclave(const std::array<std::uint8_t, 64>& report_data) const;
  // A quote of `version` over `body` with everything but its signatures, for callers that change it before Sign(). A
  // bug (CHECK): TD 1.5 in a version below 5, or a TD in version 3.
  IntelQuote Prepare(const std::variant<SgxReport, TdReport>& body, std::uint16_t version) const;
  // Has the quoting enclave name the attestation key, the PCK sign its report, and the key sign header and body.
  Bytes Sign(IntelQuote quote) const;
  Bytes Quote(const std::variant<SgxReport, TdReport>& body, std::uint16_t version) const;

  // What the provisioning service says of this kind of platform, for callers that change it before Publish().
  TcbInfo DescribeTcb(IntelTee tee) const;
  QeIdentity DescribeQe(IntelTee tee) const;
  std::string Publish(const TcbInfo& info) const;
  std::string Publish(const QeIdentity& identity) const;
  // {"`member`": `inner`, "signature": …} with a signature over exactly `inner`.
  std::string PublishText(std::string_view member, std::string_view inner) const;
  // All of it, current.
  IntelCollateral Collateral(IntelTee tee) const;

  // Lists of the root and of the PCK's CA, with number and what they revoke.
  Result<crypto::Crl> RootList(std::uint64_t number, std::span<const crypto::Certificate> revoked) const;
  Result<crypto::Crl> PckList(std::uint64_t number, std::span<const crypto::Certificate> revoked) const;

  // As quotes carry it: PEM of PCK certificate, CA and root, and a NUL.
  std::string PckChain() const;
  SimulatedAnchors Anchors() const;
};

}  // namespace cloister::evidence
