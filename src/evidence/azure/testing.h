// For the tests of Azure's machines: simulated ones on simulated processors.
#pragma once

#include "evidence/azure/simulated.h"
#include "evidence/intel/testing.h"
#include "evidence/snp/testing.h"
#include "evidence/tpm/testing.h"

namespace cloister::evidence {

// Under a key of its own, made once.
inline const SimulatedAzureMachine& TestAzure() {
  static const auto* const machine = new SimulatedAzureMachine(
      SimulatedAzureMachine::Make(WithKey(crypto::SignatureAlgorithm::kRs256), TpmTestNonce()));
  return *machine;
}

inline AzureExpectations ExpectingAzure() { return {ExpectingPcrs(), AzureUserData::kMustBeNonce}; }

inline SnpCollateral AzureSnpIssuers() { return {TestProcessor().Certificates()}; }

inline Result<VerifiedAzureSnp> VerifySnpMachine(const AzureSnpEvidence& evidence, const AzureExpectations& expected = ExpectingAzure()) {
  return VerifyAzureSnp(evidence, AzureSnpIssuers(), AnchorsNaming(TestProcessor()), expected, kTestNow);
}

inline Result<VerifiedAzureTdx> VerifyTdxMachine(const AzureTdxEvidence& evidence, const AzureExpectations& expected = ExpectingAzure()) {
  return VerifyAzureTdx(evidence, TestIntel().Collateral(IntelTee::kTdx), AnchorsNaming(TestIntel()),
                        {expected, IntelCollateralRule::kEverything, 17}, kIntelNow);
}

}  // namespace cloister::evidence
