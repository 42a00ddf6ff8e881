#include "evidence/nvidia/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumEncoded = std::size_t{128} << 10;
constexpr std::string_view kReportStartsInHex = "11e001ff";  // SPDM 1.1, GET_MEASUREMENTS, signed, all

Error Malformed(const std::string& what) { return Error(ErrorCode::kMalformed, "NVIDIA evidence: " + what); }

bool IsHexReport(std::string_view text) {
  if (text.size() < kReportStartsInHex.size()) return false;
  for (std::size_t i = 0; i < kReportStartsInHex.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != kReportStartsInHex[i]) return false;
  }
  return true;
}

// Base64 of a report never starts with those digits, so the form is certain.
Result<Bytes> Decode(const Json& device, std::string_view key) {
  const std::string text = TRY(device.GetString(key));
  if (text.size() > kMaximumEncoded) return Error(ErrorCode::kLimit, "NVIDIA evidence: over 128 KiB");
  if (key == "evidence" && IsHexReport(text)) return TRY_WITH("NVIDIA evidence", FromHex(text));
  return TRY_WITH("NVIDIA evidence", FromBase64(text));
}

Result<NvidiaEvidence> ReadCommon(const Json& device) {
  NvidiaEvidence evidence;
  evidence.architecture = TRY(NvidiaArchitectureFromName(TRY(device.GetString("arch"))));
  evidence.report = TRY(Decode(device, "evidence"));
  evidence.certificates = AsText(TRY(Decode(device, "certificate")));
  return evidence;
}

Result<NvidiaEvidence> FromTrustee(const Json& device) {
  NvidiaEvidence evidence = TRY(ReadCommon(device));
  evidence.uuid = TRY(device.GetString("uuid"));
  evidence.report = ToBytes(TRY(NvidiaReportInBuffer(evidence.report)));
  return evidence;
}

Result<NvidiaEvidence> FromCollection(const Json& device) {
  if (TRY(device.GetString("version")) != "1.0") return Malformed("expected version 1.0");
  if (TRY(FromHex(TRY(device.GetString("nonce")))).size() != kNvidiaNonceSize) return Malformed("nonce is not of 32 bytes");
  return ReadCommon(device);
}

}  // namespace

Result<std::vector<NvidiaEvidence>> NvidiaEvidenceFromJson(const Json& json) {
  const bool collection = json.is_array();
  const Json::Array& list = *TRY(collection ? json.AsArray() : json.GetArray("device_evidence_list"));
  if (list.empty()) return Malformed("no device");
  if (list.size() > kMaximumNvidiaDevices) return Error(ErrorCode::kLimit, "NVIDIA evidence: more than 32 devices");
  std::vector<NvidiaEvidence> devices;
  for (const Json& device : list) {
    devices.push_back(TRY_WITH("device " + std::to_string(devices.size()),
                               collection ? FromCollection(device) : FromTrustee(device)));
  }
  return devices;
}

Json NvidiaEvidenceToTrusteeJson(std::span<const NvidiaEvidence> devices) {
  Json::Array list;
  for (const NvidiaEvidence& device : devices) {
    list.push_back(Json::Object{{"arch", NvidiaArchitectureName(device.architecture)},
                                {"uuid", device.uuid},
                                {"evidence", ToBase64(device.report)},
                                {"certificate", ToBase64(AsBytes(device.certificates))}});
  }
  return Json::Object{{"device_evidence_list", std::move(list)}};
}

Result<Json> NvidiaEvidenceToCollectionJson(std::span<const NvidiaEvidence> devices) {
  Json::Array list;
  for (const NvidiaEvidence& device : devices) {
    const NvidiaReport report = TRY(ParseNvidiaReport(device.report));
    const NvidiaDeviceInfo info = TRY(ReadNvidiaDeviceInfo(report));
    Json entry = Json::Object{{"arch", NvidiaArchitectureName(device.architecture)},
                              {"nonce", ToHex(report.nonce)},
                              {"evidence", ToBase64(device.report)},
                              {"certificate", ToBase64(AsBytes(device.certificates))},
                              {"version", "1.0"}};
    if (info.driver_version) entry.Set("driver_version", info.driver_version->view());
    if (info.vbios_version) entry.Set("vbios_version", info.vbios_version->view());
    list.push_back(std::move(entry));
  }
  return Json(std::move(list));
}

}  // namespace cloister::evidence
