#include "evidence/cca/token.h"

#include <algorithm>

#include "evidence/cca/internal/token.h"
#include "token/cose.h"

namespace cloister::evidence {
namespace {

using crypto::HashAlgorithm;
using formats::CborForm;
using formats::CborLimits;
using formats::CborView;

constexpr std::uint64_t kCollectionTag = 399;
constexpr std::int64_t kPlatformToken = 44234, kRealmToken = 44241;
constexpr std::int64_t kChallenge = 10, kProfile = 265;
constexpr std::int64_t kInstanceId = 256, kLifecycle = 2395, kImplementationId = 2396, kComponents = 2399;
constexpr std::int64_t kVerificationService = 2400, kConfiguration = 2401, kPlatformHash = 2402;
constexpr std::int64_t kType = 1, kMeasurement = 2, kVersion = 4, kSigner = 5, kHash = 6;
constexpr std::int64_t kPersonalization = 44235, kRealmHash = 44236, kPublicKey = 44237;
constexpr std::int64_t kInitialMeasurement = 44238, kExtensibleMeasurements = 44239, kPublicKeyHash = 44240;

constexpr std::uint64_t kMaximumLifecycle = 0x60FF;
constexpr std::uint8_t kUeidRandom = 1;
// A map of an array of maps of values is as deep as claims get.
constexpr CborLimits kCollectionLimits{.max_bytes = kMaximumCcaToken, .max_depth = 3, .max_items = 64};
constexpr CborLimits kClaimsLimits{.max_bytes = kMaximumCcaToken, .max_depth = 4, .max_items = 2048};

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, message); }

Result<ByteSpan> BytesUpTo(ByteSpan bytes, std::size_t most) {
  if (bytes.size() <= most) return bytes;
  return Error(ErrorCode::kLimit,
               "expected at most " + std::to_string(most) + " bytes, got " + std::to_string(bytes.size()));
}

Result<std::string_view> ReadText(const CborView& map, std::int64_t key) {
  const std::string_view text = TRY(map.GetText(key));
  if (text.size() <= kMaximumCcaText) return text;
  return Error(ErrorCode::kLimit, "key " + std::to_string(key) + ": expected at most 256 bytes of text");
}

Result<std::optional<std::string_view>> FindText(const CborView& map, std::int64_t key) {
  if (!map.Find(key)) return std::optional<std::string_view>();
  return std::optional(TRY(ReadText(map, key)));
}

Result<HashAlgorithm> ReadHash(const CborView& map, std::int64_t key) { return CcaHashFromName(TRY(ReadText(map, key))); }

template <std::size_t N>
Result<std::array<std::uint8_t, N>> ReadArray(const CborView& map, std::int64_t key) {
  const ByteSpan bytes = TRY(map.GetBytes(key));
  return TRY_WITH("key " + std::to_string(key), ToArray<N>(bytes));
}

// A digest of any of the three algorithms.
Result<ByteSpan> ReadDigest(ByteSpan bytes) {
  if (bytes.size() == 32 || bytes.size() == 48 || bytes.size() == 64) return bytes;
  return Malformed("expected a digest of 32, 48 or 64 bytes, got " + std::to_string(bytes.size()));
}

Result<ByteSpan> ReadDigestOf(HashAlgorithm algorithm, ByteSpan bytes) {
  if (bytes.size() == crypto::DigestSize(algorithm)) return bytes;
  return Malformed("expected a digest of " + std::string(CcaHashName(algorithm)) + ", got " +
                   std::to_string(bytes.size()) + " bytes");
}

Result<CcaComponent> ReadComponent(const CborView& map, HashAlgorithm platform_hash) {
  TRY(map.RefuseUnknownKeys({kType, kMeasurement, kVersion, kSigner, kHash}));
  CcaComponent component;
  component.type = TRY(FindText(map, kType));
  component.version = TRY(FindText(map, kVersion));
  if (map.Find(kHash)) component.hash_algorithm = TRY(ReadHash(map, kHash));
  component.measurement =
      ToBytes(TRY(ReadDigestOf(component.hash_algorithm.value_or(platform_hash), TRY(map.GetBytes(kMeasurement)))));
  component.signer = ToBytes(TRY_WITH("signer", ReadDigest(TRY(map.GetBytes(kSigner)))));
  return component;
}

Result<std::vector<CcaComponent>> ReadComponents(const CborView& claims, HashAlgorithm platform_hash) {
  const CborView::Items array = TRY(claims.GetArray(kComponents));
  if (array.empty() || array.size() > kMaximumCcaComponents) {
    return Error(ErrorCode::kLimit, "software components: expected 1 to 64, got " + std::to_string(array.size()));
  }
  std::vector<CcaComponent> components;
  for (const CborView& each : array)
    components.push_back(TRY_WITH("software component", ReadComponent(each, platform_hash)));
  return components;
}

