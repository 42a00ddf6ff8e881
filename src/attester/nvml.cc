#include "attester/nvml.h"

#include <algorithm>
#include <cstring>

namespace cloister::attester {
namespace {

// The part of nvml.h that is needed. Layouts are NVIDIA's ABI.
using Return = int;
using Device = void*;
constexpr Return kSuccess = 0;
constexpr unsigned kHopper = 9;
constexpr unsigned kBlackwell = 10;

struct CertificateBlob {
  unsigned chain_size;
  unsigned attestation_chain_size;
  unsigned char chain[0x1000];
  unsigned char attestation_chain[0x1400];
};
struct ReportBlob {
  unsigned cec_present;
  unsigned report_size;
  unsigned cec_report_size;
  unsigned char nonce[32];
  unsigned char report[0x2000];
  unsigned char cec_report[0x1000];
};
struct StateBlob {
  unsigned environment;
  unsigned feature;
  unsigned developer_tools;
};

struct Nvml {
  Return (*init)();
  Return (*shutdown)();
  Return (*count)(unsigned*);
  Return (*handle)(unsigned, Device*);
  Return (*architecture)(Device, unsigned*);
  Return (*uuid)(Device, char*, unsigned);
  Return (*driver)(char*, unsigned);
  Return (*vbios)(Device, char*, unsigned);
  Return (*state)(StateBlob*);
  Return (*report)(Device, ReportBlob*);
  Return (*certificate)(Device, CertificateBlob*);

  static Result<Nvml> Find(const SharedLibrary& library) {
    Nvml nvml{};
    TRY(library.Find("nvmlInit_v2", &nvml.init));
    TRY(library.Find("nvmlShutdown", &nvml.shutdown));
    TRY(library.Find("nvmlDeviceGetCount_v2", &nvml.count));
    TRY(library.Find("nvmlDeviceGetHandleByIndex_v2", &nvml.handle));
    TRY(library.Find("nvmlDeviceGetArchitecture", &nvml.architecture));
    TRY(library.Find("nvmlDeviceGetUUID", &nvml.uuid));
    TRY(library.Find("nvmlSystemGetDriverVersion", &nvml.driver));
    TRY(library.Find("nvmlDeviceGetVbiosVersion", &nvml.vbios));
    TRY(library.Find("nvmlSystemGetConfComputeState", &nvml.state));
    TRY(library.Find("nvmlDeviceGetConfComputeGpuAttestationReport", &nvml.report));
    TRY(library.Find("nvmlDeviceGetConfComputeGpuCertificate", &nvml.certificate));
    return nvml;
  }
};

// Ends the library's use when it goes.
class Session {
 public:
  explicit Session(const Nvml& nvml) : nvml_(&nvml) {}
  Session(const Session&) = delete;
  ~Session() { (void)nvml_->shutdown(); }

