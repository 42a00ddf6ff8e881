#include "evidence/nvidia/json.h"
#include "evidence/nvidia/simulated.h"
#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::NvidiaEvidence;
using evidence::SimulatedNvidia;
using evidence::SimulatedNvidiaDevice;
using std::chrono::days;

Result<std::vector<SimulatedNvidiaDevice>> MakeDevices(const SimulatedNvidia& vendor, const MachineOptions& options,
                                                       crypto::RandomSource& random) {
  if (options.switches > 0) return vendor.MakeSystem(options.gpus, options.switches, random);
  std::vector<SimulatedNvidiaDevice> devices;
  for (std::size_t i = 0; i < options.gpus; ++i) devices.push_back(TRY(vendor.MakeDevice(evidence::NvidiaArchitecture::kHopper, random)));
  return devices;
}

// What the first GPU signs where it is the one that is wrong.
NvidiaEvidence FaultyGpu(const SimulatedNvidiaDevice& gpu, const std::string& fault, evidence::NvidiaNonce nonce) {
  if (fault == "gpu-replayed") nonce[0] ^= 1;
  evidence::NvidiaReport report = gpu.Report(nonce);
  if (fault == "gpu-other-firmware") {
    for (auto& measurement : report.measurements) measurement.value[0] ^= 1;
  }
  if (fault == "gpu-unprotected") report.opaque.Set(evidence::NvidiaField::kProtectedPcie, Bytes{evidence::kNvidiaDisabled});
  NvidiaEvidence evidence = gpu.Evidence(report);
  if (fault == "gpu-forged") evidence.report.back() ^= 1;
  return evidence;
}

void PutCollateral(const SimulatedNvidia& vendor, std::span<const SimulatedNvidiaDevice> devices, const std::string& fault, Time now,
                   MachinePart& part) {
  evidence::NvidiaCollateral collateral = vendor.Collateral(devices);
  if (fault == "gpu-revoked") {
    crypto::OcspAnswer answer = vendor.Good();
    answer.status = crypto::OcspStatus::kRevoked;
    answer.revoked_at = now - days(1);
    collateral.ocsp.push_back({vendor.Answer(devices[0].chain[1], answer).Der(), std::nullopt});
  }
  for (std::size_t i = 0; i < collateral.rims.size(); ++i) part.collateral["rim-" + std::to_string(i) + ".xml"] = collateral.rims[i];
  for (std::size_t i = 0; i < collateral.ocsp.size(); ++i) part.collateral["answer-" + std::to_string(i) + ".ocsp"] = collateral.ocsp[i].der;
}

}  // namespace

Result<MachineDevices> ShowDevices(const MachineOptions& options, const std::array<std::uint8_t, 32>& nonce, Time now,
                                   crypto::RandomSource& random) {
  const std::string& fault = options.fault;
  const auto vendor = TRY(SimulatedNvidia::Make({.not_before = now - days(30), .not_after = now + days(30)}));
  const auto devices = TRY(MakeDevices(vendor, options, random));
  std::vector<NvidiaEvidence> shown;
  for (const SimulatedNvidiaDevice& device : devices) shown.push_back(shown.empty() ? FaultyGpu(device, fault, nonce) : device.Evidence(nonce));
  if (fault == "gpu-missing") shown.erase(shown.begin());
  if (fault == "gpu-doubled") shown[1] = shown[0];
  if (fault == "switch-foreign") shown.back() = TRY(MakeDevices(vendor, options, random)).back().Evidence(nonce);
  MachineDevices made;
  made.part.evidence = evidence::NvidiaEvidenceToTrusteeJson(shown);
  if (fault == "gpu-added") shown.push_back(TRY(vendor.MakeDevice(evidence::NvidiaArchitecture::kHopper, random)).Evidence(nonce));
  if (fault == "gpu-removed") shown.erase(shown.begin());
  made.later = evidence::NvidiaEvidenceToTrusteeJson(shown);
  PutCollateral(vendor, devices, fault, now, made.part);
  made.part.anchors = vendor.Anchors();
  return made;
}

}  // namespace cloister::simulator
