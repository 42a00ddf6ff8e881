// The parts of a SIMULATED machine: what a CPU or all devices sign, and what verifying that takes.
#pragma once

#include "formats/json.h"
#include "simulator/machine_makers.h"

namespace cloister::simulator {

struct MachinePart {
  formats::Json evidence;  // as the KBS protocol carries it
  std::map<std::string, Bytes> collateral;
  evidence::SimulatedAnchors anchors;
};

// What the machine's CPU signs over `report_data` and, unless it is null, the digest of its init-data. Faults of the CPU alone are
// in it already.
Result<MachinePart> ShowCpu(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data_digest);

// The same of a machine whose TPM signs for it: by itself, under Google's word, or on a processor of Azure's.
Result<MachinePart> ShowTpm(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data_digest);

// What verifying AMD's and Intel's evidence takes.
void Vouch(const evidence::SimulatedSnpProcessor& processor, MachinePart& part);
void Vouch(const evidence::SimulatedIntelPlatform& platform, evidence::IntelTee tee, MachinePart& part);

// Nitro's document over the nonce; its collateral and anchors.
Result<std::pair<Bytes, MachinePart>> ShowNitro(const MachineOptions& options, Time now);

// All devices over `nonce`, as one member of the additional evidence; `later` is what the host shows after the CPU has signed.
struct MachineDevices {
  MachinePart part;
  formats::Json later;
};
Result<MachineDevices> ShowDevices(MachineMakers& makers, const std::array<std::uint8_t, 32>& nonce);

}  // namespace cloister::simulator
