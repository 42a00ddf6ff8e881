#include "evidence/nitro/document.h"

#include <algorithm>

#include "evidence/nitro/internal/document.h"
#include "token/cose.h"

namespace cloister::evidence {
namespace {

using formats::CborForm;
using formats::CborView;
using internal::NitroCertificates;
using internal::NitroView;

constexpr std::int64_t kEs384 = -35;
constexpr std::uint64_t kEndOfYear9999Ms = 253402300799999;
// The payload holds nothing deeper than an array or a map of strings. A map of 32 PCRs, 8 certificates and 9 members
// needs under a hundred items; chunks of indefinite strings count too.
constexpr formats::CborLimits kPayloadLimits{.max_bytes = kMaximumNitroDocument, .max_depth = 3, .max_items = 1024};

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, message); }

Result<void> CheckEnvelope(const token::UnverifiedCose1View& message) {
  const auto algorithm = message.Protected(token::kCoseAlgorithmLabel);
  if (!algorithm) return Malformed("expected an algorithm in the protected header");
  if (!(formats::CborKey(kEs384) == *algorithm)) return Error(ErrorCode::kUnsupported, "expected the algorithm ES384");
  if (!TRY(message.unprotected_headers().AsMap()).empty()) {
    return Malformed("expected an empty unprotected header");
  }
  if (!message.unverified_payload()) return Malformed("expected a payload");
  return {};
}

Result<ByteSpan> ReadBytes(const CborView& value, std::size_t least, std::size_t most) {
  const ByteSpan bytes = TRY(value.AsBytes());
  if (bytes.size() >= least && bytes.size() <= most) return bytes;
  return Error(ErrorCode::kLimit, "expected " + std::to_string(least) + " to " + std::to_string(most) + " bytes, got " +
                                      std::to_string(bytes.size()));
}

// Absent and null mean the same.
template <std::size_t N>
Result<void> FindBytes(const CborView& payload, const char* key, std::size_t least, std::optional<BoundedBytes<N>>& out) {
  const std::optional<CborView> value = payload.Find(key);
  if (value && !value->is_null()) out.emplace(TRY_WITH(key, ReadBytes(*value, least, N)));
  return {};
}

Result<void> ReadPcrs(const CborView& payload, NitroPcrs& pcrs) {
  const CborView::Items map = TRY(TRY(payload.GetMap("pcrs")).AsMap());
  for (auto at = map.begin(); at != map.end(); ++at) {
    const std::uint64_t number = TRY_WITH("pcrs", (*at++).AsUint());
    if (number >= kNitroPcrs) return Error(ErrorCode::kLimit, "pcrs: expected indices below 32");
    const ByteSpan digest = TRY_WITH("pcrs", (*at).AsBytes());
    pcrs[static_cast<unsigned>(number)] = TRY_WITH("PCR" + std::to_string(number), ToArray<48>(digest));
  }
  for (const unsigned needed : {0u, 1u, 2u}) {
    if (!pcrs.contains(needed)) return Malformed("pcrs: expected PCR" + std::to_string(needed) + ", got none");
  }
  return {};
}

Result<NitroCertificates> ReadCertificates(const CborView& payload) {
  NitroCertificates certificates;
  certificates.certificate =
      TRY_WITH("certificate", ReadBytes(TRY(payload.Get("certificate")), 1, kMaximumNitroCertificate));
  const CborView::Items array = TRY(payload.GetArray("cabundle"));
  if (array.empty() || array.size() > kMaximumNitroBundle) {
    return Error(ErrorCode::kLimit, "cabundle: expected 1 to " + std::to_string(kMaximumNitroBundle) +
                                        " certificates, got " + std::to_string(array.size()));
  }
  for (const CborView& each : array) {
    certificates.bundle.push_back(TRY_WITH("cabundle", ReadBytes(each, 1, kMaximumNitroCertificate)));
  }
  return certificates;
}

Result<std::uint64_t> ReadTimestamp(const CborView& payload) {
  const std::uint64_t timestamp = TRY(payload.GetUint("timestamp"));
  if (timestamp == 0 || timestamp > kEndOfYear9999Ms) return Malformed("timestamp: expected a time until 9999");
  return timestamp;
}

Result<void> ReadClaims(const CborView& payload, NitroClaims& claims) {
  TRY(payload.RefuseUnknownKeys(
      {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key", "user_data", "nonce"}));
  const std::string_view module_id = TRY(payload.GetText("module_id"));
  if (module_id.empty() || module_id.size() > kMaximumNitroModuleId) {
    return Error(ErrorCode::kLimit, "module_id: expected 1 to 256 bytes");
  }
  claims.module_id = AsBytes(module_id);
  if (TRY(payload.GetText("digest")) != "SHA384") {
    return Error(ErrorCode::kUnsupported, "digest: expected SHA384");
  }
  claims.timestamp_ms = TRY(ReadTimestamp(payload));
  TRY(ReadPcrs(payload, claims.pcrs));
  TRY(FindBytes(payload, "public_key", 1, claims.public_key));
  TRY(FindBytes(payload, "user_data", 0, claims.user_data));
  return FindBytes(payload, "nonce", 0, claims.nonce);
}

Result<token::UnverifiedCose1View> Open(ByteSpan document, internal::NitroScratch& scratch) {
  if (document.size() > kMaximumNitroDocument) {
    return Error(ErrorCode::kLimit, "expected at most " + std::to_string(kMaximumNitroDocument) + " bytes, got " +
                                        std::to_string(document.size()));
  }
  return token::UnverifiedCose1View::Parse(document, scratch.message);
}

}  // namespace

Result<NitroView> internal::ReadNitroDocument(ByteSpan document, NitroScratch& scratch) {
  NitroView view{TRY_WITH("Nitro document", Open(document, scratch)), {}, {}};
  TRY_WITH("Nitro document", CheckEnvelope(view.message));
  const ByteSpan bytes = *view.message.unverified_payload();
  const CborView payload =
      TRY_WITH("Nitro document", scratch.payload.Decode(bytes, CborForm::kAnyWellFormed, kPayloadLimits));
  TRY_WITH("Nitro document", ReadClaims(payload, view.claims));
  view.certificates = TRY_WITH("Nitro document", ReadCertificates(payload));
  return view;
}

bool NitroClaims::Debug() const {
  return std::any_of(pcrs.begin(), pcrs.end(),
                     [](const auto& pcr) { return pcr.first <= 2 && pcr.second == crypto::Sha384Digest{}; });
}

Result<NitroDocument> ParseNitroDocument(ByteSpan bytes) {
  internal::NitroScratch scratch;
  NitroView view = TRY(internal::ReadNitroDocument(bytes, scratch));
  NitroDocument document{view.claims, ToBytes(view.certificates.certificate), {}};
  for (const ByteSpan each : view.certificates.bundle) document.cabundle.push_back(ToBytes(each));
  return document;
}

}  // namespace cloister::evidence
