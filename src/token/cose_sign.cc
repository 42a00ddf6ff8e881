#include "token/cose_sign.h"

#include "token/internal/cose_headers.h"

namespace cloister::token {
namespace {

using crypto::VerifyingKey;
using formats::Cbor;
using internal::CoseBuckets;

constexpr std::uint64_t kSignTag = 98;
constexpr std::size_t kMaximumSigners = 16;

}  // namespace

// The only maker of VerifiedCoseSign.
struct CoseSignParts {
  // One COSE_Signature (RFC 9052 §4.1); `body` and `payload` are the message's.
  static Result<CoseSigner> VerifyOne(const Cbor& signature, const CoseBuckets& body, ByteSpan payload,
                                      const CoseKeyFinder& find_key, const Cose1Expectations& expected) {
    const Cbor::Array& parts = *TRY(signature.AsArrayOf(3));
    const CoseBuckets buckets = TRY(internal::ParseBuckets(parts[0], parts[1], expected.form));
    CoseSigner signer{TRY(internal::KeyIdOf(buckets.Find(kCoseKeyIdLabel))), buckets.protected_headers};
    const VerifyingKey key = TRY(find_key(signer));
    TRY(internal::CheckAlgorithm(buckets, key, expected.form));
    TRY(internal::CheckCritical(buckets, expected));
    // RFC 9052 §4.4
    const Cbor structure =
        Cbor::Array{"Signature", body.protected_bytes, buckets.protected_bytes, expected.external_aad, payload};
    TRY(key.Verify(structure.Encode(), TRY(parts[2].AsBytes())));
    return signer;
  }

  static Result<VerifiedCoseSign> Verify(ByteSpan bytes, const CoseKeyFinder& find_key,
                                         const Cose1Expectations& expected) {
    const Cbor message = TRY(Cbor::Decode(bytes, internal::CborFormOf(expected.form), {.max_bytes = kMaxCoseBytes}));
    const Cbor* content = TRY(internal::Untag(message, kSignTag, expected.form));
    const Cbor::Array& parts = *TRY(content->AsArrayOf(4));
    const CoseBuckets body = TRY(internal::ParseBuckets(parts[0], parts[1], expected.form));
    TRY(internal::CheckCritical(body, expected));
    const std::optional<Bytes> attached = TRY(internal::ReadPayload(parts[2]));
    const ByteSpan payload = TRY(internal::PayloadOf(attached, expected));
    const Cbor::Array& signatures = *TRY_WITH("signatures", parts[3].AsArray());
    if (signatures.empty() || signatures.size() > kMaximumSigners) {
      return Error(ErrorCode::kLimit, "expected 1 to 16 signatures, got " + std::to_string(signatures.size()));
    }
    VerifiedCoseSign verified;
    for (const Cbor& signature : signatures) {
      verified.signers_.push_back(TRY(VerifyOne(signature, body, payload, find_key, expected)));
    }
    verified.payload_ = ToBytes(payload);
    verified.protected_ = body.protected_headers;
    return verified;
  }
};

Result<VerifiedCoseSign> VerifyCoseSign(ByteSpan message, const CoseKeyFinder& find_key,
                                        const Cose1Expectations& expected) {
  return TRY_WITH("COSE_Sign", CoseSignParts::Verify(message, find_key, expected));
}

}  // namespace cloister::token
