// Attestation reports of NVIDIA GPUs (Hopper, Blackwell) and NVSwitches (LS10): an SPDM 1.1 GET_MEASUREMENTS request and its
// MEASUREMENTS response (DMTF DSP0274 §10.11), one after the other, with NVIDIA's fields as opaque data. Reading proves
// nothing: only VerifyNvidia does.
#pragma once

#include <optional>

#include "base/bounded_text.h"
#include "base/bounded_vector.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaximumNvidiaReport = std::size_t{8} << 10;  // what NVML's buffer holds
inline constexpr std::size_t kNvidiaNonceSize = 32;
inline constexpr std::size_t kNvidiaSignatureSize = 96;  // r || s, big-endian, P-384 with SHA-384
inline constexpr std::size_t kNvidiaFwidSize = 48;
inline constexpr std::size_t kNvidiaPdiSize = 8;

using NvidiaNonce = std::array<std::uint8_t, kNvidiaNonceSize>;

// Types of the opaque fields that we read; others are kept as they are.
enum class NvidiaField : std::uint16_t {
  kDriverVersion = 3,
  kGpuInfo = 4,
  kVbiosVersion = 6,
  kNvdec0Status = 11,
  kMeasurementCount = 12,
  kCprInfo = 13,
  kBoardId = 14,
  kChipSku = 15,
  kChipSkuMod = 16,
  kProject = 17,
  kProjectSku = 18,
  kProjectSkuMod = 19,
  kFwid = 20,
  kProtectedPcie = 21,
  kPdi = 22,  // of a switch: its own; of a GPU: the switch at the end of each link
  kPosition = 24,
  kLockStatus = 25,
  kSwitchGpuPdis = 26,
  kOpaqueVersion = 34,
  kChipInfo = 35,
  kFeatureFlag = 36,
};

// Statuses are one byte.
inline constexpr std::uint8_t kNvidiaEnabled = 0xAA;
inline constexpr std::uint8_t kNvidiaDisabled = 0x55;

// The opaque data of a report, in the wire's form and held in place: for each field type and size (2 bytes each,
// little-endian), then the value.
class NvidiaOpaqueData {
 public:
  NvidiaOpaqueData() = default;
  // kMalformed: cut off, a type twice; kLimit: over 64 fields or 8 KiB.
  static Result<NvidiaOpaqueData> Parse(ByteSpan bytes);

  // The value of a field; none: it is not there.
  std::optional<ByteSpan> Find(NvidiaField type) const;
  // For writing; Append adds a field even where its type is there already, as no device does.
  void Set(NvidiaField type, ByteSpan value);
  void Append(NvidiaField type, ByteSpan value);
  void Remove(NvidiaField type);

  ByteSpan bytes() const { return bytes_; }
  bool operator==(const NvidiaOpaqueData&) const = default;

 private:
  BoundedBytes<kMaximumNvidiaReport> bytes_;
};

struct NvidiaMeasurement {
  std::uint8_t type = 1;   // DMTFSpecMeasurementValueType
  BoundedBytes<64> value;  // 48 bytes on all chips so far
  bool operator==(const NvidiaMeasurement&) const = default;
};

// Held in place whole, some 27 KiB.
struct NvidiaReport {
  NvidiaNonce nonce{};           // of the request: the verifier's
  NvidiaNonce response_nonce{};  // of the chip; says nothing to a verifier
  std::uint8_t slot = 0;
  // [i] is block i + 1, which RIMs call index i.
  BoundedVector<NvidiaMeasurement, 255> measurements;
  NvidiaOpaqueData opaque;
  std::array<std::uint8_t, kNvidiaSignatureSize> signature{};
  bool operator==(const NvidiaReport&) const = default;
};

// Reads exactly one report; SerializeNvidiaReport gives the same bytes. Blocks are numbered 1, 2, … without a gap.
// kMalformed: anything else, a field twice, bytes left over. kLimit: over 8 KiB. kUnsupported: another version of SPDM, a
// request without signature or not for all measurements, a measurement that is not in DMTF's form.
Result<NvidiaReport> ParseNvidiaReport(ByteSpan raw);
Bytes SerializeNvidiaReport(const NvidiaReport& report);

// The report at the start of a driver's buffer: what comes after the length that the report gives itself is cut off, and is
// neither signed nor used. For evidence in the form of Trustee's guests, which send such buffers. Errors as above.
Result<ByteSpan> NvidiaReportInBuffer(ByteSpan buffer);

// What the fields say, in the form that RIMs and people write it.
using NvidiaText = BoundedText<64>;
struct NvidiaDeviceInfo {
  std::optional<NvidiaText> driver_version;  // "550.90.07"
  std::optional<NvidiaText> vbios_version;   // "96.00.9F.00.01"
  std::optional<NvidiaText> project, project_sku, chip_sku, chip_sku_mod;
  std::optional<std::array<std::uint8_t, kNvidiaFwidSize>> fwid;
  std::optional<std::uint8_t> nvdec0_status, protected_pcie_status;  // kNvidiaEnabled or kNvidiaDisabled
};
// kMalformed: a field has another size or other characters than its type allows.
Result<NvidiaDeviceInfo> ReadNvidiaDeviceInfo(const NvidiaReport& report);

}  // namespace cloister::evidence
