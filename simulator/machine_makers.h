// The authorities and chips of one SIMULATED machine, each made when it is first needed and kept: what the machine shows later is
// under the same roots.
#pragma once

#include "evidence/azure/simulated.h"
#include "evidence/cca/simulated.h"
#include "evidence/nvidia/simulated.h"
#include "simulator/machine.h"

namespace cloister::simulator {

// With the faults of certificates, firmware and collateral that the options name.
class MachineMakers {
 public:
  MachineMakers(MachineOptions options, Time now, crypto::RandomSource& random) : options_(std::move(options)), now_(now), random_(random) {}

  const MachineOptions& options() const { return options_; }
  Time now() const { return now_; }
  crypto::RandomSource& random() { return random_; }

  Result<const evidence::SimulatedSnpProcessor*> Processor();
  Result<const evidence::SimulatedIntelPlatform*> Platform();
  const evidence::SimulatedCca& Cca();
  // With what was measured at its boot; `init_data_digest` where it is launched with any, 32 bytes (kMalformed).
  Result<const evidence::SimulatedTpm*> Tpm(const Bytes& init_data_digest);
  Result<const evidence::SimulatedVtpmAuthority*> Google();
  // With such a TPM; the caller sets its user data.
  Result<evidence::SimulatedAzureMachine*> Azure(const Bytes& init_data_digest);
  Result<const evidence::SimulatedNvidia*> Nvidia();
  Result<std::span<const evidence::SimulatedNvidiaDevice>> Devices();
  // Others of the same maker, as many.
  Result<std::vector<evidence::SimulatedNvidiaDevice>> MakeDevices();

 private:
  MachineOptions options_;
  Time now_;
  crypto::RandomSource& random_;
  std::optional<evidence::SimulatedSnpProcessor> processor_;
  std::optional<evidence::SimulatedIntelPlatform> platform_;
  std::optional<evidence::SimulatedCca> cca_;
  std::optional<evidence::SimulatedTpm> tpm_;
  std::optional<evidence::SimulatedVtpmAuthority> google_;
  std::optional<evidence::SimulatedAzureMachine> azure_;
  std::optional<evidence::SimulatedNvidia> nvidia_;
  std::optional<std::vector<evidence::SimulatedNvidiaDevice>> devices_;
};

}  // namespace cloister::simulator
