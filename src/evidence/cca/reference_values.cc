#include "evidence/cca/reference_values.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

using formats::Json;

Result<Bytes> GetHex(const Json& json, std::string_view key) {
  const std::string text = TRY(json.GetString(key));
  return TRY_WITH(key, FromHex(text));
}

}  // namespace

std::string_view CcaMatchName(CcaMatch match) {
  switch (match) {
    case CcaMatch::kNotCompared:
      return "not_compared";
    case CcaMatch::kUnknown:
      return "unknown";
    case CcaMatch::kDiffers:
      return "differs";
    case CcaMatch::kMatches:
      return "matches";
  }
  CHECK(false);
}

Result<CcaReferenceValues::Component> CcaReferenceValues::ParseComponent(const Json& json) {
  TRY(json.RefuseUnknownMembers({"measurement-value", "signer-id", "component-type", "version"}));
  Component component;
  component.measurement = TRY(GetHex(json, "measurement-value"));
  component.signer = TRY(GetHex(json, "signer-id"));
  component.type = TRY(json.FindString("component-type"));
  component.version = TRY(json.FindString("version"));
  return component;
}

Result<CcaReferenceValues::Platform> CcaReferenceValues::ParsePlatform(const Json& json) {
  TRY(json.RefuseUnknownMembers({"implementation-id", "sw-components", "platform-configuration"}));
  Platform platform;
  const Bytes implementation_id = TRY(GetHex(json, "implementation-id"));
  platform.implementation_id = TRY_WITH("implementation-id", ToArray<32>(implementation_id));
  platform.configuration = TRY(GetHex(json, "platform-configuration"));
  const Json::Array& components = *TRY(json.GetArray("sw-components"));
  if (components.size() > kMaximumCcaComponents) return Error(ErrorCode::kLimit, "more than 64 components");
  for (const Json& each : components) platform.components.push_back(TRY(ParseComponent(each)));
  return platform;
}

Result<CcaReferenceValues::Realm> CcaReferenceValues::ParseRealm(const Json& json) {
  TRY(json.RefuseUnknownMembers(
      {"initial-measurement", "rak-hash-algorithm", "extensible-measurements", "personalization-value"}));
  Realm realm;
  realm.initial_measurement = TRY(GetHex(json, "initial-measurement"));
  if (const auto name = TRY(json.FindString("rak-hash-algorithm"))) {
    realm.public_key_hash_algorithm = TRY(CcaHashFromName(*name));
  }
  if (json.Find("personalization-value") != nullptr) {
    realm.personalization = TRY(GetHex(json, "personalization-value"));
  }
  if (json.Find("extensible-measurements") == nullptr) return realm;
  for (const std::string& hex : TRY(json.GetStrings("extensible-measurements"))) {
    realm.extensible_measurements.push_back(TRY_WITH("extensible-measurements", FromHex(hex)));
  }
  if (realm.extensible_measurements.size() == 4 || realm.extensible_measurements.empty()) return realm;
  return Error(ErrorCode::kMalformed, "extensible-measurements: expected none or four");
}

Result<CcaReferenceValues> CcaReferenceValues::ParseTrusteeStore(std::string_view text) {
  const Json json = TRY_WITH("CCA reference values", Json::Parse(text));
  TRY_WITH("CCA reference values", json.RefuseUnknownMembers({"platform", "realm"}));
  CcaReferenceValues values;
  for (const Json& each : *TRY_WITH("CCA reference values", json.GetArray("platform"))) {
    values.platforms_.push_back(TRY_WITH("CCA reference values", ParsePlatform(each)));
  }
  for (const Json& each : *TRY_WITH("CCA reference values", json.GetArray("realm"))) {
    values.realms_.push_back(TRY_WITH("CCA reference values", ParseRealm(each)));
  }
  return values;
}

bool CcaReferenceValues::Component::Fits(const CcaComponent& component) const {
  return measurement == component.measurement && signer == component.signer && (!type || type == component.type) &&
         (!version || version == component.version);
}

bool CcaReferenceValues::Platform::Fits(const CcaPlatform& platform) const {
  if (configuration != platform.configuration || components.size() != platform.components.size()) return false;
  std::vector<bool> used(components.size(), false);
  for (const CcaComponent& component : platform.components) {
    std::size_t i = 0;
    while (i < components.size() && (used[i] || !components[i].Fits(component))) ++i;
    if (i == components.size()) return false;
    used[i] = true;
  }
  return true;
}

bool CcaReferenceValues::Realm::Fits(const CcaRealm& realm) const {
  return (!public_key_hash_algorithm || public_key_hash_algorithm == realm.public_key_hash_algorithm) &&
         (!personalization || Equal(*personalization, realm.personalization)) &&
         (extensible_measurements.empty() ||
          std::equal(extensible_measurements.begin(), extensible_measurements.end(),
                     realm.extensible_measurements.begin(), realm.extensible_measurements.end()));
}

CcaMatch CcaReferenceValues::Compare(const CcaPlatform& platform) const {
  CcaMatch match = CcaMatch::kUnknown;
  for (const Platform& each : platforms_) {
    if (each.implementation_id != platform.implementation_id) continue;
    if (each.Fits(platform)) return CcaMatch::kMatches;
    match = CcaMatch::kDiffers;
  }
  return match;
}

CcaMatch CcaReferenceValues::Compare(const CcaRealm& realm) const {
  CcaMatch match = CcaMatch::kUnknown;
  for (const Realm& each : realms_) {
    if (each.initial_measurement != realm.initial_measurement) continue;
    if (each.Fits(realm)) return CcaMatch::kMatches;
    match = CcaMatch::kDiffers;
  }
  return match;
}

}  // namespace cloister::evidence
