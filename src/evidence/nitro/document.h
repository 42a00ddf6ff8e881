// AWS Nitro attestation documents: COSE_Sign1 around a CBOR map, as the Nitro Secure Module (NSM) writes them (AWS,
// "Nitro Enclaves attestation process").
#pragma once

#include <map>
#include <optional>

#include "base/time.h"
#include "crypto/hash.h"

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

struct NitroDocument {
  std::string module_id;                              // instance and enclave: "i-…-enc…"
  std::uint64_t timestamp_ms;                         // since 1970, by the NSM's clock
  std::map<unsigned, crypto::Sha384Digest> pcrs;      // always 0, 1 and 2
  Bytes certificate;                                  // DER; its key signed the document
  std::vector<Bytes> cabundle;                        // DER; the root first, the leaf's issuer last
  std::optional<Bytes> public_key, user_data, nonce;  // what the enclave put there

  // To the second below.
  Time Timestamp() const { return FromUnixSeconds(static_cast<std::int64_t>(timestamp_ms / 1000)); }
  // PCR0 (image), PCR1 (kernel) and PCR2 (application) are zero where the enclave was started in debug mode, so that
  // its console can be read. One zero among them is enough to say so.
  bool Debug() const;
};

// Takes any well-formed CBOR, tagged (18) or not, definite lengths or not. Proves nothing: the signature, and the
// certificates, are checked by VerifyNitro. Refuses keys that come twice or that AWS does not describe, an unprotected
// header that says anything, trailing bytes, an algorithm other than ES384.
// kMalformed; kLimit; kUnsupported (algorithm, digest).
Result<NitroDocument> ParseNitroDocument(ByteSpan document);

}  // namespace cloister::evidence
