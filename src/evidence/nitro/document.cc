#include "evidence/nitro/document.h"

#include <algorithm>

#include "evidence/nitro/internal/document.h"

namespace cloister::evidence {
namespace {

using formats::Cbor;
using formats::CborForm;

constexpr std::int64_t kEs384 = -35;
constexpr std::size_t kMaximumModuleId = 256;
constexpr std::uint64_t kEndOfYear9999Ms = 253402300799999;
// The payload holds nothing deeper than an array or a map of strings. A map of 32 PCRs, 8 certificates and 9 members
// needs under a hundred items; chunks of indefinite strings count too.
constexpr formats::CborLimits kPayloadLimits{.max_bytes = kMaximumNitroDocument, .max_depth = 3, .max_items = 1024};

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, message); }

Result<void> CheckEnvelope(const token::UnverifiedCose1& message) {
  const Cbor* algorithm = message.Protected(token::kCoseAlgorithmLabel);
  if (algorithm == nullptr) return Malformed("expected an algorithm in the protected header");
  if (!(*algorithm == Cbor(kEs384))) return Error(ErrorCode::kUnsupported, "expected the algorithm ES384");
  if (!TRY(message.unprotected_headers().AsMap())->empty()) {
    return Malformed("expected an empty unprotected header");
  }
  if (message.detached()) return Malformed("expected a payload");
  return {};
}

Result<Bytes> ReadBytes(const Cbor& value, std::size_t least, std::size_t most) {
  const ByteSpan bytes = TRY(value.AsBytes());
  if (bytes.size() < least || bytes.size() > most) {
    return Error(ErrorCode::kLimit, "expected " + std::to_string(least) + " to " + std::to_string(most) +
                                        " bytes, got " + std::to_string(bytes.size()));
  }
  return ToBytes(bytes);
}

// Absent and null mean the same.
Result<std::optional<Bytes>> FindBytes(const Cbor& payload, const char* key, std::size_t least, std::size_t most) {
  const Cbor* value = payload.Find(key);
  if (value == nullptr || value->is_null()) return std::optional<Bytes>();
  return std::optional(TRY_WITH(key, ReadBytes(*value, least, most)));
}

Result<std::map<unsigned, crypto::Sha384Digest>> ReadPcrs(const Cbor& payload) {
  const Cbor* map = TRY(payload.GetMap("pcrs"));
  std::map<unsigned, crypto::Sha384Digest> pcrs;
  for (const auto& [index, value] : *TRY(map->AsMap())) {
    const std::uint64_t number = TRY_WITH("pcrs", index.AsUint());
    if (number >= kNitroPcrs) return Error(ErrorCode::kLimit, "pcrs: expected indices below 32");
    const ByteSpan digest = TRY_WITH("pcrs", value.AsBytes());
    pcrs[static_cast<unsigned>(number)] = TRY_WITH("PCR" + std::to_string(number), ToArray<48>(digest));
  }
  for (const unsigned needed : {0u, 1u, 2u}) {
    if (!pcrs.contains(needed)) return Malformed("pcrs: expected PCR" + std::to_string(needed) + ", got none");
  }
  return pcrs;
}

Result<std::vector<Bytes>> ReadBundle(const Cbor& payload) {
  const Cbor::Array& array = *TRY(payload.GetArray("cabundle"));
  if (array.empty() || array.size() > kMaximumNitroBundle) {
    return Error(ErrorCode::kLimit, "cabundle: expected 1 to " + std::to_string(kMaximumNitroBundle) +
                                        " certificates, got " + std::to_string(array.size()));
  }
  std::vector<Bytes> bundle;
  for (const Cbor& each : array) bundle.push_back(TRY_WITH("cabundle", ReadBytes(each, 1, kMaximumNitroCertificate)));
  return bundle;
}

Result<std::uint64_t> ReadTimestamp(const Cbor& payload) {
  const std::uint64_t timestamp = TRY(payload.GetUint("timestamp"));
  if (timestamp == 0 || timestamp > kEndOfYear9999Ms) return Malformed("timestamp: expected a time until 9999");
  return timestamp;
}

Result<NitroDocument> ReadPayload(ByteSpan bytes) {
  const Cbor payload = TRY(Cbor::Decode(bytes, CborForm::kAnyWellFormed, kPayloadLimits));
  TRY(payload.RefuseUnknownKeys(
      {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key", "user_data", "nonce"}));
  NitroDocument document;
  document.module_id = TRY(payload.GetText("module_id"));
  if (document.module_id.empty() || document.module_id.size() > kMaximumModuleId) {
    return Error(ErrorCode::kLimit, "module_id: expected 1 to 256 bytes");
  }
  if (TRY(payload.GetText("digest")) != "SHA384") {
    return Error(ErrorCode::kUnsupported, "digest: expected SHA384");
  }
  document.timestamp_ms = TRY(ReadTimestamp(payload));
  document.pcrs = TRY(ReadPcrs(payload));
  document.certificate =
      TRY_WITH("certificate", ReadBytes(*TRY(payload.Get("certificate")), 1, kMaximumNitroCertificate));
  document.cabundle = TRY(ReadBundle(payload));
  document.public_key = TRY(FindBytes(payload, "public_key", 1, kMaximumNitroPublicKey));
  document.user_data = TRY(FindBytes(payload, "user_data", 0, kMaximumNitroUserData));
  document.nonce = TRY(FindBytes(payload, "nonce", 0, kMaximumNitroNonce));
  return document;
}

}  // namespace

Result<token::UnverifiedCose1> internal::OpenNitroEnvelope(ByteSpan document) {
  if (document.size() > kMaximumNitroDocument) {
    return Error(ErrorCode::kLimit, "expected at most " + std::to_string(kMaximumNitroDocument) + " bytes, got " +
                                        std::to_string(document.size()));
  }
  return token::UnverifiedCose1::Parse(document, token::CoseForm::kAny);
}

Result<NitroDocument> internal::ReadNitroDocument(const token::UnverifiedCose1& message) {
  TRY(CheckEnvelope(message));
  return ReadPayload(*message.unverified_payload());
}

bool NitroDocument::Debug() const {
  return std::any_of(pcrs.begin(), pcrs.end(),
                     [](const auto& pcr) { return pcr.first <= 2 && pcr.second == crypto::Sha384Digest{}; });
}

Result<NitroDocument> ParseNitroDocument(ByteSpan document) {
  const auto message = TRY_WITH("Nitro document", internal::OpenNitroEnvelope(document));
  return TRY_WITH("Nitro document", internal::ReadNitroDocument(message));
}

}  // namespace cloister::evidence
