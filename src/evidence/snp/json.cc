#include "evidence/snp/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumCertificates = 16;
constexpr std::size_t kMaximumCertificate = std::size_t{64} << 10;
constexpr std::int64_t kMaximumU32 = 0xFFFFFFFF;
constexpr std::size_t kSignatureNumberSize = 72;

Json ByteArray(ByteSpan bytes) {
  Json::Array array;
  array.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) array.emplace_back(byte);
  return array;
}

Result<Json> WideNumber(std::uint64_t value) {
  if (!std::in_range<std::int64_t>(value)) return Error(ErrorCode::kUnsupported, "a number of more than 63 bits");
  return Json(value);
}

// The line whose TCB layout a report has. Reports without CPUID come from lines with the older layout.
Result<SnpProduct> TcbLayout(const SnpReport& report) {
  if (!report.cpuid) return SnpProduct::kMilan;
  return SnpProductFromCpuid(report.cpuid->family, report.cpuid->model);
}

Result<Json> TcbToJson(const SnpTcbBytes& bytes, SnpProduct product) {
  const SnpTcb tcb = TRY(DecodeSnpTcb(bytes, product));
  return Json(Json::Object{{"fmc", product == SnpProduct::kTurin ? Json(tcb.fmc) : Json(nullptr)},
                           {"bootloader", tcb.bootloader},
                           {"tee", tcb.tee},
                           {"snp", tcb.snp},
                           {"microcode", tcb.microcode}});
}

Json VersionToJson(const SnpFirmwareVersion& version) {
  return Json::Object{{"major", version.major}, {"minor", version.minor}, {"build", version.build}};
}

Json SignatureNumberToJson(const std::array<std::uint8_t, 48>& number) {
  Bytes padded = ToBytes(number);
  padded.resize(kSignatureNumberSize);
  return ByteArray(padded);
}

Result<Json> ReportToJson(const SnpReport& report) {
  const SnpProduct layout = TRY(TcbLayout(report));
  Json policy = TRY(WideNumber(report.policy.bits));
  Json platform = TRY(WideNumber(report.platform_info));
  Json current = TRY(TcbToJson(report.current_tcb, layout));
  Json reported = TRY(TcbToJson(report.reported_tcb, layout));
  Json committed = TRY(TcbToJson(report.committed_tcb, layout));
  Json launch = TRY(TcbToJson(report.launch_tcb, layout));
  const std::uint32_t key_info = static_cast<std::uint32_t>(report.signing_key) << 2 |
                                 static_cast<std::uint32_t>(report.chip_key_masked) << 1 |
                                 static_cast<std::uint32_t>(report.author_key_enabled);
  Json json = Json::Object{
      {"version", report.version}, {"guest_svn", report.guest_svn},
      {"policy", std::move(policy)}, {"family_id", ByteArray(report.family_id)},
      {"image_id", ByteArray(report.image_id)}, {"vmpl", report.vmpl}, {"sig_algo", 1},
      {"current_tcb", std::move(current)},
      {"plat_info", std::move(platform)}, {"key_info", key_info},
      {"report_data", ByteArray(report.report_data)}, {"measurement", ByteArray(report.measurement)},
      {"host_data", ByteArray(report.host_data)}, {"id_key_digest", ByteArray(report.id_key_digest)},
      {"author_key_digest", ByteArray(report.author_key_digest)}, {"report_id", ByteArray(report.report_id)},
      {"report_id_ma", ByteArray(report.report_id_ma)},
      {"reported_tcb", std::move(reported)},
      {"cpuid_fam_id", report.cpuid ? Json(report.cpuid->family) : Json(nullptr)},
      {"cpuid_mod_id", report.cpuid ? Json(report.cpuid->model) : Json(nullptr)},
      {"cpuid_step", report.cpuid ? Json(report.cpuid->stepping) : Json(nullptr)},
      {"chip_id", ByteArray(report.chip_id)},
      {"committed_tcb", std::move(committed)},
      {"current", VersionToJson(report.current)}, {"committed", VersionToJson(report.committed)},
      {"launch_tcb", std::move(launch)},
      {"signature", Json::Object{{"r", SignatureNumberToJson(report.signature_r)},
                                 {"s", SignatureNumberToJson(report.signature_s)}}}};
  if (report.version >= 5) {
    json.Set("launch_mit_vector", TRY(WideNumber(report.launch_mitigations)));
    json.Set("current_mit_vector", TRY(WideNumber(report.current_mitigations)));
  }
  return json;
}

