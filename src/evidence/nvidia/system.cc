#include "evidence/nvidia/system.h"

#include <algorithm>
#include <set>

#include "evidence/nvidia/internal/endorsements.h"
#include "evidence/nvidia/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;
using Pdi = std::array<std::uint8_t, kNvidiaPdiSize>;

constexpr std::size_t kMaximumPdis = 64;
constexpr std::size_t kCacheForOneSystem = 128;

Error Mismatch(const std::string& what) { return Error(ErrorCode::kMismatch, "NVIDIA system: " + what); }

// A list of device identifiers; all ones stand for a link that is not in use.
Result<std::set<Pdi>> PdisOf(const VerifiedNvidiaDevice& device, NvidiaField field) {
  const auto list = device.report().opaque.Find(field);
  if (!list || list->empty() || list->size() % kNvidiaPdiSize != 0 ||
      list->size() > kMaximumPdis * kNvidiaPdiSize) {
    return Mismatch("a report has no list of what its device is connected to");
  }
  Pdi unused;
  unused.fill(0xFF);
  std::set<Pdi> pdis;
  for (std::size_t at = 0; at < list->size(); at += kNvidiaPdiSize) {
    const Pdi pdi = TRY(ToArray<kNvidiaPdiSize>(list->subspan(at, kNvidiaPdiSize)));
    if (pdi != unused) pdis.insert(pdi);
  }
  return pdis;
}

// A switch writes its own identifier in the other byte order than those who name it.
Result<Pdi> OwnPdi(const VerifiedNvidiaDevice& device) {
  const auto own = device.report().opaque.Find(NvidiaField::kPdi);
  if (!own) return Mismatch("a switch does not say who it is");
  Pdi pdi = TRY(ToArray<kNvidiaPdiSize>(*own));
  std::reverse(pdi.begin(), pdi.end());
  return pdi;
}

Result<void> CheckNumbers(const std::vector<VerifiedNvidiaDevice>& devices, const NvidiaSystemExpectations& expected) {
  const auto switches = static_cast<std::size_t>(std::count_if(
      devices.begin(), devices.end(), [](const auto& device) { return IsNvidiaSwitch(device.architecture()); }));
  if (switches != expected.switches || devices.size() - switches != expected.gpus) {
    return Mismatch("expected " + std::to_string(expected.gpus) + " GPUs and " + std::to_string(expected.switches) +
                    " switches, got " + std::to_string(devices.size() - switches) + " and " + std::to_string(switches));
  }
  for (auto one = devices.begin(); one != devices.end(); ++one) {
    const auto same = [&](const auto& other) { return other.hardware_id() == one->hardware_id(); };
    if (std::any_of(devices.begin(), one, same)) return Mismatch("one chip is there twice");
  }
  return {};
}

Result<void> CheckGpu(const VerifiedNvidiaDevice& gpu, const std::set<Pdi>& switches) {
  if (gpu.info().protected_pcie_status != kNvidiaEnabled) return Mismatch("a GPU is not in protected PCIe mode");
  if (TRY(PdisOf(gpu, NvidiaField::kPdi)) != switches) return Mismatch("a GPU is connected to other switches");
  return {};
}

Result<void> CheckTopology(const std::vector<VerifiedNvidiaDevice>& devices, const NvidiaSystemExpectations& expected) {
  std::set<Pdi> switches;
  std::optional<std::set<Pdi>> gpus;
  for (const VerifiedNvidiaDevice& device : devices) {
    if (!IsNvidiaSwitch(device.architecture())) continue;
    if (!switches.insert(TRY(OwnPdi(device))).second) return Mismatch("two switches say that they are the same");
    std::set<Pdi> connected = TRY(PdisOf(device, NvidiaField::kSwitchGpuPdis));
    if (connected.size() != expected.gpus) return Mismatch("a switch is connected to another number of GPUs");
    if (gpus && *gpus != connected) return Mismatch("switches are connected to different GPUs");
    gpus = std::move(connected);
  }
  for (const VerifiedNvidiaDevice& device : devices) {
    if (!IsNvidiaSwitch(device.architecture())) TRY(CheckGpu(device, switches));
  }
  return {};
}

}  // namespace

bool VerifiedNvidiaSystem::simulated() const {
  return std::any_of(devices_.begin(), devices_.end(), [](const auto& device) { return device.simulated(); });
}

Json VerifiedNvidiaSystem::Claims() const {
  Json::Array devices;
  std::string expires;
  for (const VerifiedNvidiaDevice& device : devices_) {
    Json claims = device.Claims();
    // RFC 3339 in UTC: text order is time order.
    const auto one = claims.FindString("collateral_expires");
    if (one && *one && (expires.empty() || **one < expires)) expires = **one;
    devices.push_back(std::move(claims));
  }
  const bool revocation = expected_.device.revocation == NvidiaRevocation::kMustBeGood;
  Json claims = Json::Object{
      {"tee", "nvidia"},
      {"report_data", ToHex(expected_.device.nonce)},
      {"gpu_count", expected_.gpus},
      {"switch_count", expected_.switches},
      {"topology", expected_.topology == NvidiaTopology::kProtectedPcie ? "protected_pcie" : "independent"},
      {"simulated", simulated()},
      {"revocation", revocation ? "checked" : "not_checked"},
      {"measurements_compared", expected_.device.measurements == NvidiaMeasurements::kMustMatch},
      {"devices", std::move(devices)}};
  if (!expires.empty()) claims.Set("collateral_expires", expires);
  return claims;
}

Result<VerifiedNvidiaSystem> VerifyNvidiaSystem(std::span<const NvidiaEvidence> devices, const PreparedNvidiaCollateral& collateral,
                                                const TrustAnchors& anchors, const NvidiaSystemExpectations& expected,
                                                Time at, NvidiaVerifiedCache& cache) {
  if (devices.size() > kMaximumNvidiaDevices) return Error(ErrorCode::kLimit, "NVIDIA system: more than 32 devices");
  if (devices.empty()) return Mismatch("no device");
  internal::NvidiaEndorsements endorsements(collateral, anchors, at, cache.state());
  std::vector<VerifiedNvidiaDevice> verified;
  verified.reserve(devices.size());
  for (const NvidiaEvidence& device : devices) {
    verified.push_back(TRY_WITH("device " + std::to_string(verified.size()), endorsements.Device(device, expected.device)));
  }
  TRY(CheckNumbers(verified, expected));
  if (expected.topology == NvidiaTopology::kProtectedPcie) TRY(CheckTopology(verified, expected));
  return VerifiedNvidiaSystem(std::move(verified), expected);
}

Result<VerifiedNvidiaSystem> VerifyNvidiaSystem(std::span<const NvidiaEvidence> devices, const NvidiaCollateral& collateral,
                                                const TrustAnchors& anchors, const NvidiaSystemExpectations& expected,
                                                Time at) {
  NvidiaVerifiedCache cache(kCacheForOneSystem);
  return VerifyNvidiaSystem(devices, PreparedNvidiaCollateral(collateral), anchors, expected, at, cache);
}

}  // namespace cloister::evidence
