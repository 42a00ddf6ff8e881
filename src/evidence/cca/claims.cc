#include "evidence/cca/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json ComponentClaims(const CcaComponent& component) {
  Json claims = Json::Object{{"measurement", ToHex(component.measurement)}, {"signer", ToHex(component.signer)}};
  if (component.type) claims.Set("type", *component.type);
  if (component.version) claims.Set("version", *component.version);
  return claims;
}

Json TrusteePlatform(const CcaPlatform& platform) {
  return Json::Object{{"cca-platform-instance-id", ToBase64(platform.instance_id)},
                      {"cca-platform-implementation-id", ToBase64(platform.implementation_id)}};
}

Json TrusteeRealm(const CcaRealm& realm) {
  Json::Array extensible;
  for (const CcaDigest& each : realm.extensible_measurements) extensible.emplace_back(ToBase64(each));
  return Json::Object{{"cca-realm-challenge", ToBase64(realm.challenge)},
                      {"cca-realm-personalization-value", ToBase64(realm.personalization)},
                      {"cca-realm-initial-measurement", ToBase64(realm.initial_measurement)},
                      {"cca-realm-extensible-measurements", std::move(extensible)},
                      {"cca-realm-hash-algo-id", CcaHashName(realm.hash_algorithm)}};
}

}  // namespace

Json VerifiedCca::Claims() const {
  const CcaPlatform& platform = this->platform();
  Json::Array extensible, components;
  for (const CcaDigest& each : realm_.extensible_measurements) extensible.emplace_back(ToHex(each));
  for (const CcaComponent& each : platform.components) components.push_back(ComponentClaims(each));
  Json claims = Json::Object{
      {"tee", "cca"},
      {"measurement", ToHex(realm_.initial_measurement)},
      {"report_data", ToHex(realm_.challenge)},
      {"init_data", ToHex(realm_.personalization)},
      {"debug", false},
      {"simulated", simulated_},
      {"root_sha256", ToHex(platform_key_sha256())},
      {"revocation", "not_checked"},
      {"hardware_id", ToHex(platform.instance_id)},
      {"instance_id", ToHex(platform.instance_id)},
      {"implementation_id", ToHex(platform.implementation_id)},
      {"lifecycle", platform.lifecycle},
      {"platform_profile", platform.profile},
      {"platform_configuration", ToHex(platform.configuration)},
      {"platform_hash_algorithm", CcaHashName(platform.hash_algorithm)},
      {"realm_hash_algorithm", CcaHashName(realm_.hash_algorithm)},
      {"extensible_measurements", std::move(extensible)},
      {"software_components", std::move(components)},
      {"platform_reference", CcaMatchName(platform_match_)},
      {"realm_reference", CcaMatchName(realm_match_)},
      {"platform", TrusteePlatform(platform)},
      {"realm", TrusteeRealm(realm_)},
  };
  if (realm_.profile) claims.Set("realm_profile", *realm_.profile);
  if (platform.verification_service) claims.Set("verification_service", *platform.verification_service);
  return claims;
}

}  // namespace cloister::evidence