Result<CcaPlatform> ReadPlatform(const CborView& claims) {
  TRY(claims.RefuseUnknownKeys({kChallenge, kProfile, kInstanceId, kLifecycle, kImplementationId, kComponents,
                                kVerificationService, kConfiguration, kPlatformHash}));
  CcaPlatform platform;
  platform.profile = TRY(ReadText(claims, kProfile));
  if (platform.profile != kCcaLegacyPlatformProfile && platform.profile != kCcaPlatformProfile) {
    return Error(ErrorCode::kUnsupported, "another profile than the two that we read");
  }
  platform.challenge = ToBytes(TRY_WITH("challenge", ReadDigest(TRY(claims.GetBytes(kChallenge)))));
  platform.implementation_id = TRY(ReadArray<32>(claims, kImplementationId));
  platform.instance_id = TRY(ReadArray<33>(claims, kInstanceId));
  if (platform.instance_id[0] != kUeidRandom) return Malformed("instance id: expected a UEID of type RAND");
  platform.configuration =
      ToBytes(TRY_WITH("configuration", BytesUpTo(TRY(claims.GetBytes(kConfiguration)), kMaximumCcaConfiguration)));
  const std::uint64_t lifecycle = TRY(claims.GetUint(kLifecycle));
  if (lifecycle > kMaximumLifecycle) return Malformed("lifecycle: expected at most 0x60FF");
  platform.lifecycle = static_cast<std::uint16_t>(lifecycle);
  platform.hash_algorithm = TRY(ReadHash(claims, kPlatformHash));
  platform.components = TRY(ReadComponents(claims, platform.hash_algorithm));
  platform.verification_service = TRY(FindText(claims, kVerificationService));
  return platform;
}

Result<CcaRealm> ReadRealm(const CborView& claims) {
  TRY(claims.RefuseUnknownKeys({kChallenge, kProfile, kPersonalization, kRealmHash, kPublicKey, kInitialMeasurement,
                                kExtensibleMeasurements, kPublicKeyHash}));
  CcaRealm realm;
  if (const auto profile = TRY(FindText(claims, kProfile))) {
    if (*profile != kCcaRealmProfile) return Error(ErrorCode::kUnsupported, "another profile than the two that we read");
    realm.profile = kCcaRealmProfile;
  }
  realm.challenge = TRY(ReadArray<64>(claims, kChallenge));
  realm.personalization = TRY(ReadArray<64>(claims, kPersonalization));
  realm.hash_algorithm = TRY(ReadHash(claims, kRealmHash));
  realm.public_key = TRY_WITH("public key", BytesUpTo(TRY(claims.GetBytes(kPublicKey)), kMaximumCcaRealmKey));
  realm.public_key_hash_algorithm = TRY(ReadHash(claims, kPublicKeyHash));
  realm.initial_measurement =
      TRY_WITH("initial measurement", ReadDigestOf(realm.hash_algorithm, TRY(claims.GetBytes(kInitialMeasurement))));
  const CborView measurements = TRY(claims.Get(kExtensibleMeasurements));
  std::size_t i = 0;
  for (const CborView& each : TRY_WITH("extensible measurements", measurements.AsArrayOf(4))) {
    realm.extensible_measurements[i++] =
        TRY_WITH("extensible measurement", ReadDigestOf(realm.hash_algorithm, TRY(each.AsBytes())));
  }
  return realm;
}

Result<CcaToken> Parse(ByteSpan bytes) {
  internal::CcaScratch scratch;
  const internal::CcaMessages messages = TRY(internal::SplitCcaToken(bytes, scratch));
  CcaToken token;
  const auto platform = TRY_WITH("platform token", internal::OpenCcaMessage(messages.platform, scratch.platform));
  token.platform = TRY_WITH("platform token", internal::ReadCcaPlatform(platform, scratch.platform));
  const auto realm = TRY_WITH("realm token", internal::OpenCcaMessage(messages.realm, scratch.realm));
  token.realm = TRY_WITH("realm token", internal::ReadCcaRealm(realm, scratch.realm));
  token.platform_message = ToBytes(messages.platform);
  token.realm_message = ToBytes(messages.realm);
  return token;
}

}  // namespace

namespace internal {

Result<CcaMessages> SplitCcaToken(ByteSpan token, CcaScratch& scratch) {
  const CborView collection = TRY(scratch.collection.Decode(token, CborForm::kAnyWellFormed, kCollectionLimits));
  const CborView map = TRY(collection.AsTagged(kCollectionTag));
  TRY(map.RefuseUnknownKeys({kPlatformToken, kRealmToken}));
  CcaMessages messages;
  messages.platform = TRY_WITH("platform token", map.GetBytes(kPlatformToken));
  messages.realm = TRY_WITH("realm token", map.GetBytes(kRealmToken));
  return messages;
}

Result<token::UnverifiedCose1View> OpenCcaMessage(ByteSpan message, CcaScratch::Half& scratch) {
  const auto cose = TRY(token::UnverifiedCose1View::Parse(message, scratch.message));
  if (!cose.Protected(token::kCoseAlgorithmLabel)) return Malformed("expected an algorithm in the protected header");
  if (!cose.unverified_payload()) return Malformed("expected a payload");
  return cose;
}

Result<CcaPlatform> ReadCcaPlatform(const token::UnverifiedCose1View& message, CcaScratch::Half& scratch) {
  return ReadPlatform(TRY(scratch.claims.Decode(*message.unverified_payload(), CborForm::kAnyWellFormed, kClaimsLimits)));
}

Result<CcaRealm> ReadCcaRealm(const token::UnverifiedCose1View& message, CcaScratch::Half& scratch) {
  return ReadRealm(TRY(scratch.claims.Decode(*message.unverified_payload(), CborForm::kAnyWellFormed, kClaimsLimits)));
}

}  // namespace internal

std::string_view CcaHashName(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return "sha-256";
    case HashAlgorithm::kSha384:
      return "sha-384";
    case HashAlgorithm::kSha512:
      return "sha-512";
  }
  CHECK(false);
}

Result<HashAlgorithm> CcaHashFromName(std::string_view name) {
  for (const HashAlgorithm each : {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    if (name == CcaHashName(each)) return each;
  }
  return Error(ErrorCode::kUnsupported, "hash: expected sha-256, sha-384 or sha-512");
}

Result<CcaToken> ParseCcaToken(ByteSpan token) { return TRY_WITH("CCA token", Parse(token)); }

}  // namespace cloister::evidence