Result<Bytes> BytesFromJson(const Json& parent, std::string_view key, std::size_t least, std::size_t most) {
  const Json::Array& array = *TRY(parent.GetArray(key));
  if (array.size() < least || array.size() > most) {
    return Error(ErrorCode::kMalformed, "member \"" + std::string(key) + "\": it has " + std::to_string(array.size()) +
                                            " bytes, expected " + std::to_string(least) +
                                            (least == most ? "" : " to " + std::to_string(most)));
  }
  Bytes bytes;
  bytes.reserve(array.size());
  for (const Json& element : array) {
    const std::int64_t value = TRY_WITH(key, element.AsInt());
    if (value < 0 || value > 0xFF) return Error(ErrorCode::kMalformed, std::string(key) + ": expected bytes");
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> ArrayFromJson(const Json& parent, std::string_view key) {
  return ToArray<N>(TRY(BytesFromJson(parent, key, N, N)));
}

Result<std::uint8_t> ByteFromJson(const Json& parent, std::string_view key) {
  return static_cast<std::uint8_t>(TRY(parent.GetIntIn(key, 0, 0xFF)));
}

// None where the member is absent or null, as serde writes None.
Result<std::optional<std::uint64_t>> OptionalFromJson(const Json& parent, std::string_view key, std::int64_t most) {
  const Json* member = parent.Find(key);
  if (member == nullptr || member->is_null()) return std::optional<std::uint64_t>();
  return std::optional(static_cast<std::uint64_t>(TRY(parent.GetIntIn(key, 0, most))));
}

Result<SnpTcbBytes> TcbFromJson(const Json& parent, std::string_view key) {
  const Json& json = *TRY(parent.GetObject(key));
  const auto fmc = TRY_WITH(key, OptionalFromJson(json, "fmc", 0xFF));
  const SnpTcb tcb{.fmc = static_cast<std::uint8_t>(fmc.value_or(0)),
                   .bootloader = TRY_WITH(key, ByteFromJson(json, "bootloader")),
                   .tee = TRY_WITH(key, ByteFromJson(json, "tee")),
                   .snp = TRY_WITH(key, ByteFromJson(json, "snp")),
                   .microcode = TRY_WITH(key, ByteFromJson(json, "microcode"))};
  return EncodeSnpTcb(tcb, fmc ? SnpProduct::kTurin : SnpProduct::kMilan);
}

Result<SnpFirmwareVersion> VersionFromJson(const Json& parent, std::string_view key) {
  const Json& json = *TRY(parent.GetObject(key));
  return SnpFirmwareVersion{.major = TRY_WITH(key, ByteFromJson(json, "major")),
                            .minor = TRY_WITH(key, ByteFromJson(json, "minor")),
                            .build = TRY_WITH(key, ByteFromJson(json, "build"))};
}

Result<std::array<std::uint8_t, 48>> SignatureNumberFromJson(const Json& parent, std::string_view key) {
  const auto padded = TRY(ArrayFromJson<kSignatureNumberSize>(parent, key));
  for (const std::uint8_t byte : ByteSpan(padded).subspan(48)) {
    if (byte != 0) return Error(ErrorCode::kMalformed, "signature: a number of more than 384 bits");
  }
  return ToArray<48>(ByteSpan(padded).first(48));
}

Result<std::optional<SnpCpuid>> CpuidFromJson(const Json& json) {
  const auto family = TRY(OptionalFromJson(json, "cpuid_fam_id", 0xFF));
  const auto model = TRY(OptionalFromJson(json, "cpuid_mod_id", 0xFF));
  const auto stepping = TRY(OptionalFromJson(json, "cpuid_step", 0xFF));
  if (family.has_value() != model.has_value() || family.has_value() != stepping.has_value()) {
    return Error(ErrorCode::kMalformed, "CPUID: expected family, model and stepping, or none of them");
  }
  if (!family) return std::optional<SnpCpuid>();
  return std::optional(SnpCpuid{.family = static_cast<std::uint8_t>(*family),
                                .model = static_cast<std::uint8_t>(*model),
                                .stepping = static_cast<std::uint8_t>(*stepping)});
}

// The fields up to report_data that are numbers.
Result<void> HeadFromJson(const Json& json, SnpReport& report) {
  report.version = static_cast<std::uint32_t>(TRY(json.GetIntIn("version", 0, kMaximumU32)));
  report.guest_svn = static_cast<std::uint32_t>(TRY(json.GetIntIn("guest_svn", 0, kMaximumU32)));
  report.policy.bits = static_cast<std::uint64_t>(TRY(json.GetIntIn("policy", 0, INT64_MAX)));
  report.vmpl = static_cast<std::uint32_t>(TRY(json.GetIntIn("vmpl", 0, kMaximumU32)));
  TRY(json.GetIntIn("sig_algo", 1, 1));
  report.platform_info = static_cast<std::uint64_t>(TRY(json.GetIntIn("plat_info", 0, INT64_MAX)));
  const std::int64_t key_info = TRY(json.GetIntIn("key_info", 0, 31));
  report.author_key_enabled = (key_info & 1) != 0;
  report.chip_key_masked = (key_info & 2) != 0;
  report.signing_key = static_cast<SnpSigningKey>(key_info >> 2);
  return {};
}

Result<SnpReport> ReportFromJson(const Json& json) {
  SnpReport report;
  TRY(HeadFromJson(json, report));
  report.family_id = TRY(ArrayFromJson<16>(json, "family_id"));
  report.image_id = TRY(ArrayFromJson<16>(json, "image_id"));
  report.current_tcb = TRY(TcbFromJson(json, "current_tcb"));
  report.report_data = TRY(ArrayFromJson<64>(json, "report_data"));
  report.measurement = TRY(ArrayFromJson<48>(json, "measurement"));
  report.host_data = TRY(ArrayFromJson<32>(json, "host_data"));
  report.id_key_digest = TRY(ArrayFromJson<48>(json, "id_key_digest"));
  report.author_key_digest = TRY(ArrayFromJson<48>(json, "author_key_digest"));
  report.report_id = TRY(ArrayFromJson<32>(json, "report_id"));
  report.report_id_ma = TRY(ArrayFromJson<32>(json, "report_id_ma"));
  report.reported_tcb = TRY(TcbFromJson(json, "reported_tcb"));
  report.cpuid = TRY(CpuidFromJson(json));
  report.chip_id = TRY(ArrayFromJson<64>(json, "chip_id"));
  report.committed_tcb = TRY(TcbFromJson(json, "committed_tcb"));
  report.current = TRY(VersionFromJson(json, "current"));
  report.committed = TRY(VersionFromJson(json, "committed"));
  report.launch_tcb = TRY(TcbFromJson(json, "launch_tcb"));
  report.launch_mitigations = TRY(OptionalFromJson(json, "launch_mit_vector", INT64_MAX)).value_or(0);
  report.current_mitigations = TRY(OptionalFromJson(json, "current_mit_vector", INT64_MAX)).value_or(0);
  const Json& signature = *TRY(json.GetObject("signature"));
  report.signature_r = TRY(SignatureNumberFromJson(signature, "r"));
  report.signature_s = TRY(SignatureNumberFromJson(signature, "s"));
  if (report.cpuid.has_value() != (report.version >= 3) ||
      (report.version < 5 && (report.launch_mitigations != 0 || report.current_mitigations != 0))) {
    return Error(ErrorCode::kMalformed, "the fields are not those of version " + std::to_string(report.version));
  }
  return report;
}

Result<std::vector<SnpCertificate>> CertificatesFromJson(const Json& json) {
  std::vector<SnpCertificate> certificates;
  const Json* chain = json.Find("cert_chain");
  if (chain == nullptr || chain->is_null()) return certificates;
  const Json::Array& entries = *TRY(chain->AsArray());
  if (entries.size() > kMaximumCertificates) {
    return Error(ErrorCode::kLimit, "at most 16 certificates, got " + std::to_string(entries.size()));
  }
  for (const Json& entry : entries) {
    const Json& name = *TRY(entry.Get("cert_type"));
    if (!name.is_string()) continue;  // {"OTHER": uuid}
    const auto type = SnpCertificateTypeFromName(TRY(name.AsString()));
    if (!type) continue;
    Bytes der = TRY(BytesFromJson(entry, "data", 1, kMaximumCertificate));
    certificates.push_back({*type, std::move(der)});
  }
  return certificates;
}

}  // namespace

Result<Json> SnpEvidenceToJson(const SnpEvidence& evidence) {
  Json report = TRY(ReportToJson(TRY(ParseSnpReport(evidence.report))));
  Json json = Json::Object{{"attestation_report", std::move(report)}, {"cert_chain", nullptr}};
  if (evidence.certificates.empty()) return json;
  Json::Array chain;
  for (const SnpCertificate& certificate : evidence.certificates) {
    chain.push_back(Json::Object{{"cert_type", SnpCertificateTypeName(certificate.type)},
                                 {"data", ByteArray(certificate.der)}});
  }
  json.Set("cert_chain", std::move(chain));
  return json;
}

Result<SnpEvidence> SnpEvidenceFromJson(const Json& json) {
  constexpr std::string_view kWhat = "SNP evidence";
  const SnpReport report =
      TRY_WITH("SNP evidence: attestation_report", ReportFromJson(*TRY_WITH(kWhat, json.GetObject("attestation_report"))));
  std::vector<SnpCertificate> certificates = TRY_WITH(kWhat, CertificatesFromJson(json));
  SnpEvidence evidence{.report = SerializeSnpReport(report), .certificates = std::move(certificates)};
  TRY(ParseSnpReport(evidence.report));  // reserved bits, versions, signing key
  return evidence;
}

}  // namespace cloister::evidence
