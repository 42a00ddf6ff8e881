// The certificates of an NVIDIA chip: what stays true of them, and what time changes. Evidence is verified by VerifyNvidia.
#pragma once

#include "evidence/anchors.h"
#include "evidence/nvidia/architecture.h"
#include "evidence/nvidia/report.h"

namespace cloister::evidence {

// A chain whose signatures, form and anchor were checked. Immutable.
class VerifiedNvidiaChain {
 public:
  // `chain`: exactly five, leaf first: firmware's key, the chip's key, provisioner, identity of the line, Device Identity CA.
  // Success proves that each was signed by the next, the last is an anchor for NVIDIA devices, all are valid at `at`, and the
  // leaf may sign and names its chip and its firmware (FWID). Errors: kUntrusted, kExpired, kMalformed, kUnsupported.
  static Result<VerifiedNvidiaChain> Verify(std::vector<crypto::Certificate> chain, const TrustAnchors& anchors, Time at);

  // kExpired: one of them is not valid at `at`.
  Result<void> CheckAt(Time at) const;

  const std::vector<crypto::Certificate>& certificates() const { return certificates_; }
  const crypto::Certificate& leaf() const { return certificates_[0]; }
  const crypto::VerifyingKey& key() const { return key_; }
  const Root& root() const { return root_; }
  NvidiaArchitecture architecture() const { return architecture_; }
  const std::string& chip() const { return chip_; }  // "GH100", "GB100", "LS10"
  const std::array<std::uint8_t, kNvidiaFwidSize>& fwid() const { return fwid_; }
  // Serial of the certificate of the chip's own key: the same whatever firmware runs.
  const Bytes& hardware_id() const { return hardware_id_; }

 private:
  VerifiedNvidiaChain(std::vector<crypto::Certificate> certificates, crypto::VerifyingKey key, Root root,
                      NvidiaArchitecture architecture, std::string chip, std::array<std::uint8_t, kNvidiaFwidSize> fwid)
      : certificates_(std::move(certificates)), key_(std::move(key)), root_(std::move(root)), architecture_(architecture),
        chip_(std::move(chip)), fwid_(fwid), hardware_id_(certificates_[1].Serial()) {}
  std::vector<crypto::Certificate> certificates_;
  crypto::VerifyingKey key_;
  Root root_;
  NvidiaArchitecture architecture_;
  std::string chip_;
  std::array<std::uint8_t, kNvidiaFwidSize> fwid_;
  Bytes hardware_id_;
};

// kExpired: one of `certificates` is not valid at `at`; `what` names the chain.
Result<void> CheckAllValid(std::span<const crypto::Certificate> certificates, std::string_view what, Time at);

}  // namespace cloister::evidence
