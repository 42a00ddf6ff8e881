// All NVIDIA devices of one machine, verified as a whole.
#pragma once

#include "evidence/nvidia/verify.h"

namespace cloister::evidence {

// kProtectedPcie: GPUs that trust the links between them, so that switches belong to what is attested: every GPU is in
// protected PCIe mode and names exactly these switches, and every switch names as many GPUs as there are, all the same.
// kIndependent: each GPU encrypts what leaves it; only number and identity of the devices are checked.
enum class NvidiaTopology { kProtectedPcie, kIndependent };

struct NvidiaSystemExpectations {
  NvidiaExpectations device;  // of each
  std::size_t gpus;           // exactly so many; an HGX machine has 8 and 4
  std::size_t switches;
  NvidiaTopology topology;
};

class VerifiedNvidiaSystem {
 public:
  // In the order of the evidence.
  const std::vector<VerifiedNvidiaDevice>& devices() const { return devices_; }
  bool simulated() const;

  // tee ("nvidia"), report_data (the nonce), gpu_count, switch_count, topology ("protected_pcie" or "independent"), simulated,
  // revocation, measurements_compared, collateral_expires (the earliest), devices [the claims of each].
  formats::Json Claims() const;

 private:
  friend Result<VerifiedNvidiaSystem> VerifyNvidiaSystem(std::span<const NvidiaEvidence>, const PreparedNvidiaCollateral&,
                                                         const TrustAnchors&, const NvidiaSystemExpectations&, Time,
                                                         NvidiaVerifiedCache&);
  VerifiedNvidiaSystem(std::vector<VerifiedNvidiaDevice> devices, const NvidiaSystemExpectations& expected)
      : devices_(std::move(devices)), expected_(expected) {}
  std::vector<VerifiedNvidiaDevice> devices_;
  NvidiaSystemExpectations expected_;
};

// Success proves that each device verifies (VerifyNvidia) for the same nonce, that they are exactly as many GPUs and switches as
// expected and no chip is there twice, and, for kProtectedPcie, that they are connected to each other alone. One device that
// fails refuses the whole. A switch list of GPUs is by number alone: reports of GPUs don't name themselves in it.
// Errors: those of VerifyNvidia, with the device's number; kMismatch (number, a chip twice, mode, topology); kLimit.
Result<VerifiedNvidiaSystem> VerifyNvidiaSystem(std::span<const NvidiaEvidence> devices, const NvidiaCollateral& collateral,
                                                const TrustAnchors& anchors, const NvidiaSystemExpectations& expected, Time at);
Result<VerifiedNvidiaSystem> VerifyNvidiaSystem(std::span<const NvidiaEvidence> devices, const PreparedNvidiaCollateral& collateral,
                                                const TrustAnchors& anchors, const NvidiaSystemExpectations& expected, Time at,
                                                NvidiaVerifiedCache& cache);

}  // namespace cloister::evidence
