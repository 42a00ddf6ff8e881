// SIMULATED: NVIDIA's certificate authorities and devices made of software, whose evidence is byte-exact and worth nothing. For
// cloister-simulator and for tests; production programs link none of it.
#pragma once

#include "crypto/ocsp_builder.h"
#include "crypto/random.h"
#include "evidence/nvidia/system.h"

namespace cloister::evidence {

struct SimulatedNvidiaOptions {
  Time not_before;  // of all certificates
  Time not_after;   // of the manifests' certificates and the OCSP answers; devices' own never end, as NVIDIA's
  std::string driver_version = "550.90.07";
  std::string vbios_version = "96.00.9F.00.01";
  std::string switch_bios_version = "96.10.55.00.01";
};

// One GPU or switch.
struct SimulatedNvidiaDevice {
  NvidiaArchitecture architecture;
  std::string chip;
  std::vector<crypto::Certificate> chain;  // leaf first
  crypto::SigningKey leaf_key;
  std::array<std::uint8_t, kNvidiaFwidSize> fwid;
  Bytes pdi;                // 8 bytes; of a switch, as others name it
  NvidiaOpaqueData opaque;  // of its reports

  // What the device would sign for `nonce`, for callers that change it before Sign().
  NvidiaReport Report(const NvidiaNonce& nonce) const;
  // `report` signed, as bytes.
  Bytes Sign(NvidiaReport report) const;
  NvidiaEvidence Evidence(const NvidiaNonce& nonce) const;
  NvidiaEvidence Evidence(const NvidiaReport& report) const;
};

// The authorities: one chain for devices, one for manifests, and a responder for each issuer. Every name says SIMULATED.
class SimulatedNvidia {
 public:
  // kUsage: options out of range.
  static Result<SimulatedNvidia> Make(const SimulatedNvidiaOptions& options);

  // A device that is connected to none.
  Result<SimulatedNvidiaDevice> MakeDevice(NvidiaArchitecture architecture, crypto::RandomSource& random) const;
  // Hopper GPUs in protected PCIe mode, then switches, all connected with each other.
  Result<std::vector<SimulatedNvidiaDevice>> MakeSystem(std::size_t gpus, std::size_t switches,
                                                        crypto::RandomSource& random) const;

  // The manifests that fit the devices of a line, for callers that change them before SignRim(). A switch has no driver.
  NvidiaRim DriverRim(NvidiaArchitecture architecture) const;
  NvidiaRim VbiosRim(NvidiaArchitecture architecture) const;
  Bytes SignRim(const NvidiaRim& rim) const;
  // The text before it is signed, and any text with a signature put into it.
  static std::string RimText(const NvidiaRim& rim);
  Bytes SignRimText(const std::string& text) const;

  // What the issuer's responder says of `certificate`, one of a device's chain or of rim_chain().
  crypto::OcspResponse Answer(const crypto::Certificate& certificate, const crypto::OcspAnswer& answer) const;
  // "good", from not_before to not_after.
  crypto::OcspAnswer Good() const { return {.this_update = options_.not_before, .next_update = options_.not_after}; }

  // Everything that verifying `devices` needs: manifests and good answers.
  NvidiaCollateral Collateral(std::span<const SimulatedNvidiaDevice> devices) const;
  SimulatedAnchors Anchors() const;
  // The vendors' and these.
  TrustAnchors Trusted() const;
  const std::vector<crypto::Certificate>& rim_chain() const { return rim_chain_; }  // signer first

 private:
  struct Issuer {
    crypto::Certificate certificate;
    crypto::SigningKey key;
  };
  explicit SimulatedNvidia(const SimulatedNvidiaOptions& options) : options_(options) {}
  Result<void> AddIssuers();
  const Issuer& IssuerOf(const crypto::Certificate& certificate) const;

  SimulatedNvidiaOptions options_;
  std::vector<Issuer> issuers_;  // device root, identity, provisioner; RIM root, RIM authority
  std::vector<crypto::Certificate> rim_chain_;
  std::optional<crypto::SigningKey> rim_key_, responder_key_;
};

}  // namespace cloister::evidence
