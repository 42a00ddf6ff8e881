#include "evidence/cca/verify.h"

#include "token/cose.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using crypto::VerifyingKey;

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

Result<void> CheckExpected(const CcaToken& token, const CcaExpectations& expected) {
  if (!token.platform.Secured()) {
    return Error(ErrorCode::kMismatch, "expected a secured platform (lifecycle 0x3000 to 0x30FF), got lifecycle " +
                                           std::to_string(token.platform.lifecycle));
  }
  if (token.realm.challenge != expected.challenge) {
    return Error(ErrorCode::kMismatch, "the realm's challenge is not what was asked for");
  }
  if (!expected.personalization.Fits(token.realm.personalization)) {
    return Error(ErrorCode::kMismatch, "the realm's personalization value is not what was expected");
  }
  return {};
}

Result<void> CheckSignature(ByteSpan message, const VerifyingKey& key) {
  TRY(token::VerifyCose1(message, key, {.form = token::CoseForm::kAny}));
  return {};
}

}  // namespace

// The only maker of VerifiedCca.
struct CcaVerification {
  static Result<VerifiedCca> Verify(ByteSpan bytes, const CcaPlatformKeys& keys,
                                    const std::optional<CcaReferenceValues>& references,
                                    const CcaExpectations& expected) {
    CcaToken token = TRY(ParseCcaToken(bytes));
    const CcaPlatformKey& platform_key =
        *TRY_WITH("CCA token", keys.Find(token.platform.implementation_id, token.platform.instance_id));
    TRY_WITH("CCA platform token", CheckSignature(token.platform_message, platform_key.key));
    TRY_WITH("CCA token", CheckBinding(token.platform, token.realm));
    const VerifyingKey realm_key = TRY_WITH("CCA realm key", KeyOf(token.realm));
    TRY_WITH("CCA realm token", CheckSignature(token.realm_message, realm_key));
    TRY_WITH("CCA token", CheckExpected(token, expected));
    VerifiedCca verified(std::move(token), crypto::Sha256(platform_key.key.SpkiDer()), platform_key.simulated);
    if (references) {
      verified.platform_match_ = references->Compare(verified.platform_);
      verified.realm_match_ = references->Compare(verified.realm_);
    }
    return verified;
  }
};

Result<VerifiedCca> VerifyCca(ByteSpan token, const CcaPlatformKeys& keys,
                              const std::optional<CcaReferenceValues>& references, const CcaExpectations& expected) {
  return CcaVerification::Verify(token, keys, references, expected);
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
