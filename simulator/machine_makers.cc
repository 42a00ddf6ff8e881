#include "simulator/machine_makers.h"

namespace cloister::simulator {
namespace {

using std::chrono::days;
using std::chrono::hours;

// What `make` gives, the first time.
template <class T, class Make>
Result<T*> Once(std::optional<T>& kept, Make make) {
  if (!kept) kept.emplace(TRY(make()));
  return &*kept;
}

Result<evidence::SimulatedTpm> BootedTpm(const Bytes& init_data_digest) {
  auto tpm = evidence::SimulatedTpm::Make(crypto::SignatureAlgorithm::kRs256);
  tpm.Measure(0, evidence::kEvPlatformConfigFlags, AsBytes("SIMULATED firmware"));
  tpm.Measure(4, evidence::kEvIpl, AsBytes("SIMULATED loader"));
  if (!init_data_digest.empty()) {
    tpm.Extend(8, TRY_WITH("init-data of a machine with a TPM: expected algorithm sha256", ToArray<32>(init_data_digest)));
  }
  return tpm;
}

}  // namespace

Result<const evidence::SimulatedSnpProcessor*> MachineMakers::Processor() {
  return TRY(Once(processor_, [this] {
    return evidence::SimulatedSnpProcessor::Make(
        {.not_before = now_ - days(30),
         .not_after = now_ + days(3650),
         .vcek_not_after = options_.fault == "expired" ? now_ - hours(1) : now_ + days(365),
         .rsa_bits = options_.rsa_bits,
         .revoke_ask = options_.fault == "revoked"},
        random_);
  }));
}

Result<const evidence::SimulatedIntelPlatform*> MachineMakers::Platform() {
  return TRY(Once(platform_, [this] {
    const std::string& fault = options_.fault;
    evidence::SimulatedIntelOptions platform;
    platform.not_before = now_ - days(365);
    platform.not_after = fault == "expired" ? now_ - hours(1) : now_ + days(3650);
    platform.issue_date = now_ - days(10);
    platform.next_update = fault == "stale-collateral" ? now_ - hours(1) : now_ + days(20);
    platform.revoke_pck = fault == "revoked";
    if (fault == "out-of-date") platform.qe_isv_svn = 6;
    return evidence::SimulatedIntelPlatform::Make(platform, random_);
  }));
}

const evidence::SimulatedCca& MachineMakers::Cca() {
  if (!cca_) cca_.emplace(evidence::SimulatedCca::Make({}));
  return *cca_;
}

Result<const evidence::SimulatedTpm*> MachineMakers::Tpm(const Bytes& init_data_digest) {
  return TRY(Once(tpm_, [&]() -> Result<evidence::SimulatedTpm> {
    auto tpm = TRY(BootedTpm(init_data_digest));
    if (options_.fault == "unrestricted-key") tpm.attributes &= ~(1U << 16);
    return tpm;
  }));
}

Result<evidence::SimulatedAzureMachine*> MachineMakers::Azure(const Bytes& init_data_digest) {
  return Once(azure_, [&]() -> Result<evidence::SimulatedAzureMachine> {
    return evidence::SimulatedAzureMachine::Make(TRY(BootedTpm(init_data_digest)), {});
  });
}

Result<const evidence::SimulatedVtpmAuthority*> MachineMakers::Google() {
  return TRY(Once(google_, [this] {
    const Time end = options_.fault == "expired" ? now_ - hours(1) : now_ + days(300);
    return evidence::SimulatedVtpmAuthority::Make(evidence::VtpmCloud::kGoogle, now_ - days(30), end);
  }));
}

Result<const evidence::SimulatedNvidia*> MachineMakers::Nvidia() {
  return TRY(Once(nvidia_, [this] { return evidence::SimulatedNvidia::Make({.not_before = now_ - days(30), .not_after = now_ + days(30)}); }));
}

Result<std::vector<evidence::SimulatedNvidiaDevice>> MachineMakers::MakeDevices() {
  const evidence::SimulatedNvidia& vendor = *TRY(Nvidia());
  if (options_.switches > 0) return vendor.MakeSystem(options_.gpus, options_.switches, random_);
  std::vector<evidence::SimulatedNvidiaDevice> devices;
  for (std::size_t i = 0; i < options_.gpus; ++i) devices.push_back(TRY(vendor.MakeDevice(evidence::NvidiaArchitecture::kHopper, random_)));
  return devices;
}

Result<std::span<const evidence::SimulatedNvidiaDevice>> MachineMakers::Devices() {
  const auto* devices = TRY(Once(devices_, [this] { return MakeDevices(); }));
  return std::span<const evidence::SimulatedNvidiaDevice>(*devices);
}

}  // namespace cloister::simulator
