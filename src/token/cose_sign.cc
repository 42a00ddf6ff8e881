#include "token/cose_sign.h"

#include "token/internal/cose_headers.h"

namespace cloister::token {
namespace {

using crypto::VerifyingKey;
using formats::Cbor;
using formats::CborView;
using internal::CoseBuckets;

constexpr std::uint64_t kSignTag = 98;
constexpr std::size_t kMaximumSigners = 16;

}  // namespace

// The only maker of VerifiedCoseSign.
struct CoseSignParts {
  // One COSE_Signature (RFC 9052 §4.1); `body` and `payload` are the message's.
  static Result<CoseSigner> VerifyOne(const CborView& signature, const CoseBuckets& body, ByteSpan payload,
                                      const CoseKeyFinder& find_key, const Cose1Expectations& expected) {
    auto part = TRY(signature.AsArrayOf(3)).begin();
    const CborView protected_value = *part++;
    const CoseBuckets buckets = TRY(internal::ParseBuckets(protected_value, *part++, expected.form));
    CoseSigner signer{TRY(internal::KeyIdOf(buckets.Find(kCoseKeyIdLabel))), buckets.protected_headers};
    const VerifyingKey key = TRY(find_key(signer));
    TRY(internal::CheckAlgorithm(buckets, key, expected.form));
    TRY(internal::CheckCritical(buckets, expected));
    // RFC 9052 §4.4
    const Cbor structure =
        Cbor::Array{"Signature", body.protected_bytes, buckets.protected_bytes, expected.external_aad, payload};
    TRY(key.Verify(structure.Encode(), TRY((*part).AsBytes())));
    return signer;
  }

  static Result<VerifiedCoseSign> Verify(ByteSpan bytes, const CoseKeyFinder& find_key,
                                         const Cose1Expectations& expected) {
    formats::CborTape tape;
    const CborView message =
        TRY(tape.Decode(bytes, internal::CborFormOf(expected.form), {.max_bytes = kMaxCoseBytes}));
    auto part = TRY(TRY(internal::Untag(message, kSignTag, expected.form)).AsArrayOf(4)).begin();
    const CborView protected_value = *part++;
    const CoseBuckets body = TRY(internal::ParseBuckets(protected_value, *part++, expected.form));
    TRY(internal::CheckCritical(body, expected));
    const std::optional<ByteSpan> attached = TRY(internal::ReadPayload(*part++));
    const ByteSpan payload = TRY(internal::PayloadOf(attached, expected));
    const CborView::Items signatures = TRY_WITH("signatures", (*part).AsArray());
    if (signatures.empty() || signatures.size() > kMaximumSigners) {
      return Error(ErrorCode::kLimit, "expected 1 to 16 signatures, got " + std::to_string(signatures.size()));
    }
    VerifiedCoseSign verified;
    for (const CborView& signature : signatures) {
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
