// COSE_Sign1 (RFC 9052 §4.2) with CWT claims in its header (RFC 9597), and the header that carries receipts (RFC 9942).
#pragma once

#include "base/time.h"
#include "token/cose_key.h"

namespace cloister::token {

inline constexpr std::size_t kMaxCoseBytes = std::size_t{8} << 20;

// Header labels that we use.
inline constexpr std::int64_t kCoseAlgorithmLabel = 1;
inline constexpr std::int64_t kCoseCriticalLabel = 2;
inline constexpr std::int64_t kCoseContentTypeLabel = 3;
inline constexpr std::int64_t kCoseKeyIdLabel = 4;
inline constexpr std::int64_t kCwtClaimsLabel = 15;
inline constexpr std::int64_t kX5ChainLabel = 33;
inline constexpr std::int64_t kReceiptsLabel = 394;

struct CwtClaims {
  std::string issuer;
  std::string subject;
  std::optional<Time> issued_at;
};

// Headers to sign, all in the protected bucket. Empty members are left out; `alg` is always there and always the key's.
struct CoseHeaders {
  std::string content_type;
  Bytes key_id;
  std::optional<CwtClaims> claims;
  formats::Cbor::Map more;         // further protected labels
  formats::Cbor::Map unprotected;  // not covered by the signature
};

enum class CosePayload { kAttached, kDetached };

// A tagged COSE_Sign1 in deterministic CBOR.
Bytes SignCose1(const crypto::SigningKey& key, const CoseHeaders& headers, ByteSpan payload,
                CosePayload placed = CosePayload::kAttached, ByteSpan external_aad = {});

namespace internal {
// Both header buckets of a message.
struct CoseBuckets {
  Bytes protected_bytes;  // as they stand in the Sig_structure: empty for an empty map (RFC 9052 §3)
  formats::Cbor protected_headers;
  formats::Cbor unprotected_headers;
  // Null pointer where neither has the label.
  const formats::Cbor* Find(std::int64_t label) const;
};
}  // namespace internal

// kOurs: tag 18, deterministic CBOR throughout, `alg` in the protected header. kAny: whatever RFC 9052 allows: without
// the tag, any well-formed CBOR, and `alg` in either header; for messages by others.
enum class CoseForm { kOurs, kAny };

// A parsed message of which nothing was checked; to choose a key, to show, or to reach unprotected headers that prove
// themselves (receipts). Never to act on: Verify, or VerifyCose1, comes first. Owns its bytes;
// Cbor::encoded() of what it gives is not to be used.
class UnverifiedCose1 {
 public:
  // kMalformed: another structure, a label twice or in both headers, header members of the wrong type. kLimit.
  static Result<UnverifiedCose1> Parse(ByteSpan message, CoseForm form);

  bool tagged() const { return tagged_; }
  // The number, or none for a text or a missing one.
  std::optional<std::int64_t> algorithm() const;
  const std::string& content_type() const { return content_type_; }  // a number stands here in digits
  const Bytes& key_id() const { return key_id_; }
  const CwtClaims& claims() const { return claims_; }
  // Null pointer where the header has no such label.
  const formats::Cbor* Protected(const formats::Cbor& label) const { return buckets_.protected_headers.Find(label); }
  const formats::Cbor* Unprotected(const formats::Cbor& label) const {
    return buckets_.unprotected_headers.Find(label);
  }
  const formats::Cbor& protected_headers() const { return buckets_.protected_headers; }
  const formats::Cbor& unprotected_headers() const { return buckets_.unprotected_headers; }
  bool detached() const { return !payload_; }
  const std::optional<Bytes>& unverified_payload() const { return payload_; }

 private:
  UnverifiedCose1() = default;
  friend struct Cose1Parts;
  CoseForm form_ = CoseForm::kOurs;
  bool tagged_ = false;
  internal::CoseBuckets buckets_;
  std::optional<Bytes> payload_;
  Bytes signature_;
  std::string content_type_;
  Bytes key_id_;
  CwtClaims claims_;
};

// What the verifier brings. Weaker than the default is said by name.
struct Cose1Expectations {
  CoseForm form = CoseForm::kOurs;
  ByteSpan external_aad = {};
  // Where the message has no payload; kMismatch where it has one.
  std::optional<ByteSpan> detached_payload = std::nullopt;
  // Labels of `crit` that the caller processes, beside 1 to 4 and 15.
  std::vector<formats::Cbor> understood = {};
};

// A message whose signature was checked. Only VerifyCose1 makes one. Everything it gives was signed.
class VerifiedCose1 {
 public:
  ByteSpan payload() const { return payload_; }
  const std::string& content_type() const { return headers_.content_type; }
  const Bytes& key_id() const { return headers_.key_id; }
  const CwtClaims& claims() const { return headers_.claims; }
  // Null pointer where the protected header has no such label.
  const formats::Cbor* Protected(const formats::Cbor& label) const { return headers_.all.Find(label); }
  const crypto::VerifyingKey& key() const { return key_; }

 private:
  struct Headers {
    std::string content_type;
    Bytes key_id;
    CwtClaims claims;
    formats::Cbor all;
  };
  VerifiedCose1(Bytes payload, Headers headers, crypto::VerifyingKey key)
      : payload_(std::move(payload)), headers_(std::move(headers)), key_(std::move(key)) {}
  friend struct Cose1Parts;
  Bytes payload_;
  Headers headers_;
  crypto::VerifyingKey key_;
};

// Success proves that the owner of `key` signed this payload, these protected headers and `external_aad`. The caller
// still checks content type, issuer, subject and time. Where kid or claims stand only in the unprotected header they
// are not given out. kMalformed; kUnsupported (crit); kMismatch: `alg` is not the key's, or payload attached and
// detached; kUntrusted.
Result<VerifiedCose1> VerifyCose1(ByteSpan message, const crypto::VerifyingKey& key,
                                  const Cose1Expectations& expected = {});
// The same for a message that was parsed, in the form of `expected` (CHECK), to find out whose key it needs.
Result<VerifiedCose1> VerifyCose1(UnverifiedCose1 message, const crypto::VerifyingKey& key,
                                  const Cose1Expectations& expected = {});
// The same with the key whose kid the message names; kUntrusted: none has it.
Result<VerifiedCose1> VerifyCose1(ByteSpan message, std::span<const CoseKey> keys,
                                  const Cose1Expectations& expected = {});

// The message with another unprotected header; its protected bytes, payload and signature stay as they are. Tagged.
Result<Bytes> WithUnprotected(ByteSpan message, const formats::Cbor::Map& unprotected);
// The form that a log hashes: an empty unprotected header.
Result<Bytes> WithoutUnprotected(ByteSpan message);
// A transparent statement (RFC 9943): `receipts` under label 394, other unprotected labels dropped.
Result<Bytes> WithReceipts(ByteSpan message, std::span<const Bytes> receipts);
// The receipts under label 394 of the unprotected header, at most 16; empty when there are none.
Result<std::vector<Bytes>> ReceiptsOf(ByteSpan message);

}  // namespace cloister::token
