#include "evidence/google/launch_endorsement.h"

#include "formats/protobuf.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using formats::Json;
using formats::ProtobufMessage;

constexpr std::uint64_t kMax32 = 0xFFFFFFFF;
constexpr std::uint64_t kMax64 = ~std::uint64_t{0};
constexpr std::size_t kMaximumVcpus = 1024, kMaximumShapes = 4096;

template <std::size_t N>
Result<std::array<std::uint8_t, N>> Sized(const ProtobufMessage& message, std::uint32_t number, std::string_view name) {
  return TRY_WITH(name, ToArray<N>(TRY(message.Content(number))));
}

// google.protobuf.Timestamp.
Result<Time> ReadTimestamp(ByteSpan content) {
  const ProtobufMessage message = TRY(ProtobufMessage::Parse(content));
  constexpr std::uint64_t kYear9999 = 253402300799;
  TRY(message.Number(2, 999'999'999));
  return FromUnixSeconds(static_cast<std::int64_t>(TRY(message.Number(1, kYear9999))));
}

Result<GoldenSnp> ReadSnp(ByteSpan content) {
  const ProtobufMessage message = TRY(ProtobufMessage::Parse(content));
  GoldenSnp snp{};
  snp.svn = static_cast<std::uint32_t>(TRY(message.Number(1, kMax32)));
  for (const ByteSpan entry : TRY(message.Contents(2))) {
    const ProtobufMessage pair = TRY(ProtobufMessage::Parse(entry));
    const auto vcpus = static_cast<std::uint32_t>(TRY(pair.Number(1, kMax32)));
    if (vcpus == 0) return Error(ErrorCode::kMalformed, "a measurement of no vCPU");
    // A map's last entry of a key would win: what was first would be masked.
    if (!snp.measurements.emplace(vcpus, TRY(Sized<48>(pair, 2, "measurement"))).second) {
      return Error(ErrorCode::kMalformed, "two measurements for " + std::to_string(vcpus) + " vCPUs");
    }
  }
  if (snp.measurements.empty() || snp.measurements.size() > kMaximumVcpus) {
    return Error(ErrorCode::kMalformed, "expected 1 to 1024 measurements");
  }
  snp.family_id = TRY(Sized<16>(message, 3, "family id"));
  snp.image_id = TRY(Sized<16>(message, 4, "image id"));
  snp.policy = TRY(message.Number(5, kMax64));
  return snp;
}

Result<GoldenTdx> ReadTdx(ByteSpan content) {
  const ProtobufMessage message = TRY(ProtobufMessage::Parse(content));
  GoldenTdx tdx{};
  tdx.svn = static_cast<std::uint32_t>(TRY(message.Number(1, kMax32)));
  for (const ByteSpan entry : TRY(message.Contents(2))) {
    const ProtobufMessage shape = TRY(ProtobufMessage::Parse(entry));
    GoldenTdx::Measurement measurement{};
    measurement.ram_gib = static_cast<std::uint32_t>(TRY(shape.Number(1, kMax32)));
    measurement.early_accept = TRY(shape.Number(2, 1)) == 1;
    measurement.mr_td = TRY(Sized<48>(shape, 3, "MRTD"));
    tdx.measurements.push_back(measurement);
  }
  if (tdx.measurements.empty() || tdx.measurements.size() > kMaximumShapes) {
    return Error(ErrorCode::kMalformed, "expected 1 to 4096 measurements");
  }
  return tdx;
}

// Fields that later firmware adds are passed over: its signer answers for them.
Result<GoldenMeasurement> ReadGolden(const ProtobufMessage& message) {
  GoldenMeasurement golden{};
  golden.timestamp = TRY_WITH("timestamp", ReadTimestamp(TRY(message.Content(1))));
  golden.changelist = TRY(message.Number(2, kMax64));
  golden.commit = ToBytes(TRY(message.Content(3)));
  golden.uefi_sha384 = TRY(Sized<48>(message, 5, "digest of the firmware"));
  if (message.Has(7)) golden.snp = TRY_WITH("SEV-SNP", ReadSnp(TRY(message.Content(7))));
  if (message.Has(8)) golden.tdx = TRY_WITH("TDX", ReadTdx(TRY(message.Content(8))));
  if (!golden.snp && !golden.tdx) return Error(ErrorCode::kMalformed, "endorses nothing");
  if (golden.changelist == 0 && golden.commit.empty()) {
    return Error(ErrorCode::kMalformed, "does not say what the firmware was built from");
  }
  return golden;
}

