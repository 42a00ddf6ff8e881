// For this folder's tests: simulated authorities and devices, made once.
#pragma once

#include <gtest/gtest.h>

#include "evidence/nvidia/simulated.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {

inline const SimulatedNvidia& TestNvidia() {
  static const auto* const vendor = new SimulatedNvidia(*SimulatedNvidia::Make(
      {.not_before = kTestNow - std::chrono::days(30), .not_after = kTestNow + std::chrono::days(30)}));
  return *vendor;
}

inline SimulatedNvidiaDevice NewNvidiaDevice(NvidiaArchitecture architecture = NvidiaArchitecture::kHopper) {
  return *TestNvidia().MakeDevice(architecture, crypto::SystemRandom());
}

// Made once; tests that change a device make their own.
inline const SimulatedNvidiaDevice& TestGpu() {
  static const auto* const device = new SimulatedNvidiaDevice(NewNvidiaDevice());
  return *device;
}

inline const NvidiaCollateral& TestGpuCollateral() {
  static const auto* const collateral = new NvidiaCollateral(TestNvidia().Collateral({&TestGpu(), 1}));
  return *collateral;
}

inline NvidiaNonce TestNvidiaNonce() {
  NvidiaNonce nonce;
  nonce.fill(0x5A);
  return nonce;
}

inline NvidiaExpectations NvidiaEverything() {
  return {.nonce = TestNvidiaNonce(),
          .measurements = NvidiaMeasurements::kMustMatch,
          .revocation = NvidiaRevocation::kMustBeGood};
}

inline NvidiaExpectations NvidiaReportOnly() {
  return {.nonce = TestNvidiaNonce(),
          .measurements = NvidiaMeasurements::kNotCompared,
          .revocation = NvidiaRevocation::kNotChecked};
}

// The code of a refusal.
template <class T>
ErrorCode RefusalOf(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::kInternal : result.error().code();
}

}  // namespace cloister::evidence
