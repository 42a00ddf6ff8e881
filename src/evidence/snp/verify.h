// Verifies SNP evidence against the trust anchors. A VerifiedSnp can only be made here.
#pragma once

#include "evidence/anchors.h"
#include "evidence/snp/certificate_table.h"
#include "evidence/snp/vek.h"
#include "formats/json.h"

namespace cloister::evidence {

class VerifiedChainCache;
namespace internal {
class VerifiedSnpChain;
}

// What a guest hands over. Everything in it comes from outside.
struct SnpEvidence {
  Bytes report;
  std::vector<SnpCertificate> certificates;  // the VEK at least, unless the verifier has it
};

// Endorsements that the verifier keeps itself: ASKs, ARKs, revocation lists, perhaps VEKs, of any number of lines. Where
// they fit they are used before what came with the evidence.
struct SnpCollateral {
  std::vector<SnpCertificate> certificates;
};

enum class SnpRevocation { kChecked, kNotChecked };
// VMPL 0 alone, or any level of the guest. What the host asked for (VMPL 0xFFFFFFFF) is always refused.
enum class SnpVmpl { kOnlyZero, kAnyGuestLevel };
// Whether a VCEK-signed report may have its chip id masked to zero.
enum class SnpChipId { kMustMatchCertificate, kMayBeMasked };

// HOST_DATA that the caller expects, or its word that any will do.
class ExpectedHostData {
 public:
  static ExpectedHostData Exactly(const std::array<std::uint8_t, 32>& value) { return ExpectedHostData(value); }
  static ExpectedHostData AnyHostData() { return ExpectedHostData(std::nullopt); }
  bool Fits(const std::array<std::uint8_t, 32>& value) const { return !value_ || *value_ == value; }

 private:
  explicit ExpectedHostData(std::optional<std::array<std::uint8_t, 32>> value) : value_(value) {}
  std::optional<std::array<std::uint8_t, 32>> value_;
};

struct SnpExpectations {
  std::array<std::uint8_t, 64> report_data;  // over the verifier's own nonce
  ExpectedHostData host_data;
  SnpVmpl vmpl;
  SnpChipId chip_id;
};

// A VEK whose certificates lead to a trust anchor. Copies share what was verified.
class VerifiedSnpVek {
 public:
  const SnpVek& vek() const;
  const SnpRoot& root() const;
  SnpRevocation revocation() const;

 private:
  friend class VerifiedSnp;
  friend Result<VerifiedSnpVek> VerifySnpVek(std::span<const SnpCertificate>, const SnpCollateral&, const TrustAnchors&,
                                             Time);
  static Result<VerifiedSnpVek> Verify(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                       const TrustAnchors& anchors, Time at, VerifiedChainCache* cache);
  explicit VerifiedSnpVek(std::shared_ptr<const internal::VerifiedSnpChain> chain) : chain_(std::move(chain)) {}
  std::shared_ptr<const internal::VerifiedSnpChain> chain_;
};

// Success proves that the VEK among `presented` (or in `collateral`) was signed by an ASK (ASVK for a VLEK) that was signed
// by an anchor's ARK, that all are valid at `at`, that the VEK names the anchor's line, and, if revocation() says so, that
// the ARK's current list does not name the ASK. Errors: kMalformed, kUnsupported, kNotFound (no certificate fits),
// kUntrusted, kExpired, kRevoked, kMismatch (line).
Result<VerifiedSnpVek> VerifySnpVek(std::span<const SnpCertificate> presented, const SnpCollateral& collateral,
                                    const TrustAnchors& anchors, Time at);

// A report that hardware (or, where simulated() says so, a simulator) signed, for the nonce that the verifier chose.
class VerifiedSnp {
 public:
  const SnpReport& report() const { return report_; }
  const SnpVek& vek() const { return vek_.vek(); }
  SnpProduct product() const { return vek_.vek().product; }
  SnpRevocation revocation() const { return vek_.revocation(); }
  bool simulated() const { return vek_.root().simulated; }
  const SnpRoot& root() const { return vek_.root(); }
  const SnpTcb& current_tcb() const { return current_tcb_; }
  const SnpTcb& reported_tcb() const { return vek_.vek().tcb; }
  const SnpTcb& committed_tcb() const { return committed_tcb_; }
  const SnpTcb& launch_tcb() const { return launch_tcb_; }

  // Claims for a policy, flat (docs/claims.md). Trustee's names where it has one (policy_debug_allowed, reported_tcb_snp,
  // measurement, …), ours for the rest (tee, debug, hardware_id, vmpl, revocation, simulated, …). Bytes are lower-case hex.
  formats::Json Claims() const;

 private:
  friend Result<VerifiedSnp> VerifySnp(const SnpEvidence&, const SnpCollateral&, const TrustAnchors&,
                                       const SnpExpectations&, Time);
  friend Result<VerifiedSnp> VerifySnp(const SnpEvidence&, const SnpCollateral&, const TrustAnchors&,
                                       const SnpExpectations&, Time, VerifiedChainCache&);
  static Result<VerifiedSnp> Verify(const SnpEvidence& evidence, const SnpCollateral& collateral,
                                    const TrustAnchors& anchors, const SnpExpectations& expected, Time at,
                                    VerifiedChainCache* cache);
  VerifiedSnp(SnpReport report, VerifiedSnpVek vek, SnpTcb current, SnpTcb committed, SnpTcb launch)
      : report_(std::move(report)), vek_(std::move(vek)), current_tcb_(current), committed_tcb_(committed),
        launch_tcb_(launch) {}
  SnpReport report_;
  VerifiedSnpVek vek_;
  SnpTcb current_tcb_, committed_tcb_, launch_tcb_;
};

// Success proves, beyond VerifySnpVek: the VEK signed the report; the report names the VEK's kind, line, chip and exactly
// its TCB; and report data, host data and VMPL are as expected. The caller's policy still judges measurement, debug,
// migration, TCB minimums, revocation() and simulated().
// Errors: those of VerifySnpVek; kUntrusted (signature, no signing key), kMismatch (all that was expected).
Result<VerifiedSnp> VerifySnp(const SnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                              const SnpExpectations& expected, Time at);

// The same, where `cache` spares the chain's signatures if it saw exactly these certificates under these anchors before
// (snp/verified_chain_cache.h). For programs that verify often.
Result<VerifiedSnp> VerifySnp(const SnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                              const SnpExpectations& expected, Time at, VerifiedChainCache& cache);

}  // namespace cloister::evidence
