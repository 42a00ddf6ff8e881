// What a TPM 2.0 writes and signs (TPM 2.0 Library, part 2), big-endian. Parsing proves nothing about who made it.
#pragma once

#include <optional>

#include "crypto/sign.h"
#include "evidence/tpm/event_log.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaximumTpmNonce = 64;
inline constexpr std::size_t kMaximumTpmName = 66;  // hash id and SHA-512
inline constexpr std::size_t kMaximumTpmSelections = 5;

// Registers of one bank. Bit i stands for PCR i.
struct PcrSelection {
  PcrBank bank = PcrBank::kSha256;
  std::uint32_t bits = 0;

  static PcrSelection All(PcrBank bank) { return {bank, (1u << kTpmPcrs) - 1}; }
  bool Has(unsigned index) const { return index < kTpmPcrs && (bits >> index & 1) != 0; }
  BoundedVector<unsigned, kTpmPcrs> Indices() const;  // ascending
  bool operator==(const PcrSelection&) const = default;
};
// "SHA-256: 0, 1, 7".
std::string PcrSelectionText(const PcrSelection& selection);

// TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE (§10.12.8).
struct TpmQuote {
  BoundedBytes<kMaximumTpmName> qualified_signer;  // name of the key, as the TPM has it
  BoundedBytes<kMaximumTpmNonce> extra_data;       // the caller's nonce
  std::uint64_t clock = 0;                         // milliseconds that the TPM has run; below 2^63
  std::uint32_t reset_count = 0;
  std::uint32_t restart_count = 0;
  bool clock_safe = false;  // no later value of `clock` was given out before
  std::uint64_t firmware_version = 0;
  BoundedVector<PcrSelection, kMaximumTpmSelections> selections;
  crypto::RegisterDigest pcr_digest;
};

// kMalformed (also: magic of something that no TPM made, or bytes behind the end); kUnsupported: another type than a quote,
// a hash that we do not know; kLimit: over 1024 bytes, 5 selections, PCRs above 23.
Result<TpmQuote> ParseTpmQuote(ByteSpan attest);
Bytes SerializeTpmQuote(const TpmQuote& quote);

// TPM_ALG_ID of signature schemes (TCG Algorithm Registry).
enum class TpmScheme : std::uint16_t { kRsaSsa = 0x0014, kRsaPss = 0x0016, kEcdsa = 0x0018 };

// TPMT_SIGNATURE (§11.3.4).
struct TpmSignature {
  TpmScheme scheme = TpmScheme::kRsaSsa;
  PcrBank hash = PcrBank::kSha256;
  Bytes value;  // RSA: as it is; ECDSA: r || s, each as long as the curve's coordinates
};
// kMalformed, kUnsupported, kLimit. ECDSA numbers are filled up to the length of the hash's own curve (P-256, P-384).
Result<TpmSignature> ParseTpmSignature(ByteSpan signature);
Bytes SerializeTpmSignature(const TpmSignature& signature);
// What a key must be for to check such a signature. kUnsupported: SHA-1, and what crypto has not.
Result<crypto::SignatureAlgorithm> TpmSignatureAlgorithm(TpmScheme scheme, PcrBank hash);

// TPMA_OBJECT (§8.3) of a key.
struct TpmAttributes {
  std::uint32_t bits = 0;
  bool FixedTpm() const { return Bit(1); }
  bool FixedParent() const { return Bit(4); }
  bool SensitiveDataOrigin() const { return Bit(5); }
  bool Restricted() const { return Bit(16); }
  bool Decrypt() const { return Bit(17); }
  bool Sign() const { return Bit(18); }

 private:
  bool Bit(unsigned bit) const { return (bits >> bit & 1) != 0; }
};

// TPMT_PUBLIC (§12.2.4) of a signing key: RSA, or ECC on P-256 or P-384.
struct TpmPublic {
  PcrBank name_hash = PcrBank::kSha256;
  TpmAttributes attributes;
  Bytes policy;
  std::optional<TpmScheme> scheme;  // none: each signature chooses
  PcrBank scheme_hash = PcrBank::kSha256;
  // For `scheme`; where there is none, RSASSA or ECDSA with SHA-256.
  crypto::VerifyingKey key;
  // TPM2_Name: hash id and hash over the area (part 1, §16).
  Bytes name;
};
// kMalformed, kUnsupported (another kind of key, a symmetric algorithm, exponent other than 65537), kLimit (over 1024 bytes).
Result<TpmPublic> ParseTpmPublic(ByteSpan area);

}  // namespace cloister::evidence
