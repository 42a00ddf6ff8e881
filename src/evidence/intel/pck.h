// Intel's Provisioning Certification Key certificates (Intel SGX PCK Certificate and CRL Profile Specification, §1.3):
// what they say of the platform beyond X.509.
#pragma once

#include <optional>

#include "crypto/x509.h"

namespace cloister::evidence {

// OID 1.2.840.113741.1.13.1.
inline constexpr std::string_view kPckExtensionOid = "1.2.840.113741.1.13.1";

enum class SgxType : std::uint8_t { kStandard = 0, kScalable = 1, kScalableWithIntegrity = 2 };
// "Standard", "Scalable", "Scalable with Integrity".
std::string_view SgxTypeName(SgxType type);

// What certificates of the Platform CA say of how the platform is set up; none where not said.
struct PckConfiguration {
  std::optional<bool> dynamic_platform, cached_keys, smt_enabled;
  bool operator==(const PckConfiguration&) const = default;
};

struct PckExtension {
  std::array<std::uint8_t, 16> ppid{};  // names the platform
  std::array<std::uint8_t, 16> tcb_components{};
  std::uint16_t pce_svn = 0;
  std::array<std::uint8_t, 16> cpu_svn{};
  std::array<std::uint8_t, 2> pce_id{};
  std::array<std::uint8_t, 6> fmspc{};
  SgxType sgx_type = SgxType::kStandard;
  std::optional<std::array<std::uint8_t, 16>> platform_instance_id;
  std::optional<PckConfiguration> configuration;
  bool operator==(const PckExtension&) const = default;
};

// The content of extnValue. The elements may come in any order, each once. kMalformed: one is missing, there twice, or
// not of its form; kUnsupported: an element of another name.
Result<PckExtension> ParsePckExtension(ByteSpan der);
// The same as DER, in Intel's order.
Bytes SerializePckExtension(const PckExtension& extension);

// The extension of a certificate, of which nothing was checked. kMalformed: it has none, or as above.
Result<PckExtension> ReadPckFromUnverified(const crypto::Certificate& certificate);

}  // namespace cloister::evidence
