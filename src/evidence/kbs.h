// How the Confidential Containers KBS protocol 0.4.0 makes one statement of a machine's evidence: what the hardware signs over,
// and the message that carries it (docs/formats/kbs.md, "Composite evidence").
#pragma once

#include "formats/json.h"
#include "token/jwk.h"

namespace cloister::evidence {

// POST /kbs/v0/attest: everything that one machine shows. All of it comes from outside.
struct KbsAttestation {
  std::string init_data;  // the TOML; empty: none
  std::string nonce;
  token::TeePublicKey tee_key;
  formats::Json primary_evidence;   // the CPU's
  std::string additional_evidence;  // the exact characters, which report data covers; {"nvidia": …, …}, or empty
  // kMalformed; kUnsupported: init-data in another format than TOML, another kind of key.
  static Result<KbsAttestation> FromJson(const formats::Json& json);
};

// What a CPU signs: SHA-384 over the canonical {additional-evidence, nonce, tee-pubkey}. The key's JWK is written anew, so only
// the members that make the key count. A field of another length takes it padded with zeros, or cut.
Result<crypto::Sha384Digest> KbsCpuDigest(std::string_view additional_evidence, std::string_view nonce,
                                          const token::TeePublicKey& tee_key);
// The same in a field of 64 bytes: SNP, TDX, SGX, CCA.
Result<std::array<std::uint8_t, 64>> KbsReportData(std::string_view additional_evidence, std::string_view nonce,
                                                   const token::TeePublicKey& tee_key);
// What a device signs: SHA-384 over the canonical {nonce, tee-pubkey}. An NVIDIA device's nonce is its first 32 bytes.
Result<crypto::Sha384Digest> KbsDeviceDigest(std::string_view nonce, const token::TeePublicKey& tee_key);

// The digest of init-data by its own `algorithm` (sha256, sha384, sha512), to be cut or padded to HOST_DATA, MRCONFIGID, ….
// kMalformed; kUnsupported: another version than 0.1.0, another algorithm.
Result<Bytes> KbsInitDataDigest(std::string_view toml);

}  // namespace cloister::evidence
