// AWS Nitro attestation documents: COSE_Sign1 around a CBOR map, as the Nitro Secure Module (NSM) writes them (AWS,
// "Nitro Enclaves attestation process").
#pragma once

#include <optional>

#include "base/bounded_bytes.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "evidence/registers.h"

namespace cloister::evidence {

// Longest document that is read. The NSM's own replies end at 12 KiB.
inline constexpr std::size_t kMaximumNitroDocument = std::size_t{32} << 10;
// Limits of AWS's description, in bytes.
inline constexpr std::size_t kMaximumNitroCertificate = 1024;
inline constexpr std::size_t kMaximumNitroPublicKey = 1024;
inline constexpr std::size_t kMaximumNitroUserData = 512;
inline constexpr std::size_t kMaximumNitroNonce = 512;
inline constexpr std::size_t kMaximumNitroBundle = 8;  // certificates; AWS writes 4
inline constexpr unsigned kNitroPcrs = 32;             // 0 to 15 of the platform, 16 to 31 of the enclave

inline constexpr std::size_t kMaximumNitroModuleId = 256;

// The registers that a document has.
using NitroPcrs = Registers<crypto::Sha384Digest, kNitroPcrs>;

// What a document says, without its certificates.
struct NitroClaims {
  BoundedBytes<kMaximumNitroModuleId> module_id;  // text: instance and enclave, "i-…-enc…"
  std::uint64_t timestamp_ms;                     // since 1970, by the NSM's clock
  NitroPcrs pcrs;                                 // always 0, 1 and 2
  // What the enclave put there.
  std::optional<BoundedBytes<kMaximumNitroPublicKey>> public_key;
  std::optional<BoundedBytes<kMaximumNitroUserData>> user_data;
  std::optional<BoundedBytes<kMaximumNitroNonce>> nonce;

  std::string_view ModuleId() const { return AsText(module_id); }
  // To the second below.
  Time Timestamp() const { return FromUnixSeconds(static_cast<std::int64_t>(timestamp_ms / 1000)); }
  // PCR0 (image), PCR1 (kernel) and PCR2 (application) are zero where the enclave was started in debug mode, so that
  // its console can be read. One zero among them is enough to say so.
  bool Debug() const;
};

struct NitroDocument : NitroClaims {
  Bytes certificate;            // DER; its key signed the document
  std::vector<Bytes> cabundle;  // DER; the root first, the leaf's issuer last
};

// Takes any well-formed CBOR, tagged (18) or not, definite lengths or not. Proves nothing: the signature, and the
// certificates, are checked by VerifyNitro. Refuses keys that come twice or that AWS does not describe, an unprotected
// header that says anything, trailing bytes, an algorithm other than ES384.
// kMalformed; kLimit; kUnsupported (algorithm, digest).
Result<NitroDocument> ParseNitroDocument(ByteSpan document);

}  // namespace cloister::evidence
