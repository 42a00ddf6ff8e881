// Rules of Arm's profiles for CCA (draft-ydb-rats-cca-endorsements): what names a platform or a realm, and which
// measurements its statements have.
#include "evidence/corim/internal/corim_reader.h"

namespace cloister::evidence::internal {
namespace {

constexpr std::string_view kCcaPlatform = "tag:arm.com,2025:cca_platform#1.0.0";
constexpr std::string_view kCcaRealm = "tag:arm.com,2025:cca_realm#1.0.0";

// Bytes in the hexadecimal text of an identifier of kind "bytes"; 0 for another kind.
std::size_t SizeOf(const std::optional<CorimId>& id) { return id && id->kind == "bytes" ? id->text.size() / 2 : 0; }

Result<void> CheckPlatform(const CorimEnvironment& environment) {
  if (SizeOf(environment.class_id) == 32) return {};
  return Error(ErrorCode::kMalformed, "expected an implementation id of 32 bytes as class id, got " +
                                          std::to_string(SizeOf(environment.class_id)));
}

Result<void> CheckRealm(const CorimEnvironment& environment) {
  const std::size_t size = SizeOf(environment.class_id);
  if (size == 32 || size == 48 || size == 64) return {};
  return Error(ErrorCode::kMalformed,
               "expected a realm initial measurement of 32, 48 or 64 bytes as class id, got " + std::to_string(size));
}

Result<void> CheckMeasurements(const CorimTriple& triple, std::string_view prefix) {
  for (const CorimMeasurement& measurement : triple.measurements) {
    if (!measurement.key || measurement.key->kind != "text" || !measurement.key->text.starts_with(prefix)) {
      return Error(ErrorCode::kMalformed, "expected measured elements whose name begins with " + std::string(prefix));
    }
  }
  return {};
}

}  // namespace

Result<void> CheckProfile(const Corim& corim) {
  const bool platform = corim.profile == kCcaPlatform;
  if (!platform && corim.profile != kCcaRealm) return {};
  for (const Comid& comid : corim.comids) {
    for (const CorimTriple& triple : comid.triples.reference_values) {
      TRY(platform ? CheckPlatform(triple.environment) : CheckRealm(triple.environment));
      TRY(CheckMeasurements(triple, "cca."));
    }
    for (const CorimKeyTriple& keys : comid.triples.attest_keys) {
      if (platform) TRY(CheckPlatform(keys.environment));
    }
  }
  return {};
}

}  // namespace cloister::evidence::internal
