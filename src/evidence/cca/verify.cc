#include "evidence/cca/verify.h"

#include "base/byte_reader.h"
#include "evidence/cca/internal/platform.h"
#include "evidence/cca/internal/token.h"
#include "evidence/cca/platform_cache.h"
#include "token/cose_key.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using crypto::VerifyingKey;
using internal::VerifiedCcaPlatform;

constexpr std::uint8_t kUncompressedPoint = 4;

// 0x04 || x || y; the length says which curve.
Result<VerifyingKey> KeyFromPoint(ByteSpan point) {
  for (const auto algorithm : {SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
    const std::size_t size = crypto::EcCoordinateSize(algorithm);
    if (point.size() != 1 + 2 * size || point[0] != kUncompressedPoint) continue;
    return VerifyingKey::FromEcPoint(algorithm, point.subspan(1, size), point.subspan(1 + size));
  }
  return Error(ErrorCode::kMalformed, "expected 0x04 || x || y on P-256, P-384 or P-521");
}

Result<VerifyingKey> KeyOf(const CcaRealm& realm) {
  if (!realm.profile) return KeyFromPoint(realm.public_key);
  const token::CoseKey key = TRY(token::DecodeCoseKey(realm.public_key));
  for (const auto each : {SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
    if (key.key.algorithm() == each) return key.key;
  }
  return Error(ErrorCode::kUnsupported, "expected a key for ES256, ES384 or ES512");
}

// The bytes as they stand in the token: of a key encoded anew (shorter, sorted, as a point) the digest would differ.
Result<void> CheckBinding(const CcaPlatform& platform, const CcaRealm& realm) {
  if (Equal(platform.challenge, crypto::Hash(realm.public_key_hash_algorithm, realm.public_key))) return {};
  return Error(ErrorCode::kUntrusted, "the platform's challenge is not the digest of the realm's public key");
}

Result<void> CheckExpected(const CcaPlatform& platform, const CcaRealm& realm, const CcaExpectations& expected) {
  if (!platform.Secured()) {
    return Error(ErrorCode::kMismatch, "expected a secured platform (lifecycle 0x3000 to 0x30FF), got lifecycle " +
                                           std::to_string(platform.lifecycle));
  }
  if (realm.challenge != expected.challenge) {
    return Error(ErrorCode::kMismatch, "the realm's challenge is not what was asked for");
  }
  if (!expected.personalization.Fits(realm.personalization)) {
    return Error(ErrorCode::kMismatch, "the realm's personalization value is not what was expected");
  }
  return {};
}

// Over all that verifying the platform half and reading the realm's key depends on, but the platform's key.
crypto::Sha256Digest DigestOf(ByteSpan platform_message, const CcaRealm& realm) {
  crypto::Sha256Hasher hasher;
  for (const ByteSpan part : {platform_message, ByteSpan(realm.public_key)}) {
    hasher.Update(BeBytes<std::uint64_t>(part.size()));
    hasher.Update(part);
  }
  hasher.Update(BeBytes(static_cast<std::uint8_t>(realm.public_key_hash_algorithm)));
  hasher.Update(BeBytes(static_cast<std::uint8_t>(realm.profile.has_value())));
  return hasher.Finish();
}

}  // namespace

CcaPlatformCache::CcaPlatformCache(std::size_t capacity) : platforms_(capacity) {}
CcaPlatformCache::~CcaPlatformCache() = default;

const CcaPlatform& VerifiedCca::platform() const { return platform_->platform; }
const crypto::Sha256Digest& VerifiedCca::platform_key_sha256() const { return platform_->key_sha256; }

// The only maker of VerifiedCca.
struct CcaVerification {
  using Platform = std::shared_ptr<const VerifiedCcaPlatform>;

  static Result<Platform> VerifyPlatform(ByteSpan bytes, const CcaRealm& realm, const CcaPlatformKeys& keys,
                                         internal::CcaScratch::Half& scratch) {
    const auto message = TRY_WITH("CCA token: platform token", internal::OpenCcaMessage(bytes, scratch));
    CcaPlatform platform = TRY_WITH("CCA token: platform token", internal::ReadCcaPlatform(message, scratch));
    const VerifyingKey& key = TRY_WITH("CCA token", keys.Find(platform.implementation_id, platform.instance_id))->key;
    TRY_WITH("CCA platform token", message.Verify(key));
    TRY_WITH("CCA token", CheckBinding(platform, realm));
    VerifyingKey realm_key = TRY_WITH("CCA realm key", KeyOf(realm));
    return std::make_shared<const VerifiedCcaPlatform>(
        VerifiedCcaPlatform{std::move(platform), key, crypto::Sha256(key.SpkiDer()), std::move(realm_key)});
  }

  // The same, or what was verified before with the key that `keys` still has for it.
  static Result<Platform> FindPlatform(ByteSpan bytes, const CcaRealm& realm, const CcaPlatformKeys& keys,
                                       internal::CcaScratch::Half& scratch, CcaPlatformCache& cache) {
    const crypto::Sha256Digest digest = DigestOf(bytes, realm);
    if (Platform known = cache.platforms_.Find(digest)) {
      const auto key = keys.Find(known->platform.implementation_id, known->platform.instance_id);
      if (key && (*key)->key == known->key) return known;
      cache.platforms_.Drop(digest);  // verified again, for its reason
    }
    Platform platform = TRY(VerifyPlatform(bytes, realm, keys, scratch));
    cache.platforms_.Keep(digest, platform);
    return platform;
  }

  static Result<VerifiedCca> Verify(ByteSpan bytes, const CcaPlatformKeys& keys,
                                    const std::optional<CcaReferenceValues>& references,
                                    const CcaExpectations& expected, CcaPlatformCache* cache) {
    // Bounded by a token's 64 KiB and its limits of values, some 8,000 in all: under 1 MiB.
    thread_local internal::CcaScratch scratch;
    const internal::CcaMessages messages = TRY_WITH("CCA token", internal::SplitCcaToken(bytes, scratch));
    const auto message = TRY_WITH("CCA token: realm token", internal::OpenCcaMessage(messages.realm, scratch.realm));
    const CcaRealm realm = TRY_WITH("CCA token: realm token", internal::ReadCcaRealm(message, scratch.realm));
    Platform platform = TRY(cache == nullptr ? VerifyPlatform(messages.platform, realm, keys, scratch.platform)
                                             : FindPlatform(messages.platform, realm, keys, scratch.platform, *cache));
    TRY_WITH("CCA realm token", message.Verify(platform->realm_key));
    TRY_WITH("CCA token", CheckExpected(platform->platform, realm, expected));
    const CcaPlatformKey& key = *TRY(keys.Find(platform->platform.implementation_id, platform->platform.instance_id));
    VerifiedCca verified(std::move(platform), realm, key.simulated);
    if (references) {
      verified.platform_match_ = references->Compare(verified.platform());
      verified.realm_match_ = references->Compare(verified.realm_);
    }
    return verified;
  }
};

Result<VerifiedCca> VerifyCca(ByteSpan token, const CcaPlatformKeys& keys,
                              const std::optional<CcaReferenceValues>& references, const CcaExpectations& expected) {
  return CcaVerification::Verify(token, keys, references, expected, nullptr);
}

Result<VerifiedCca> VerifyCca(ByteSpan token, const CcaPlatformKeys& keys,
                              const std::optional<CcaReferenceValues>& references, const CcaExpectations& expected,
                              CcaPlatformCache& cache) {
  return CcaVerification::Verify(token, keys, references, expected, &cache);
}

Result<Bytes> CcaTokenFromTrusteeJson(const formats::Json& evidence) {
  const formats::Json::Array& array = *TRY_WITH("CCA evidence", evidence.GetArray("token"));
  if (array.size() > kMaximumCcaToken) return Error(ErrorCode::kLimit, "CCA evidence: a token over 64 KiB");
  Bytes token;
  token.reserve(array.size());
  for (const formats::Json& each : array) {
    const std::int64_t byte = TRY_WITH("CCA evidence", each.AsInt());
    if (byte < 0 || byte > 255) return Error(ErrorCode::kMalformed, "CCA evidence: expected bytes as numbers");
    token.push_back(static_cast<std::uint8_t>(byte));
  }
  return token;
}

}  // namespace cloister::evidence
