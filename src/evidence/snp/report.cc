#include "evidence/snp/report.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::uint32_t kEcdsaP384WithSha384 = 1;
constexpr std::uint64_t kPolicyMustBeOne = std::uint64_t{1} << 17;
constexpr std::uint64_t kPolicyReserved = ~((std::uint64_t{1} << 26) - 1);
constexpr std::uint64_t kPlatformReserved = ~std::uint64_t{0xBF};  // bits 0 to 5 and 7 have a meaning
constexpr std::size_t kSignatureNumberSize = 72;

Result<void> ParsePolicyAndPlatform(const SnpReport& report) {
  if ((report.policy.bits & kPolicyMustBeOne) == 0) {
    return Error(ErrorCode::kMalformed, "SNP report: policy bit 17 must be one");
  }
  if ((report.policy.bits & kPolicyReserved) != 0) {
    return Error(ErrorCode::kMalformed, "SNP report: policy has reserved bits set");
  }
  if ((report.platform_info & kPlatformReserved) != 0) {
    return Error(ErrorCode::kMalformed, "SNP report: platform_info has reserved bits set");
  }
  return {};
}

Result<void> ParseKeyInfo(std::uint32_t bits, SnpReport& report) {
  if (bits >> 5 != 0) return Error(ErrorCode::kMalformed, "SNP report: key info has reserved bits set");
  const std::uint32_t key = bits >> 2 & 7;
  if (key != 0 && key != 1 && key != 7) {
    return Error(ErrorCode::kMalformed, "SNP report: expected signing key 0, 1 or 7, got " + std::to_string(key));
  }
  report.author_key_enabled = (bits & 1) != 0;
  report.chip_key_masked = (bits & 2) != 0;
  report.signing_key = static_cast<SnpSigningKey>(key);
  return {};
}

Result<SnpFirmwareVersion> ParseFirmwareVersion(ByteReader& reader) {
  SnpFirmwareVersion version;
  version.build = TRY(reader.Le<std::uint8_t>());
  version.minor = TRY(reader.Le<std::uint8_t>());
  version.major = TRY(reader.Le<std::uint8_t>());
  TRY(reader.Zero(1, "firmware version padding"));
  return version;
}

// Bytes [0, 0x50).
Result<void> ParseHead(ByteReader& reader, SnpReport& report) {
  report.version = TRY(reader.Le<std::uint32_t>());
  if (report.version != 2 && report.version != 3 && report.version != 5) {
    return Error(ErrorCode::kUnsupported,
                 "SNP report: expected version 2, 3 or 5, got " + std::to_string(report.version));
  }
  report.guest_svn = TRY(reader.Le<std::uint32_t>());
  report.policy.bits = TRY(reader.Le<std::uint64_t>());
  report.family_id = TRY(reader.TakeArray<16>());
  report.image_id = TRY(reader.TakeArray<16>());
  report.vmpl = TRY(reader.Le<std::uint32_t>());
  if (report.vmpl > 3 && report.vmpl != kSnpHostVmpl) {
    return Error(ErrorCode::kMalformed, "SNP report: vmpl is neither 0 to 3 nor the host's");
  }
  const std::uint32_t algorithm = TRY(reader.Le<std::uint32_t>());
  if (algorithm != kEcdsaP384WithSha384) {
    return Error(ErrorCode::kUnsupported, "SNP report: expected signature algorithm 1 (ECDSA P-384 with SHA-384), got " +
                                              std::to_string(algorithm));
  }
  report.current_tcb = TRY(reader.TakeArray<8>());
  report.platform_info = TRY(reader.Le<std::uint64_t>());
  TRY(ParseKeyInfo(TRY(reader.Le<std::uint32_t>()), report));
  TRY(reader.Zero(4, "bytes after key info"));
  return ParsePolicyAndPlatform(report);
}

