// Verifies the evidence of NVIDIA GPUs and NVSwitches against the trust anchors. A VerifiedNvidiaDevice can only be made here;
// a whole machine of several devices is in system.h.
#pragma once

#include "evidence/anchors.h"
#include "evidence/nvidia/architecture.h"
#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/collateral.h"
#include "evidence/nvidia/compare.h"
#include "evidence/nvidia/report.h"
#include "evidence/nvidia/rim.h"
#include "evidence/nvidia/verified_cache.h"
#include "formats/json.h"

namespace cloister::evidence {

// What one device hands over. Everything in it comes from outside.
struct NvidiaEvidence {
  NvidiaArchitecture architecture;  // must be what the certificate says
  Bytes report;
  std::string certificates;  // PEM, the leaf first, five
  std::string uuid;          // how the sender calls it, at most 64 bytes; nothing signs that
  bool operator==(const NvidiaEvidence&) const = default;
};

// kMustMatch: a GPU needs the manifests of its driver and of its VBIOS, a switch that of its BIOS, and all must fit.
// kNotCompared proves nothing about the firmware, and the claims say so.
enum class NvidiaMeasurements { kMustMatch, kNotCompared };
// kMustBeGood: an OCSP answer for each certificate of a chain but its root. The leaf of a device chain has none: its issuer is
// the chip itself, whose own certificate is checked.
enum class NvidiaRevocation { kMustBeGood, kNotChecked };

struct NvidiaExpectations {
  NvidiaNonce nonce;  // the verifier's own, or the first 32 bytes of the report data that binds it
  NvidiaMeasurements measurements;
  NvidiaRevocation revocation;
};

// A report that a chip (or, where simulated() says so, a simulator) signed for the verifier's nonce.
class VerifiedNvidiaDevice {
 public:
  const NvidiaReport& report() const { return report_; }
  const NvidiaDeviceInfo& info() const { return info_; }
  NvidiaArchitecture architecture() const { return chain_->architecture(); }
  const std::string& chip() const { return chain_->chip(); }
  const crypto::Certificate& leaf() const { return chain_->leaf(); }
  const Bytes& hardware_id() const { return chain_->hardware_id(); }
  // None where measurements were not compared. Nothing mismatched, or VerifyNvidia would have refused.
  const std::optional<NvidiaComparison>& comparison() const { return comparison_; }
  NvidiaRevocation revocation() const { return revocation_; }
  const Root& root() const { return chain_->root(); }
  // The device's root or one of a manifest is a simulator's.
  bool simulated() const { return simulated_; }

  // Claims for a policy. Bytes are lower-case hex. What is not there was not in the report, or not checked.
  //   tee              "nvidia-gpu" or "nvidia-switch"
  //   measurement      the FWID of the leaf certificate: SHA-384 of the firmware that signs
  //   report_data      the nonce
  //   measurements_compared (bool), measurements_compared_count; rim_driver_version, rim_driver_tag_id, rim_vbios_version,
  //                    rim_vbios_tag_id, rim_root_sha256: of the manifests that all fitted
  //   fwid_in_report   whether the report itself names the leaf's FWID too (old drivers don't)
  //   chip, driver_version, vbios_version ("96.00.9F.00.01"), project, project_sku, chip_sku
  //   protected_pcie, nvdec0_enabled (bool); feature_flag (hex: single-GPU, multi-GPU or protected-PCIe mode)
  //   hardware_id, leaf_serial, root_sha256, revocation ("checked" or "not_checked"), collateral_expires, simulated
  //   debug_state      always "not_in_report": whether the driver is in developer mode is not signed, so there is no claim `debug`
  // and Trustee's arch ("Hopper"), uuid (not signed), measurements {block: hex} and config {…}.
  formats::Json Claims() const;

 private:
  friend class internal::NvidiaEndorsements;
  using Rim = std::shared_ptr<const VerifiedNvidiaRim>;
  static Result<VerifiedNvidiaDevice> Verify(const NvidiaEvidence& evidence, internal::NvidiaEndorsements& endorsements,
                                             const NvidiaExpectations& expected);
  Result<void> Compare(internal::NvidiaEndorsements& endorsements, const NvidiaExpectations& expected);
  Result<Rim> UseRim(std::string_view what, const std::optional<NvidiaText>& version,
                     internal::NvidiaEndorsements& endorsements, const NvidiaExpectations& expected);
  void ExpiresBy(Time time);
  void SetDeviceClaims(formats::Json& claims) const;
  void SetRimClaims(formats::Json& claims) const;
  formats::Json TrusteeConfig() const;
  VerifiedNvidiaDevice(const NvidiaReport& report, const NvidiaDeviceInfo& info, std::string_view uuid,
                       std::shared_ptr<const VerifiedNvidiaChain> chain)
      : report_(report), info_(info), uuid_(uuid), chain_(std::move(chain)), simulated_(chain_->root().simulated) {}
  NvidiaReport report_;
  NvidiaDeviceInfo info_;
  NvidiaText uuid_;
  std::shared_ptr<const VerifiedNvidiaChain> chain_;
  bool simulated_;
  std::optional<NvidiaComparison> comparison_;
  Rim driver_rim_, vbios_rim_;  // null where none was used
  NvidiaRevocation revocation_ = NvidiaRevocation::kNotChecked;
  std::optional<Time> collateral_expires_;
};

// Success proves: the chain in `evidence` ends at an anchor for NVIDIA devices and is valid at `at`; its leaf, of the stated
// architecture, signed the report, and has the FWID that the report names if it names one; the report carries
// `expected.nonce`; and, as `expected` asks, that the measurements are what manifests for this chip and these versions say, and
// that no certificate is revoked. The caller's policy still judges versions, simulated() and, where it was not asked for, what
// was not checked. That CPU and GPU belong together only the CPU's report data can say: put the nonce, or a hash over this
// evidence, there.
// Errors: kMalformed, kUnsupported, kLimit, kUntrusted, kExpired, kRevoked, kMismatch, kNotFound (a manifest or answer is not
// at hand), kConflict (two manifests that differ, or that claim one measurement).
Result<VerifiedNvidiaDevice> VerifyNvidia(const NvidiaEvidence& evidence, const NvidiaCollateral& collateral,
                                          const TrustAnchors& anchors, const NvidiaExpectations& expected, Time at);

// The same, where `cache` spares signatures of chains, manifests and answers that it saw before, and does not allocate once it
// has. For programs that verify often.
Result<VerifiedNvidiaDevice> VerifyNvidia(const NvidiaEvidence& evidence, const PreparedNvidiaCollateral& collateral,
                                          const TrustAnchors& anchors, const NvidiaExpectations& expected, Time at,
                                          NvidiaVerifiedCache& cache);

}  // namespace cloister::evidence
