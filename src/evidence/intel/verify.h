// Verifies quotes of Intel SGX enclaves and TDX trust domains against the trust anchors and Intel's collateral. A
// VerifiedTdx or VerifiedSgx can only be made here.
#pragma once

#include "evidence/anchors.h"
#include "evidence/intel/tcb.h"
#include "formats/json.h"

namespace cloister::evidence {

class PreparedIntelCollateral;
class VerifiedIntelCache;
namespace internal {
class VerifiedIntelChain;
}

// What the verifier got from Intel's service or from its own cache of it. Empty: not at hand.
struct IntelCollateral {
  std::string tcb_info;                  // body of "Get TCB Info", for the quote's TEE and the platform's FMSPC
  std::string tcb_info_issuer_chain;     // PEM: TCB signing certificate, root
  std::string qe_identity;               // body of "Get QE Identity" or "Get TD QE Identity"
  std::string qe_identity_issuer_chain;  // PEM, as above
  Bytes root_crl;                        // of the root; DER or PEM
  Bytes pck_crl;                         // of the Processor or Platform CA that issued the PCK certificate; DER or PEM
  std::string pck_chain;                 // PEM, for quotes that don't carry one: PCK certificate, CA, root
};

// What must be at hand. All but the first are weaker; the claims then say what was not checked.
enum class IntelCollateralRule {
  kEverything,            // TCB info, QE identity, both revocation lists
  kTcbWithoutRevocation,  // TCB info and QE identity; lists are used where they are at hand
  kSignaturesOnly,        // neither is looked at: nothing is known of TCB and quoting enclave; lists as above
};

// A field that the caller expects, or its word that any value will do.
template <std::size_t N>
class ExpectedField {
 public:
  using Value = std::array<std::uint8_t, N>;
  static ExpectedField Exactly(const Value& value) { return ExpectedField(value); }
  static ExpectedField AnyValue() { return ExpectedField(std::nullopt); }
  bool Fits(const Value& value) const { return !value_ || *value_ == value; }

 private:
  explicit ExpectedField(std::optional<Value> value) : value_(value) {}
  std::optional<Value> value_;
};

struct TdxExpectations {
  std::array<std::uint8_t, 64> report_data;  // over the verifier's own nonce
  ExpectedField<48> mr_config_id;            // init-data
  IntelCollateralRule collateral;
  // TCB info and QE identity of an earlier tcbEvaluationDataNumber are refused: Intel serves several at once, and an
  // old one calls platforms up to date that are not.
  std::uint32_t minimum_tcb_evaluation;
};

struct SgxExpectations {
  std::array<std::uint8_t, 64> report_data;
  ExpectedField<64> config_id;
  IntelCollateralRule collateral;
  std::uint32_t minimum_tcb_evaluation;
};

// When what went into a verification was issued, and until when all of it holds.
struct IntelDates {
  Time earliest_issue, latest_issue, earliest_expiration;
};

// What is known of the platform that made a quote, the same for SGX and TDX.
class VerifiedIntelPlatform {
 public:
  const PckExtension& pck() const;
  bool platform_ca() const;  // the PCK certificate comes from the Platform CA, not from the Processor CA
  const Root& root() const;
  bool revocation_checked() const;  // of the CA, the PCK certificate and, if it counted, the TCB signer
  const std::optional<IntelTcb>& tcb() const { return tcb_; }  // none under kSignaturesOnly
  IntelDates dates() const;

  // Adds the claims about the platform, named at VerifiedTdx::Claims().
  void SetClaims(formats::Json& claims) const;

 private:
  friend struct IntelVerification;
  VerifiedIntelPlatform(std::shared_ptr<const internal::VerifiedIntelChain> chain, std::optional<IntelTcb> tcb)
      : chain_(std::move(chain)), tcb_(std::move(tcb)) {}
  std::shared_ptr<const internal::VerifiedIntelChain> chain_;
  std::optional<IntelTcb> tcb_;
};

// A TD's quote that hardware (or, where root().simulated says so, a simulator) vouches for, over the nonce of the
// verifier.
class VerifiedTdx {
 public:
  const IntelQuoteFields& quote() const { return quote_; }
  const TdReport& report() const { return std::get<TdReport>(quote_.body); }
  const VerifiedIntelPlatform& platform() const { return platform_; }

