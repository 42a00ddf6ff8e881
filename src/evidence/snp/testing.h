// For this module's tests: a simulated processor, and the shared vectors where they are at hand.
#pragma once

#include <gtest/gtest.h>

#include "base/file.h"
#include "evidence/snp/simulated.h"

namespace cloister::evidence {

inline const Time kTestNow = *FromRfc3339("2026-03-15T00:00:00Z");

inline SimulatedSnpOptions TestOptions() {
  return {.not_before = kTestNow - std::chrono::days(30),
          .not_after = kTestNow + std::chrono::days(3650),
          .vcek_not_after = kTestNow + std::chrono::days(365),
          .rsa_bits = 2048};
}

// Made once: RSA keys take time.
inline const SimulatedSnpProcessor& TestProcessor() {
  static const SimulatedSnpProcessor* const processor =
      new SimulatedSnpProcessor(*SimulatedSnpProcessor::Make(TestOptions(), crypto::SystemRandom()));
  return *processor;
}

inline TrustAnchors AnchorsNaming(const SimulatedSnpProcessor& processor) {
  const crypto::Sha256Digest named[] = {processor.ark.Fingerprint()};
  return *TrustAnchors::VendorsAndSimulated(processor.Anchors(), named);
}

inline std::array<std::uint8_t, 64> TestNonce() {
  std::array<std::uint8_t, 64> nonce;
  nonce.fill(0x5A);
  return nonce;
}

inline SnpExpectations Expecting(const std::array<std::uint8_t, 64>& report_data) {
  return {.report_data = report_data,
          .host_data = ExpectedHostData::AnyHostData(),
          .vmpl = SnpVmpl::kOnlyZero,
          .chip_id = SnpChipId::kMustMatchCertificate};
}

inline std::filesystem::path SharedVectors() { return std::filesystem::path(CLOISTER_SHARED_DIR) / "vectors"; }
inline bool HaveVectors() { return std::filesystem::exists(SharedVectors() / "MANIFEST.json"); }
inline Bytes Vector(const std::string& path) { return *ReadFile(SharedVectors() / path, 1 << 20); }

}  // namespace cloister::evidence
