// Evidence of NVIDIA GPUs, through the driver's library (NVML), which is loaded when it is asked for.
#pragma once

#include "base/bytes.h"
#include "base/shared_library.h"
#include "formats/json.h"

namespace cloister::attester {

inline constexpr std::string_view kNvmlLibrary = "libnvidia-ml.so.1";
inline constexpr unsigned kMaxGpus = 64;

using GpuNonce = std::array<std::uint8_t, 32>;

// What one GPU hands over. The report begins with the request that holds the nonce.
struct GpuEvidence {
  std::string architecture;  // "HOPPER", "BLACKWELL"
  std::string uuid, driver_version, vbios_version;  // as the driver says; nothing signs them here
  Bytes report;
  std::string certificates;  // PEM, leaf first
};

// Whether the driver says that confidential computing is on. Nothing signs that.
struct GpuModes {
  bool confidential = false;
  bool developer_tools = false;
};

struct GpuCollection {
  GpuModes modes;
  std::vector<GpuEvidence> gpus;

  // As NVIDIA's tools write it: a list of {arch, uuid, nonce, evidence, certificate, driver_version, vbios_version, version}.
  formats::Json ToJson(const GpuNonce& nonce) const;
};

// Evidence of every GPU over one nonce. kNotFound: no library, or no GPU; kUnavailable: the driver's failure, with its number;
// kUnsupported: a driver too old for confidential computing; kMismatch: a report over another nonce; kMalformed.
Result<GpuCollection> CollectGpus(const std::string& library, const GpuNonce& nonce);

}  // namespace cloister::attester
