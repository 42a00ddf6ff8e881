// Verifies Azure's confidential virtual machines: a virtual TPM inside the machine quotes what was booted, and the hardware's own
// report covers that TPM's key. VerifiedAzureSnp and VerifiedAzureTdx can only be made here.
//
// The chain of trust: AMD's or Intel's root -> report or quote over the runtime data -> HCLAkPub -> TPM quote over the nonce. What
// makes HCLAkPub a TPM's key is Azure's paravisor, so that the PCRs are worth as much as the hardware's measurement of it: a
// policy that does not know `measurement` knows nothing of the PCRs.
#pragma once

#include "evidence/azure/hcl_report.h"
#include "evidence/intel/verify.h"
#include "evidence/snp/verify.h"
#include "evidence/tpm/verify.h"

namespace cloister::evidence {

// What a machine hands over. Everything in it comes from outside.
struct AzureSnpEvidence {
  Bytes hcl_report;
  TpmQuoteEvidence quote;
  std::vector<SnpCertificate> certificates;  // the VCEK
};

struct AzureTdxEvidence {
  Bytes hcl_report;
  TpmQuoteEvidence quote;
  Bytes td_quote;
};

// Whether the user data that the hardware's report covers must be the quote's nonce, as version 2 of Trustee's evidence has it:
// then the hardware signed over the nonce too, not only the TPM. The version is the attester's word, which nothing signs: whoever
// needs the nonce in the hardware's report looks at nonce_in_hardware_report().
enum class AzureUserData { kAnyOrNone, kMustBeNonce };

struct AzureExpectations {
  TpmExpectations tpm;
  AzureUserData user_data;
};

struct AzureTdxExpectations {
  AzureExpectations machine;
  IntelCollateralRule collateral;
  std::uint32_t minimum_tcb_evaluation;  // as TdxExpectations has it
};

class VerifiedAzureSnp {
 public:
  const VerifiedSnp& snp() const { return snp_; }
  const VerifiedTpmQuote& quote() const { return quote_; }
  const HclRuntimeData& runtime_data() const { return runtime_data_; }
  bool nonce_in_hardware_report() const { return nonce_in_hardware_report_; }  // user-data are the nonce that was demanded

  // VerifiedSnp::Claims() and VerifiedTpmQuote::SetClaims(); tee "az-snp-vtpm", measurement (of the paravisor), report_data (the
  // TPM's nonce), init_data (PCR 8), user_data, nonce_in_hardware_report, secure_boot, vm_configuration (Azure's object); Trustee's:
  // tpm {pcr00 … pcr23}.
  formats::Json Claims() const;

 private:
  friend Result<VerifiedAzureSnp> VerifyAzureSnp(const AzureSnpEvidence&, const SnpCollateral&, const TrustAnchors&,
                                                 const AzureExpectations&, Time);
  VerifiedAzureSnp(VerifiedSnp snp, VerifiedTpmQuote quote, HclRuntimeData runtime_data, bool nonce)
      : snp_(std::move(snp)), quote_(std::move(quote)), runtime_data_(std::move(runtime_data)), nonce_in_hardware_report_(nonce) {}
  VerifiedSnp snp_;
  VerifiedTpmQuote quote_;
  HclRuntimeData runtime_data_;
  bool nonce_in_hardware_report_;
};

class VerifiedAzureTdx {
 public:
  const VerifiedTdx& td() const { return td_; }
  const VerifiedTpmQuote& quote() const { return quote_; }
  const HclRuntimeData& runtime_data() const { return runtime_data_; }
  bool nonce_in_hardware_report() const { return nonce_in_hardware_report_; }  // user-data are the nonce that was demanded

  // As VerifiedAzureSnp::Claims(), with VerifiedTdx::Claims() and tee "az-tdx-vtpm".
  formats::Json Claims() const;

 private:
  friend Result<VerifiedAzureTdx> VerifyAzureTdx(const AzureTdxEvidence&, const IntelCollateral&, const TrustAnchors&,
                                                 const AzureTdxExpectations&, Time);
  VerifiedAzureTdx(VerifiedTdx td, VerifiedTpmQuote quote, HclRuntimeData runtime_data, bool nonce)
      : td_(std::move(td)), quote_(std::move(quote)), runtime_data_(std::move(runtime_data)), nonce_in_hardware_report_(nonce) {}
  VerifiedTdx td_;
  VerifiedTpmQuote quote_;
  HclRuntimeData runtime_data_;
  bool nonce_in_hardware_report_;
};

// Success proves what VerifySnp does of a report by VMPL 0 whose report data are the digest of the runtime data, and what
// VerifyTpmQuote does of the quote by the key that they name. The caller's policy still judges all of both: measurement first.
// Errors: those of VerifySnp, VerifyTpmQuote, ParseHclReport, ParseHclRuntimeData; kMismatch: another TEE's report, user data.
Result<VerifiedAzureSnp> VerifyAzureSnp(const AzureSnpEvidence& evidence, const SnpCollateral& collateral, const TrustAnchors& anchors,
                                        const AzureExpectations& expected, Time at);
// The same with VerifyTdx. What counts is the TD quote; the TDREPORT in the HCL report cannot be checked from outside, and is not
// looked at.
Result<VerifiedAzureTdx> VerifyAzureTdx(const AzureTdxEvidence& evidence, const IntelCollateral& collateral, const TrustAnchors& anchors,
                                        const AzureTdxExpectations& expected, Time at);

}  // namespace cloister::evidence