// The certificate of the key that signed, once it leads to a root.
Result<Certificate> ReadSigner(const ProtobufMessage& golden, std::span<const Certificate> roots, Time at) {
  if (roots.empty()) return Error(ErrorCode::kUsage, "expected roots, got none");
  Certificate signer = TRY_WITH("certificate", Certificate::ParseDer(TRY(golden.Content(4))));
  const ByteSpan bundle = TRY(golden.Content(6));
  std::vector<Certificate> between;
  if (!bundle.empty()) between = TRY_WITH("CA bundle", Certificate::ParsePemChain(AsText(bundle)));
  TRY_WITH("certificate", crypto::VerifyPath(signer, between, roots, at));
  const std::optional<crypto::KeyUsage> usage = signer.Usage();
  if (signer.IsCa() || (usage && !usage->digital_signature)) {
    return Error(ErrorCode::kUntrusted, "certificate: expected one of a signer, got one for another use");
  }
  return signer;
}

Result<void> CheckDates(const GoldenMeasurement& golden, const Certificate& signer, Time at) {
  if (golden.timestamp > at) {
    return Error(ErrorCode::kExpired, "signed " + ToRfc3339(golden.timestamp) + ", now " + ToRfc3339(at));
  }
  TRY_WITH("when it was signed", signer.CheckValidity(golden.timestamp));
  return {};
}

// One text, lower-case hex, for each value.
template <class Values>
Result<Json> AsReferenceValues(const Values& values) {
  Json::Array texts;
  for (const auto& value : values) texts.emplace_back(ToHex(value));
  if (texts.empty()) return Error(ErrorCode::kNotFound, "launch endorsement: none for machines of this size");
  return Json(Json::Object{{"measurement", std::move(texts)}});
}

}  // namespace

Result<Json> VerifiedLaunchEndorsement::SnpReferenceValues(std::optional<std::uint32_t> vcpus) const {
  std::vector<std::array<std::uint8_t, 48>> values;
  if (golden_.snp) {
    for (const auto& [count, value] : golden_.snp->measurements) {
      if (!vcpus || *vcpus == count) values.push_back(value);
    }
  }
  return AsReferenceValues(values);
}

Result<Json> VerifiedLaunchEndorsement::TdxReferenceValues(std::optional<std::uint32_t> ram_gib) const {
  std::vector<std::array<std::uint8_t, 48>> values;
  if (golden_.tdx) {
    for (const GoldenTdx::Measurement& shape : golden_.tdx->measurements) {
      if (!ram_gib || *ram_gib == shape.ram_gib) values.push_back(shape.mr_td);
    }
  }
  return AsReferenceValues(values);
}

Result<VerifiedLaunchEndorsement> VerifyLaunchEndorsement(ByteSpan message, std::span<const Certificate> roots,
                                                          Time at) {
  constexpr std::string_view kWhat = "launch endorsement";
  if (message.size() > kMaxLaunchEndorsement) return Error(ErrorCode::kLimit, "launch endorsement: over 1 MiB");
  const ProtobufMessage outer = TRY_WITH(kWhat, ProtobufMessage::Parse(message));
  TRY_WITH(kWhat, outer.CheckNumbers({1, 2}));
  const ByteSpan signed_bytes = TRY_WITH(kWhat, outer.Content(1));
  const ProtobufMessage fields = TRY_WITH(kWhat, ProtobufMessage::Parse(signed_bytes));
  Certificate signer = TRY_WITH(kWhat, ReadSigner(fields, roots, at));
  const auto key = TRY_WITH(kWhat, signer.PublicKey(crypto::SignatureAlgorithm::kPs256));
  TRY_WITH(kWhat, key.Verify(signed_bytes, TRY_WITH(kWhat, outer.Content(2))));
  GoldenMeasurement golden = TRY_WITH(kWhat, ReadGolden(fields));
  TRY_WITH(kWhat, CheckDates(golden, signer, at));
  return VerifiedLaunchEndorsement(std::move(golden), std::move(signer));
}

}  // namespace cloister::evidence
