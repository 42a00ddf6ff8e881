// For the tests of TPMs: a simulated one, its clouds, and what is expected of its quotes.
#pragma once

#include <gtest/gtest.h>

#include "evidence/tpm/enrolled_keys.h"
#include "evidence/tpm/simulated.h"

namespace cloister::evidence {

inline const Time kTpmNow = *FromRfc3339("2026-03-15T00:00:00Z");

// A TPM that measured a boot; made once, since RSA keys take time.
inline const SimulatedTpm& TestTpm() {
  static const SimulatedTpm* const tpm = [] {
    auto* made = new SimulatedTpm(SimulatedTpm::Make(crypto::SignatureAlgorithm::kRs256));
    made->Measure(0, kEvPlatformConfigFlags, AsBytes("firmware"));
    made->Measure(4, kEvIpl, AsBytes("loader"));
    made->Measure(7, kEvSeparator, Bytes(4));
    made->Measure(11, kEvIpl, AsBytes("kernel"));
    return made;
  }();
  return *tpm;
}

// A copy of its state under a new key.
inline SimulatedTpm WithKey(crypto::SignatureAlgorithm algorithm) {
  SimulatedTpm tpm = SimulatedTpm::Make(algorithm);
  tpm.banks = TestTpm().banks;
  return tpm;
}

inline const SimulatedVtpmAuthority& TestAuthority(VtpmCloud cloud) {
  const auto make = [](VtpmCloud of) {
    return new SimulatedVtpmAuthority(*SimulatedVtpmAuthority::Make(of, kTpmNow - std::chrono::days(30), kTpmNow + std::chrono::days(300)));
  };
  static const SimulatedVtpmAuthority* const azure = make(VtpmCloud::kAzure);
  static const SimulatedVtpmAuthority* const google = make(VtpmCloud::kGoogle);
  return cloud == VtpmCloud::kAzure ? *azure : *google;
}

inline TrustAnchors AnchorsNaming(const SimulatedVtpmAuthority& authority) {
  const crypto::Sha256Digest named[] = {authority.root.Fingerprint()};
  return *TrustAnchors::VendorsAndSimulated(authority.Anchors(), named);
}

// UEFI_VARIABLE_DATA of SecureBoot.
inline Bytes SecureBootVariable(std::uint8_t value) {
  return Concat({*FromHex("61dfe48bca93d211aa0d00e098032b8c0a000000000000000100000000000000"),
                 *FromHex("53006500630075007200650042006f006f007400"), Bytes{value}});
}

// All but one.
inline PcrValues Without(const PcrValues& values, unsigned left_out) {
  PcrValues rest;
  for (const auto& [index, value] : values) {
    if (index != left_out) rest[index] = value;
  }
  return rest;
}

inline Bytes TpmTestNonce() { return Bytes(32, 0x5A); }

inline TpmAttestationKey KeyOf(const SimulatedTpm& tpm) { return TpmAttestationKey::KnownToBeRestricted(tpm.key.Public()); }

inline TpmExpectations ExpectingPcrs(const DemandedPcrs& demanded = DemandedPcrs::All()) {
  return {ExpectedTpmNonce::Exactly(TpmTestNonce()), demanded, ExpectedTpmInitData::AnyInitData()};
}

inline Result<VerifiedTpmQuote> VerifyQuoteOf(const SimulatedTpm& tpm, const TpmQuoteEvidence& evidence,
                                              const TpmExpectations& expected = ExpectingPcrs()) {
  return VerifyTpmQuote(evidence, KeyOf(tpm), expected);
}

// The code of a refusal; "accepted" where there was none.
template <class T>
std::string TpmCode(const Result<T>& result) {
  return result.has_value() ? "accepted" : std::string(ErrorCodeName(result.error().code()));
}

}  // namespace cloister::evidence