// Bytes [0x50, 0x1E0).
Result<void> ParseIdentity(ByteReader& reader, SnpReport& report) {
  report.report_data = TRY(reader.TakeArray<64>());
  report.measurement = TRY(reader.TakeArray<48>());
  report.host_data = TRY(reader.TakeArray<32>());
  report.id_key_digest = TRY(reader.TakeArray<48>());
  report.author_key_digest = TRY(reader.TakeArray<48>());
  report.report_id = TRY(reader.TakeArray<32>());
  report.report_id_ma = TRY(reader.TakeArray<32>());
  report.reported_tcb = TRY(reader.TakeArray<8>());
  if (report.version >= 3) {
    const auto cpuid = TRY(reader.TakeArray<3>());
    report.cpuid = SnpCpuid{.family = cpuid[0], .model = cpuid[1], .stepping = cpuid[2]};
    TRY(reader.Zero(21, "bytes after CPUID"));
  } else {
    TRY(reader.Zero(24, "bytes after reported_tcb"));
  }
  report.chip_id = TRY(reader.TakeArray<64>());
  return {};
}

// Bytes [0x1E0, 0x2A0).
Result<void> ParseFirmware(ByteReader& reader, SnpReport& report) {
  report.committed_tcb = TRY(reader.TakeArray<8>());
  report.current = TRY(ParseFirmwareVersion(reader));
  report.committed = TRY(ParseFirmwareVersion(reader));
  report.launch_tcb = TRY(reader.TakeArray<8>());
  if (report.version < 5) return reader.Zero(168, "bytes before the signature");
  report.launch_mitigations = TRY(reader.Le<std::uint64_t>());
  report.current_mitigations = TRY(reader.Le<std::uint64_t>());
  return reader.Zero(152, "bytes before the signature");
}

// R or S: 72 bytes, of which 48 are used.
Result<std::array<std::uint8_t, 48>> ParseSignatureNumber(ByteReader& reader) {
  const auto number = TRY(reader.TakeArray<48>());
  TRY(reader.Zero(kSignatureNumberSize - 48, "signature number above 384 bits"));
  return number;
}

void Append(Bytes& out, ByteSpan bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void AppendZeros(Bytes& out, std::size_t count) { out.insert(out.end(), count, 0); }

void AppendFirmwareVersion(Bytes& out, const SnpFirmwareVersion& version) {
  for (const std::uint8_t part : {version.build, version.minor, version.major, std::uint8_t{0}}) out.push_back(part);
}

void AppendHead(Bytes& out, const SnpReport& report) {
  AppendLe(out, report.version);
  AppendLe(out, report.guest_svn);
  AppendLe(out, report.policy.bits);
  Append(out, report.family_id);
  Append(out, report.image_id);
  AppendLe(out, report.vmpl);
  AppendLe(out, kEcdsaP384WithSha384);
  Append(out, report.current_tcb);
  AppendLe(out, report.platform_info);
  AppendLe(out, static_cast<std::uint32_t>(static_cast<unsigned>(report.signing_key) << 2 |
                                           static_cast<unsigned>(report.chip_key_masked) << 1 |
                                           static_cast<unsigned>(report.author_key_enabled)));
  AppendZeros(out, 4);
}

}  // namespace

std::string_view SnpProductName(SnpProduct product) {
  switch (product) {
    case SnpProduct::kMilan: return "Milan";
    case SnpProduct::kGenoa: return "Genoa";
    case SnpProduct::kTurin: return "Turin";
  }
  CHECK(false);
}

Result<SnpProduct> SnpProductFromCpuid(std::uint8_t family, std::uint8_t model) {
  if (family == 0x19 && model <= 0x0F) return SnpProduct::kMilan;
  if (family == 0x19 && ((model >= 0x10 && model <= 0x1F) || (model >= 0xA0 && model <= 0xAF))) return SnpProduct::kGenoa;
  if (family == 0x1A && model <= 0x1F) return SnpProduct::kTurin;
  return Error(ErrorCode::kUnsupported, "SNP: no processor line has CPUID family and model " +
                                            ToHex(std::array<std::uint8_t, 2>{family, model}));
}

bool SnpTcb::AtLeast(const SnpTcb& other) const {
  return fmc >= other.fmc && bootloader >= other.bootloader && tee >= other.tee && snp >= other.snp &&
         microcode >= other.microcode;
}