  // Claims for a policy. Bytes are lower-case hex, dates RFC 3339.
  // Of all TEEs: tee "tdx", measurement (MRTD), report_data, init_data (MRCONFIGID), debug, simulated, root_sha256,
  //   revocation, tcb_status, advisory_ids, collateral_expires, hardware_id (PPID).
  // Of TDX: quote_version, body_type, rtmr0 to rtmr3, mr_seam, xfam, td_migratable, tee_tcb_svn;
  //   of TD 1.5: tee_tcb_svn2, mr_service_td.
  // Of the platform (also of SGX): collateral ("checked", "without_revocation", "signatures_only": the last has no
  //   tcb_… and advisory_ids at all), fmspc, pce_id, pce_svn, pck_ca ("platform", "processor"), platform_tcb_status,
  //   module_tcb_status (where the module has an identity), qe_tcb_status, and the same with _date.
  // Trustee's: quote{header, body, type, size}, td_attributes{debug, key_locker, perfmon, protection_keys,
  //   septve_disable}, platform_instance_id (as there, in reverse to the certificate), platform_provider_id, sgx_type,
  //   is_dynamic_platform, is_cached_keys, is_smt_enabled, root_key_id, tcb_date (earliest of all parts), tcb_eval_num,
  //   earliest_issue_date, latest_issue_date, earliest_expiration_date, collateral_expiration_status ("0": nothing
  //   expired is accepted), pck_crl_num, root_ca_crl_num.
  formats::Json Claims() const;

 private:
  friend struct IntelVerification;
  VerifiedTdx(const IntelQuoteFields& quote, VerifiedIntelPlatform platform)
      : quote_(quote), platform_(std::move(platform)) {}
  IntelQuoteFields quote_;
  VerifiedIntelPlatform platform_;
};

// An enclave's quote, likewise.
class VerifiedSgx {
 public:
  const IntelQuoteFields& quote() const { return quote_; }
  const SgxReport& report() const { return std::get<SgxReport>(quote_.body); }
  const VerifiedIntelPlatform& platform() const { return platform_; }

  // As VerifiedTdx::Claims() with tee "sgx", measurement (MRENCLAVE), init_data (CONFIGID); of SGX: quote_version,
  // mr_signer, isv_prod_id, isv_svn (numbers), provision_key, mode64; Trustee's: header, body.
  formats::Json Claims() const;

 private:
  friend struct IntelVerification;
  VerifiedSgx(const IntelQuoteFields& quote, VerifiedIntelPlatform platform)
      : quote_(quote), platform_(std::move(platform)) {}
  IntelQuoteFields quote_;
  VerifiedIntelPlatform platform_;
};

// Success proves: an anchor's root leads to the PCK certificate, which signed the quoting enclave's report, which names
// the attestation key, which signed the quote; all certificates, lists, TCB info and QE identity hold at `at` and were
// signed under the same root key; they are for this TEE and platform and not older than expected; nothing is revoked
// (as far as revocation_checked() goes); the quoting enclave and TDX module are Intel's; the TCB has a level, which is
// not revoked; no reserved attribute bit is set; and report data and MRCONFIGID are as expected. The caller's policy
// still judges debug, measurements, tcb().status, advisories, revocation and simulated roots. Errors: kMalformed,
// kUnsupported, kLimit, kNotFound (collateral that the rule asks for), kUntrusted, kExpired, kRevoked, kStale
// (evaluation number), kMismatch (all that was expected; platforms below every level).
Result<VerifiedTdx> VerifyTdx(ByteSpan quote, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const TdxExpectations& expected, Time at);
// The same for an enclave.
Result<VerifiedSgx> VerifySgx(ByteSpan quote, const IntelCollateral& collateral, const TrustAnchors& anchors,
                              const SgxExpectations& expected, Time at);

// The same, where `cache` spares every signature but the quote's if it saw the rest before (verified_intel_cache.h).
// For programs that verify often.
Result<VerifiedTdx> VerifyTdx(ByteSpan quote, const PreparedIntelCollateral& collateral, const TrustAnchors& anchors,
                              const TdxExpectations& expected, Time at, VerifiedIntelCache& cache);
Result<VerifiedSgx> VerifySgx(ByteSpan quote, const PreparedIntelCollateral& collateral, const TrustAnchors& anchors,
                              const SgxExpectations& expected, Time at, VerifiedIntelCache& cache);

}  // namespace cloister::evidence
