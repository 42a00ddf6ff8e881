// SIMULATED: a confidential virtual machine as Azure runs them, on the SIMULATED processors of snp/ and intel/, with a SIMULATED TPM.
// For simulators and tests; production programs link none of it.
#pragma once

#include "evidence/azure/json.h"
#include "evidence/intel/simulated.h"
#include "evidence/snp/simulated.h"
#include "evidence/tpm/simulated.h"

namespace cloister::evidence {

struct SimulatedAzureMachine {
  SimulatedTpm tpm;
  formats::Json runtime_data;  // what the hardware's report covers

  // With `user_data` (up to 64 bytes, padded) as the guest's.
  static SimulatedAzureMachine Make(SimulatedTpm tpm, ByteSpan user_data);
  // Other user data from now on.
  void SetUserData(ByteSpan user_data);
  Bytes RuntimeBytes() const;

  // Evidence over `nonce`; `vmpl` is who asked the processor.
  AzureSnpEvidence OnSnp(const SimulatedSnpProcessor& processor, ByteSpan nonce, std::uint32_t vmpl = 0) const;
  AzureTdxEvidence OnTdx(const SimulatedIntelPlatform& platform, ByteSpan nonce) const;
};

}  // namespace cloister::evidence
