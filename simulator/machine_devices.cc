#include "evidence/nvidia/json.h"
#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::NvidiaEvidence;
using evidence::SimulatedNvidia;
using evidence::SimulatedNvidiaDevice;
using std::chrono::days;

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

Result<MachineDevices> ShowDevices(MachineMakers& makers, const std::array<std::uint8_t, 32>& nonce) {
  const std::string& fault = makers.options().fault;
  const SimulatedNvidia& vendor = *TRY(makers.Nvidia());
  const std::span<const SimulatedNvidiaDevice> devices = TRY(makers.Devices());
  std::vector<NvidiaEvidence> shown;
  for (const SimulatedNvidiaDevice& device : devices) shown.push_back(shown.empty() ? FaultyGpu(device, fault, nonce) : device.Evidence(nonce));
  if (fault == "gpu-missing") shown.erase(shown.begin());
  if (fault == "gpu-doubled") shown[1] = shown[0];
  if (fault == "switch-foreign") shown.back() = TRY(makers.MakeDevices()).back().Evidence(nonce);
  MachineDevices made;
  made.part.evidence = evidence::NvidiaEvidenceToTrusteeJson(shown);
  if (fault == "gpu-added") shown.push_back(TRY(vendor.MakeDevice(evidence::NvidiaArchitecture::kHopper, makers.random())).Evidence(nonce));
  if (fault == "gpu-removed") shown.erase(shown.begin());
  made.later = evidence::NvidiaEvidenceToTrusteeJson(shown);
  PutCollateral(vendor, devices, fault, makers.now(), made.part);
  made.part.anchors = vendor.Anchors();
  return made;
}

}  // namespace cloister::simulator
