// SIMULATED machines: everything that a confidential machine would show for a nonce, its CPU and any number of NVIDIA devices,
// with what a verifier needs to check it; and the same with one thing wrong. Nothing of it proves anything.
#pragma once

#include "crypto/random.h"
#include "evidence/composite.h"

namespace cloister::simulator {

// Machines that can be simulated. Nitro has no place for devices and init-data, and its evidence is the document alone.
std::span<const evidence::EvidenceKind> SimulatedCpus();
std::string SimulatedCpuNames();  // "snp, tdx, …"

struct MachineOptions {
  evidence::EvidenceKind cpu = evidence::EvidenceKind::kSnp;  // one of SimulatedCpus()
  std::size_t gpus = 0;
  std::size_t switches = 0;   // needs GPUs
  Bytes nonce = {};           // what the verifier chose, for ShowMachine
  std::string init_data = {}; // TOML of the KBS protocol; empty: none
  std::string fault = {};     // a name of MachineFaults(); empty: nothing is wrong
  unsigned rsa_bits = 4096;   // of AMD's simulated authorities
};

struct ShownMachine {
  // The KBS protocol's statement as JSON; of kNitro the document.
  Bytes evidence;
  // What the verifier holds, under the names that docs/evidence.md gives such files.
  std::map<std::string, Bytes> collateral;
  evidence::SimulatedAnchors anchors;
  std::vector<crypto::Sha256Digest> roots;  // of `anchors`, which a policy has to name
};

// What a verifier makes of a fault. kRefused: it is no evidence at all. kForPolicy: genuine evidence whose claims say that
// something is wrong, which a policy judges.
enum class FaultIs { kRefused, kForPolicy };

struct MachineFault {
  std::string_view name;  // "replayed"
  std::string_view what;  // in words
  FaultIs is;
  bool (*applies)(const MachineOptions& options);  // whether they have the part that the fault is about
};
std::span<const MachineFault> MachineFaults();

// kUsage: an unknown fault, or one of a part that is not there; a nonce of no or more than 64 bytes; devices or init-data beside
// a CPU that has no place for them; over 32 devices. kMalformed, kUnsupported: the init-data.
Result<ShownMachine> ShowMachine(const MachineOptions& options, Time now, crypto::RandomSource& random);

class MachineMakers;

// A machine that is asked again and again, as a guest's attestation agent is: each time under the same roots.
class SimulatedMachine {
 public:
  // `random` is borrowed. Errors: ShowMachine's; kUsage: Nitro.
  static Result<SimulatedMachine> Make(const MachineOptions& options, Time now, crypto::RandomSource& random);
  SimulatedMachine(SimulatedMachine&& other) noexcept;
  ~SimulatedMachine();
  // Its statement over a broker's nonce, as the challenge writes it, and the guest's key. Everything else is the same each time.
  Result<ShownMachine> Show(std::string_view nonce, const token::TeePublicKey& key);

 private:
  explicit SimulatedMachine(std::unique_ptr<MachineMakers> makers);
  std::unique_ptr<MachineMakers> makers_;
};

}  // namespace cloister::simulator
