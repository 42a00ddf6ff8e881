// For the tests of Nitro documents: a simulated hypervisor, and what is expected of its documents.
#pragma once

#include <gtest/gtest.h>

#include "evidence/nitro/chain_cache.h"
#include "evidence/nitro/simulated.h"

namespace cloister::evidence {

inline const Time kNitroNow = *FromRfc3339("2026-03-15T12:00:00Z");

inline SimulatedNitroOptions NitroOptions(SimulatedNitroFault fault = SimulatedNitroFault::kNone) {
  return {.not_before = kNitroNow - std::chrono::days(1),
          .not_after = kNitroNow + std::chrono::days(20),
          .leaf_not_before = kNitroNow - std::chrono::minutes(5),
          .leaf_not_after = kNitroNow + std::chrono::minutes(175),
          .fault = fault};
}

// Made once.
inline const SimulatedNitro& TestNitro() {
  static const SimulatedNitro* const nitro = new SimulatedNitro(*SimulatedNitro::Make(NitroOptions()));
  return *nitro;
}

inline TrustAnchors NitroAnchors(const SimulatedNitro& nitro) {
  const crypto::Sha256Digest named[] = {nitro.root.Fingerprint()};
  return *TrustAnchors::VendorsAndSimulated(nitro.Anchors(), named);
}

inline Bytes NitroNonce() { return Bytes(32, 0x5A); }

inline NitroExpectations NitroExpecting(NitroTime time = NitroTime::kFresh) {
  return {.time = time,
          .skew = std::chrono::minutes(5),
          .nonce = ExpectedNitroField::Exactly(NitroNonce()),
          .user_data = ExpectedNitroField::Absent(),
          .public_key = ExpectedNitroField::Absent()};
}

inline Result<VerifiedNitro> VerifyTestNitro(ByteSpan document, const SimulatedNitro& nitro = TestNitro(),
                                             const NitroExpectations& expected = NitroExpecting(),
                                             Time at = kNitroNow) {
  return VerifyNitro(document, {}, NitroAnchors(nitro), expected, at);
}

// A good document of `nitro`, written as `form` says.
inline Bytes SignedNitro(const SimulatedNitroForm& form = {}, const SimulatedNitro& nitro = TestNitro()) {
  return nitro.Sign(nitro.Document(kNitroNow, NitroNonce()), form);
}

// kInternal where it verifies.
template <class T>
ErrorCode NitroCode(const Result<T>& result) {
  return result ? ErrorCode::kInternal : result.error().code();
}

}  // namespace cloister::evidence
