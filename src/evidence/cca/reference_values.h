// What platforms and realms should be, as Trustee's reference-value store for CCA lists it.
#pragma once

#include "evidence/cca/token.h"
#include "formats/json.h"

namespace cloister::evidence {

// kUnknown: the store has nothing on this implementation, or this initial measurement.
enum class CcaMatch { kNotCompared, kUnknown, kDiffers, kMatches };
// "not_compared", "unknown", "differs", "matches".
std::string_view CcaMatchName(CcaMatch match);

class CcaReferenceValues {
 public:
  // {"platform": [{"implementation-id", "sw-components": [{"measurement-value", "signer-id", "component-type"?,
  // "version"?}], "platform-configuration"}], "realm": [{"initial-measurement", "rak-hash-algorithm"?,
  // "extensible-measurements"?, "personalization-value"?}]}; all values but types, versions and algorithms in hex.
  // kMalformed, kUnsupported, kLimit (1 MiB).
  static Result<CcaReferenceValues> ParseTrusteeStore(std::string_view json);

  // Matches where one entry has the same configuration and the same components, each once, in any order; a type or
  // version that the entry leaves out is not compared.
  CcaMatch Compare(const CcaPlatform& platform) const;
  // Matches where one entry for the initial measurement has the same of all that it names.
  CcaMatch Compare(const CcaRealm& realm) const;

 private:
  struct Component {
    std::optional<std::string> type, version;
    Bytes measurement, signer;
    bool Fits(const CcaComponent& component) const;
  };
  struct Platform {
    CcaImplementationId implementation_id;
    std::vector<Component> components;
    Bytes configuration;
    bool Fits(const CcaPlatform& platform) const;
  };
  struct Realm {
    Bytes initial_measurement;
    std::optional<crypto::HashAlgorithm> public_key_hash_algorithm;
    std::vector<Bytes> extensible_measurements;  // four, or none where any will do
    std::optional<Bytes> personalization;
    bool Fits(const CcaRealm& realm) const;
  };
  static Result<Component> ParseComponent(const formats::Json& json);
  static Result<Platform> ParsePlatform(const formats::Json& json);
  static Result<Realm> ParseRealm(const formats::Json& json);

  std::vector<Platform> platforms_;
  std::vector<Realm> realms_;
};

}  // namespace cloister::evidence
