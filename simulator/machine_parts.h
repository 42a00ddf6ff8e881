// The parts of a SIMULATED machine: what a CPU or all devices sign, and what verifying that takes.
#pragma once

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
