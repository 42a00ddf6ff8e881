// For this folder's tests: a simulated platform, what a verifier expects of it, and ways to change bytes.
#pragma once

#include <gtest/gtest.h>

#include "evidence/intel/simulated.h"
#include "evidence/intel/verified_intel_cache.h"

namespace cloister::evidence {

inline const Time kIntelNow = *FromRfc3339("2026-03-15T00:00:00Z");

inline SimulatedIntelOptions IntelTestOptions() {
  SimulatedIntelOptions options;
  options.not_before = kIntelNow - std::chrono::days(365);
  options.not_after = kIntelNow + std::chrono::days(3650);
  options.issue_date = kIntelNow - std::chrono::days(10);
  options.next_update = kIntelNow + std::chrono::days(20);
  return options;
}

inline SimulatedIntelPlatform MakeIntel(const SimulatedIntelOptions& options) {
  return *SimulatedIntelPlatform::Make(options, crypto::SystemRandom());
}

inline const SimulatedIntelPlatform& TestIntel() {
  static const auto* const platform = new SimulatedIntelPlatform(MakeIntel(IntelTestOptions()));
  return *platform;
}

inline TrustAnchors AnchorsNaming(const SimulatedIntelPlatform& platform) {
  const crypto::Sha256Digest named[] = {platform.root.Fingerprint()};
  return *TrustAnchors::VendorsAndSimulated(platform.Anchors(), named);
}

inline std::array<std::uint8_t, 64> IntelNonce() {
  std::array<std::uint8_t, 64> nonce;
  nonce.fill(0x5A);
  return nonce;
}

inline TdxExpectations ExpectingTd() {
  return {.report_data = IntelNonce(),
          .mr_config_id = ExpectedField<48>::AnyValue(),
          .collateral = IntelCollateralRule::kEverything,
          .minimum_tcb_evaluation = 17};
}

inline SgxExpectations ExpectingSgx() {
  return {.report_data = IntelNonce(),
          .config_id = ExpectedField<64>::AnyValue(),
          .collateral = IntelCollateralRule::kEverything,
          .minimum_tcb_evaluation = 17};
}

// A TD's quote of version 4 and its verification on `platform`, all as it should be unless the arguments say otherwise.
inline Bytes TdQuote(const SimulatedIntelPlatform& platform) { return platform.Quote(platform.Td(IntelNonce()), 4); }

inline Result<VerifiedTdx> VerifyTd(const SimulatedIntelPlatform& platform, ByteSpan quote,
                                    const IntelCollateral& collateral, const TdxExpectations& expected = ExpectingTd(),
                                    Time at = kIntelNow) {
  return VerifyTdx(quote, collateral, AnchorsNaming(platform), expected, at);
}

inline Result<VerifiedTdx> VerifyTd(const SimulatedIntelPlatform& platform, ByteSpan quote) {
  return VerifyTd(platform, quote, platform.Collateral(IntelTee::kTdx));
}

// The code of a refusal; a message where there was none.
template <class T>
std::string CodeOf(const Result<T>& result) {
  return result.has_value() ? "accepted" : std::string(ErrorCodeName(result.error().code()));
}

inline std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace cloister::evidence
