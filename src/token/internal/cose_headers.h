// The header buckets that COSE_Sign1 and COSE_Sign share.
#pragma once

#include "token/cose.h"

namespace cloister::token::internal {

formats::CborForm CborFormOf(CoseForm form);
// kMalformed: not a bstr holding a map, and a map; a label neither integer nor text, or in both.
Result<CoseBuckets> ParseBuckets(const formats::Cbor& protected_value, const formats::Cbor& unprotected, CoseForm form);
// The content of a message with `tag`; kMalformed: another tag, or none where `form` demands it.
Result<const formats::Cbor*> Untag(const formats::Cbor& message, std::uint64_t tag, CoseForm form);
// kid as bytes; empty where it is not there. kMalformed: another type.
Result<Bytes> KeyIdOf(const formats::Cbor* value);

// kMismatch: `alg` is missing, not the key's, or (kOurs) not protected.
Result<void> CheckAlgorithm(const CoseBuckets& buckets, const crypto::VerifyingKey& key, CoseForm form);
// RFC 9052 §3.1, crit. kMalformed: not an array of labels that are there; kUnsupported: a label nobody processes.
Result<void> CheckCritical(const CoseBuckets& buckets, const Cose1Expectations& expected);
// The payload that was signed: the attached one, or the caller's. kMismatch: both or none.
Result<ByteSpan> PayloadOf(const std::optional<Bytes>& attached, const Cose1Expectations& expected);
// A bstr, or nil for none.
Result<std::optional<Bytes>> ReadPayload(const formats::Cbor& value);

}  // namespace cloister::token::internal
