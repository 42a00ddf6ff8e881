#include "simulator/machine.h"

#include <algorithm>

#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using formats::Json;

constexpr EvidenceKind kCpus[] = {EvidenceKind::kSnp, EvidenceKind::kTdx, EvidenceKind::kSgx, EvidenceKind::kCca,
                                  EvidenceKind::kNitro, EvidenceKind::kTpm, EvidenceKind::kGcpVtpm, EvidenceKind::kAzSnpVtpm,
                                  EvidenceKind::kAzTdxVtpm};
constexpr std::size_t kMaximumDevices = 32;
constexpr std::string_view kOtherInitData = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"other\" = \"SIMULATED\"\n";

Error Usage(std::string message) { return Error(ErrorCode::kUsage, std::move(message)); }

Result<void> CheckFault(const MachineOptions& options) {
  if (options.fault.empty()) return {};
  for (const MachineFault& fault : MachineFaults()) {
    if (fault.name != options.fault) continue;
    if (!fault.applies(options)) return Usage("fault " + options.fault + ": expected a machine that has what it is about");
    return {};
  }
  return Usage("fault: expected one of those that `cloister-simulator faults` lists, got another");
}

Result<void> Check(const MachineOptions& options) {
  if (std::ranges::find(kCpus, options.cpu) == std::end(kCpus)) return Usage("CPU: expected " + SimulatedCpuNames());
  if (options.gpus + options.switches > kMaximumDevices) return Usage("devices: expected at most 32");
  if (options.switches > 0 && options.gpus == 0) return Usage("switches: expected GPUs beside them");
  if (options.cpu == EvidenceKind::kNitro && (options.gpus > 0 || !options.init_data.empty())) {
    return Usage("nitro: expected neither devices nor init-data, its document has no place for them");
  }
  return CheckFault(options);
}

// The names and SHA-256 of everything that was put into `anchors`.
std::vector<crypto::Sha256Digest> RootsOf(const evidence::SimulatedAnchors& anchors) {
  std::vector<crypto::Sha256Digest> roots;
  for (const auto& root : anchors.snp()) roots.push_back(root.certificate.Fingerprint());
  for (const auto& root : anchors.roots()) roots.push_back(root.certificate.Fingerprint());
  return roots;
}

Result<void> Add(const MachinePart& part, ShownMachine& machine) {
  machine.collateral.insert(part.collateral.begin(), part.collateral.end());
  for (const auto& root : part.anchors.snp()) TRY(machine.anchors.Add(root));
  for (const auto& root : part.anchors.roots()) TRY(machine.anchors.Add(root));
  machine.roots = RootsOf(machine.anchors);
  return {};
}

Json Statement(const evidence::KbsAttestation& machine) {
  Json runtime = Json::Object{{"nonce", machine.nonce}, {"tee-pubkey", machine.tee_key.ToJwk()}};
  Json init_data = machine.init_data.empty() ? Json() : Json(Json::Object{{"format", "toml"}, {"body", machine.init_data}});
  return Json::Object{{"init-data", std::move(init_data)},
                      {"runtime-data", std::move(runtime)},
                      {"tee-evidence", Json::Object{{"primary_evidence", machine.primary_evidence},
                                                    {"additional_evidence", machine.additional_evidence}}}};
}

std::string Additional(const MachineOptions& options, const Json& devices) {
  Json::Object entries;
  if (options.gpus > 0) entries.emplace("nvidia", devices);
  if (options.fault == "unknown-device") entries.emplace("simulated-unknown", Json::Object{{"SIMULATED", true}});
  return entries.empty() ? "" : Json(std::move(entries)).Dump();
}

Result<ShownMachine> ShowStatement(MachineMakers& makers, std::string nonce, const token::TeePublicKey& key) {
  const MachineOptions& options = makers.options();
  evidence::KbsAttestation shown{options.init_data, std::move(nonce), key, {}, {}};
  ShownMachine machine;
  MachineDevices devices;
  if (options.gpus > 0) {
    const auto digest = TRY(evidence::KbsDeviceDigest(shown.nonce, shown.tee_key));
    devices = TRY(ShowDevices(makers, *ToArray<32>(ByteSpan(digest).first(32))));
    TRY(Add(devices.part, machine));
  }
  const std::string covered = Additional(options, devices.part.evidence);
  const std::string signed_nonce = options.fault == "replayed" ? ToBase64(crypto::RandomBytes(makers.random(), 32)) : shown.nonce;
  const auto report_data = TRY(evidence::KbsReportData(covered, signed_nonce, shown.tee_key));
  const std::string launched(options.fault == "other-init-data" ? kOtherInitData : options.init_data);
  const Bytes init_data = launched.empty() ? Bytes() : TRY(evidence::KbsInitDataDigest(launched));
  const MachinePart cpu = TRY(ShowCpu(makers, report_data, init_data));
  TRY(Add(cpu, machine));
  shown.primary_evidence = cpu.evidence;
  shown.additional_evidence = Additional(options, devices.later);
  if (options.fault == "stolen") shown.tee_key = token::TeePrivateKey::Generate().Public();
  machine.evidence = ToBytes(Statement(shown).Dump());
  return machine;
}

}  // namespace

std::span<const EvidenceKind> SimulatedCpus() { return kCpus; }

std::string SimulatedCpuNames() {
  std::string names;
  for (const EvidenceKind kind : kCpus) names += (names.empty() ? "" : ", ") + std::string(evidence::EvidenceKindName(kind));
  return names;
}

Result<ShownMachine> ShowMachine(const MachineOptions& options, Time now, crypto::RandomSource& random) {
  if (options.nonce.empty() || options.nonce.size() > 64) return Usage("nonce: expected 1 to 64 bytes, got " + std::to_string(options.nonce.size()));
  if (options.cpu != EvidenceKind::kNitro) {
    auto machine = TRY(SimulatedMachine::Make(options, now, random));
    return machine.Show(ToBase64(options.nonce), token::TeePrivateKey::Generate().Public());
  }
  TRY(Check(options));
  auto [document, part] = TRY(ShowNitro(options, now));
  ShownMachine machine;
  machine.evidence = std::move(document);
  TRY(Add(part, machine));
  return machine;
}

SimulatedMachine::SimulatedMachine(std::unique_ptr<MachineMakers> makers) : makers_(std::move(makers)) {}
SimulatedMachine::SimulatedMachine(SimulatedMachine&&) noexcept = default;
SimulatedMachine::~SimulatedMachine() = default;

Result<SimulatedMachine> SimulatedMachine::Make(const MachineOptions& options, Time now, crypto::RandomSource& random) {
  TRY(Check(options));
  if (options.cpu == EvidenceKind::kNitro) return Usage("nitro: expected a CPU of the KBS protocol's");
  return SimulatedMachine(std::make_unique<MachineMakers>(options, now, random));
}

Result<ShownMachine> SimulatedMachine::Show(std::string_view nonce, const token::TeePublicKey& key) {
  return ShowStatement(*makers_, std::string(nonce), key);
}

}  // namespace cloister::simulator
