// The parts of a SIMULATED machine: what a CPU or all devices sign, and what verifying that takes.
#pragma once

#include "evidence/intel/simulated.h"
#include "evidence/snp/simulated.h"
#include "formats/json.h"
#include "simulator/machine.h"

namespace cloister::simulator {

struct MachinePart {
  formats::Json evidence;  // as the KBS protocol carries it
  std::map<std::string, Bytes> collateral;
  evidence::SimulatedAnchors anchors;
};

// What the CPU of `options` signs over `report_data` and, unless it is null, the digest of its init-data. Faults of the CPU
// alone are in it already.
Result<MachinePart> ShowCpu(const MachineOptions& options, const std::array<std::uint8_t, 64>& report_data,
                            const Bytes& init_data_digest, Time now, crypto::RandomSource& random);

// The same of a machine whose TPM signs for it: by itself, under Google's word, or on a processor of Azure's.
Result<MachinePart> ShowTpm(const MachineOptions& options, const std::array<std::uint8_t, 64>& report_data,
                            const Bytes& init_data_digest, Time now, crypto::RandomSource& random);

// AMD's and Intel's part, with the faults of certificates and firmware; and what verifying their evidence takes.
Result<evidence::SimulatedSnpProcessor> MakeProcessor(const MachineOptions& options, Time now, crypto::RandomSource& random);
Result<evidence::SimulatedIntelPlatform> MakePlatform(const MachineOptions& options, Time now, crypto::RandomSource& random);
void Vouch(const evidence::SimulatedSnpProcessor& processor, MachinePart& part);
void Vouch(const evidence::SimulatedIntelPlatform& platform, evidence::IntelTee tee, MachinePart& part);

// Nitro's document over the nonce; its collateral and anchors.
Result<std::pair<Bytes, MachinePart>> ShowNitro(const MachineOptions& options, Time now);

// All devices over `nonce`, as one member of the additional evidence; `later` is what the host shows after the CPU has signed.
struct MachineDevices {
  MachinePart part;
  formats::Json later;
};
Result<MachineDevices> ShowDevices(const MachineOptions& options, const std::array<std::uint8_t, 32>& nonce, Time now,
                                   crypto::RandomSource& random);

}  // namespace cloister::simulator