Result<SnpTcb> DecodeSnpTcb(const SnpTcbBytes& bytes, SnpProduct product) {
  const bool turin = product == SnpProduct::kTurin;
  const ByteSpan reserved = turin ? ByteSpan(bytes).subspan(4, 3) : ByteSpan(bytes).subspan(2, 4);
  if (std::any_of(reserved.begin(), reserved.end(), [](std::uint8_t byte) { return byte != 0; })) {
    return Error(ErrorCode::kMalformed, "SNP TCB: reserved bytes of a " + std::string(SnpProductName(product)) +
                                            " TCB are not zero");
  }
  if (turin) {
    return SnpTcb{.fmc = bytes[0], .bootloader = bytes[1], .tee = bytes[2], .snp = bytes[3], .microcode = bytes[7]};
  }
  return SnpTcb{.fmc = 0, .bootloader = bytes[0], .tee = bytes[1], .snp = bytes[6], .microcode = bytes[7]};
}

Result<SnpTcbBytes> EncodeSnpTcb(const SnpTcb& tcb, SnpProduct product) {
  if (product == SnpProduct::kTurin) {
    return SnpTcbBytes{tcb.fmc, tcb.bootloader, tcb.tee, tcb.snp, 0, 0, 0, tcb.microcode};
  }
  if (tcb.fmc != 0) {
    return Error(ErrorCode::kUsage, "SNP TCB: " + std::string(SnpProductName(product)) + " has no FMC version");
  }
  return SnpTcbBytes{tcb.bootloader, tcb.tee, 0, 0, 0, 0, tcb.snp, tcb.microcode};
}

Result<SnpReport> ParseSnpReport(ByteSpan raw) {
  if (raw.size() != kSnpReportSize) {
    return Error(ErrorCode::kMalformed, "SNP report: expected 1184 bytes, got " + std::to_string(raw.size()));
  }
  ByteReader reader(raw);
  SnpReport report;
  TRY(ParseHead(reader, report));
  TRY_WITH("SNP report", ParseIdentity(reader, report));
  TRY_WITH("SNP report", ParseFirmware(reader, report));
  report.signature_r = TRY_WITH("SNP report", ParseSignatureNumber(reader));
  report.signature_s = TRY_WITH("SNP report", ParseSignatureNumber(reader));
  TRY_WITH("SNP report", reader.Zero(368, "bytes after the signature"));
  TRY(reader.Finish());
  return report;
}

Bytes SerializeSnpReport(const SnpReport& report) {
  CHECK(report.cpuid.has_value() == (report.version >= 3));
  CHECK(report.version >= 5 || (report.launch_mitigations == 0 && report.current_mitigations == 0));
  Bytes out;
  out.reserve(kSnpReportSize);
  AppendHead(out, report);
  for (const ByteSpan field :
       {ByteSpan(report.report_data), ByteSpan(report.measurement), ByteSpan(report.host_data),
        ByteSpan(report.id_key_digest), ByteSpan(report.author_key_digest), ByteSpan(report.report_id),
        ByteSpan(report.report_id_ma), ByteSpan(report.reported_tcb)}) {
    Append(out, field);
  }
  const SnpCpuid cpuid = report.cpuid.value_or(SnpCpuid{});
  for (const std::uint8_t part : {cpuid.family, cpuid.model, cpuid.stepping}) out.push_back(part);
  AppendZeros(out, 21);
  Append(out, report.chip_id);
  Append(out, report.committed_tcb);
  AppendFirmwareVersion(out, report.current);
  AppendFirmwareVersion(out, report.committed);
  Append(out, report.launch_tcb);
  AppendLe(out, report.launch_mitigations);
  AppendLe(out, report.current_mitigations);
  AppendZeros(out, 152);
  for (const auto& number : {report.signature_r, report.signature_s}) {
    Append(out, number);
    AppendZeros(out, kSignatureNumberSize - number.size());
  }
  AppendZeros(out, 368);
  CHECK(out.size() == kSnpReportSize);
  return out;
}

}  // namespace cloister::evidence
