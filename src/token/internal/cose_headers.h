// The header buckets that COSE_Sign1 and COSE_Sign share, and what is signed.
#pragma once

#include "formats/cbor_view.h"
#include "token/cose.h"

namespace cloister::token::internal {

formats::CborForm CborFormOf(CoseForm form);
struct CoseProtected {
  std::optional<formats::CborView> headers;  // none: an empty string
  ByteSpan bytes;                            // as they stand in the Sig_structure: empty for an empty map (RFC 9052 §3)
};
// The protected header, read into `tape`, beside the unprotected one.
// kMalformed: not a bstr holding a map, and a map; a label neither integer nor text, or in both.
Result<CoseProtected> ReadHeaders(const formats::CborView& protected_value, const formats::CborView& unprotected,
                                  CoseForm form, const formats::CborLimits& limits, formats::CborTape& tape);
// The same as values of their own.
Result<CoseBuckets> ParseBuckets(const formats::CborView& protected_value, const formats::CborView& unprotected,
                                 CoseForm form);
// The content of a message with `tag`; kMalformed: another tag, or none where `form` demands it.
Result<formats::CborView> Untag(const formats::CborView& message, std::uint64_t tag, CoseForm form);
// The Sig_structure of COSE_Sign1 (RFC 9052 §4.4).
void AppendSigStructure(Bytes& out, ByteSpan protected_bytes, ByteSpan external_aad, ByteSpan payload);
// kid as bytes; empty where it is not there. kMalformed: another type.
Result<Bytes> KeyIdOf(const formats::Cbor* value);

// kMismatch: `alg` is missing, not the key's, or (kOurs) not protected.
Result<void> CheckAlgorithm(const CoseBuckets& buckets, const crypto::VerifyingKey& key, CoseForm form);
// RFC 9052 §3.1, crit. kMalformed: not an array of labels that are there; kUnsupported: a label nobody processes.
Result<void> CheckCritical(const CoseBuckets& buckets, const Cose1Expectations& expected);
// The payload that was signed: the attached one, or the caller's. kMismatch: both or none.
Result<ByteSpan> PayloadOf(const std::optional<ByteSpan>& attached, const Cose1Expectations& expected);
// A bstr, or nil for none.
Result<std::optional<ByteSpan>> ReadPayload(const formats::CborView& value);

}  // namespace cloister::token::internal