 private:
  const Nvml* nvml_;
};

Result<void> Good(Return result, std::string_view doing) {
  if (result == kSuccess) return {};
  return Error(ErrorCode::kUnavailable, "NVML: " + std::string(doing) + " failed with " + std::to_string(result));
}

// A text that the library wrote into `buffer`, to its end.
template <std::size_t N>
std::string TextOf(const char (&buffer)[N]) {
  return std::string(buffer, strnlen(buffer, N));
}

Result<GpuEvidence> CollectGpu(const Nvml& nvml, Device device, const GpuNonce& nonce) {
  GpuEvidence gpu;
  unsigned architecture = 0;
  TRY(Good(nvml.architecture(device, &architecture), "asking for the architecture"));
  if (architecture != kHopper && architecture != kBlackwell) {
    return Error(ErrorCode::kUnsupported, "NVML: a GPU before Hopper has no confidential computing");
  }
  gpu.architecture = architecture == kHopper ? "HOPPER" : "BLACKWELL";
  char text[96] = {};
  TRY(Good(nvml.uuid(device, text, sizeof text), "asking for the UUID"));
  gpu.uuid = TextOf(text);
  TRY(Good(nvml.vbios(device, text, sizeof text), "asking for the VBIOS version"));
  gpu.vbios_version = TextOf(text);

  const auto report = std::make_unique<ReportBlob>();
  std::copy(nonce.begin(), nonce.end(), report->nonce);
  TRY(Good(nvml.report(device, report.get()), "asking for a report"));
  if (report->report_size > sizeof report->report) return Error(ErrorCode::kMalformed, "NVML: a report is longer than its place");
  gpu.report.assign(report->report, report->report + report->report_size);
  // SPDM 1.1 GET_MEASUREMENTS: 4 bytes of header, then the requester's nonce.
  if (gpu.report.size() < 4 + nonce.size() || !Equal(ByteSpan(gpu.report).subspan(4, nonce.size()), nonce)) {
    return Error(ErrorCode::kMismatch, "NVML: the report is over another nonce than ours");
  }
  const auto certificate = std::make_unique<CertificateBlob>();
  TRY(Good(nvml.certificate(device, certificate.get()), "asking for the certificates"));
  if (certificate->attestation_chain_size > sizeof certificate->attestation_chain) {
    return Error(ErrorCode::kMalformed, "NVML: a certificate chain is longer than its place");
  }
  gpu.certificates = AsText({certificate->attestation_chain, certificate->attestation_chain_size});
  while (!gpu.certificates.empty() && gpu.certificates.back() == '\0') gpu.certificates.pop_back();
  return gpu;
}

Result<GpuCollection> CollectAll(const Nvml& nvml, const GpuNonce& nonce) {
  GpuCollection out;
  StateBlob state{};
  TRY(Good(nvml.state(&state), "asking for the confidential computing state"));
  out.modes = {.confidential = state.feature != 0, .developer_tools = state.developer_tools != 0};
  if (!out.modes.confidential) return Error(ErrorCode::kUnavailable, "NVML: confidential computing is off");
  char driver[96] = {};
  TRY(Good(nvml.driver(driver, sizeof driver), "asking for the driver's version"));
  unsigned count = 0;
  TRY(Good(nvml.count(&count), "counting GPUs"));
  if (count == 0) return Error(ErrorCode::kNotFound, "NVML: no GPU");
  if (count > kMaxGpus) return Error(ErrorCode::kLimit, "NVML: over 64 GPUs");
  for (unsigned i = 0; i < count; ++i) {
    Device device = nullptr;
    TRY(Good(nvml.handle(i, &device), "opening GPU " + std::to_string(i)));
    out.gpus.push_back(TRY_WITH("GPU " + std::to_string(i), CollectGpu(nvml, device, nonce)));
    out.gpus.back().driver_version = TextOf(driver);
  }
  return out;
}

}  // namespace

formats::Json GpuCollection::ToJson(const GpuNonce& nonce) const {
  formats::Json::Array list;
  for (const GpuEvidence& gpu : gpus) {
    list.push_back(formats::Json::Object{{"arch", gpu.architecture},
                                         {"uuid", gpu.uuid},
                                         {"nonce", ToHex(nonce)},
                                         {"evidence", ToBase64(gpu.report)},
                                         {"certificate", ToBase64(AsBytes(gpu.certificates))},
                                         {"driver_version", gpu.driver_version},
                                         {"vbios_version", gpu.vbios_version},
                                         {"version", "1.0"}});
  }
  return list;
}

Result<GpuCollection> CollectGpus(const std::string& library, const GpuNonce& nonce) {
  const SharedLibrary loaded = TRY(SharedLibrary::Load(library));
  const Nvml nvml = TRY(Nvml::Find(loaded));
  TRY(Good(nvml.init(), "starting"));
  const Session session(nvml);
  return CollectAll(nvml, nonce);
}

}  // namespace cloister::attester
