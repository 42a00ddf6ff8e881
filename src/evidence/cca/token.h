// ARM CCA attestation tokens (draft-ffm-rats-cca-token): a platform's COSE_Sign1 and, bound to it, a realm's.
#pragma once

#include <optional>

#include "base/bounded_bytes.h"
#include "crypto/hash.h"

namespace cloister::evidence {

// Longest token that is read, and what it may hold.
inline constexpr std::size_t kMaximumCcaToken = std::size_t{64} << 10;
inline constexpr std::size_t kMaximumCcaComponents = 64;
inline constexpr std::size_t kMaximumCcaText = 256;            // bytes of a text claim
inline constexpr std::size_t kMaximumCcaConfiguration = 4096;  // bytes

using CcaImplementationId = std::array<std::uint8_t, 32>;
using CcaInstanceId = std::array<std::uint8_t, 33>;  // a UEID of type RAND: the first byte is 1

// "sha-256", "sha-384", "sha-512": IANA's textual names.
std::string_view CcaHashName(crypto::HashAlgorithm algorithm);
// kUnsupported: none of these.
Result<crypto::HashAlgorithm> CcaHashFromName(std::string_view name);

struct CcaComponent {
  std::optional<std::string> type, version;
  Bytes measurement;
  Bytes signer;                                         // digest of the key that signed it
  std::optional<crypto::HashAlgorithm> hash_algorithm;  // the platform's where it says none
};

inline constexpr std::string_view kCcaLegacyPlatformProfile = "http://arm.com/CCA-SSD/1.0.0";
inline constexpr std::string_view kCcaPlatformProfile = "tag:arm.com,2023:cca_platform#1.0.0";
inline constexpr std::string_view kCcaRealmProfile = "tag:arm.com,2023:realm#1.0.0";

struct CcaPlatform {
  std::string profile;  // one of the two above
  Bytes challenge;      // digest of the realm's key
  CcaImplementationId implementation_id;
  CcaInstanceId instance_id;
  Bytes configuration;
  std::uint16_t lifecycle;
  std::vector<CcaComponent> components;  // one or more
  std::optional<std::string> verification_service;
  crypto::HashAlgorithm hash_algorithm;

  // Lifecycle 0x3000 to 0x30FF. Any other is a device under manufacture, in debug, or taken out of service.
  bool Secured() const { return lifecycle >> 8 == 0x30; }
};

// Of any of the three algorithms.
using CcaDigest = BoundedBytes<64>;
inline constexpr std::size_t kMaximumCcaRealmKey = 512;

struct CcaRealm {
  std::optional<std::string_view> profile;  // kCcaRealmProfile, or none in the legacy form
  std::array<std::uint8_t, 64> challenge;
  std::array<std::uint8_t, 64> personalization;
  crypto::HashAlgorithm hash_algorithm;
  // Exactly as encoded: 0x04 || x || y in the legacy form, else a COSE_Key.
  BoundedBytes<kMaximumCcaRealmKey> public_key;
  crypto::HashAlgorithm public_key_hash_algorithm;
  CcaDigest initial_measurement;
  std::array<CcaDigest, 4> extensible_measurements;
};

struct CcaToken {
  Bytes platform_message, realm_message;  // COSE_Sign1
  CcaPlatform platform;
  CcaRealm realm;
};

// Tag 399 around {44234: platform, 44241: realm}. Takes any well-formed CBOR; refuses keys that come twice or that the
// draft does not name, digests of another length than their algorithm's, and trailing bytes. Proves nothing.
// kMalformed; kLimit; kUnsupported (profile, hash).
Result<CcaToken> ParseCcaToken(ByteSpan token);

}  // namespace cloister::evidence
