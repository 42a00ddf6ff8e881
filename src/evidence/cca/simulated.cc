#include "evidence/cca/simulated.h"

#include "token/cose.h"
#include "token/jwk.h"

namespace cloister::evidence {
namespace {

using crypto::HashAlgorithm;
using crypto::SigningKey;
using formats::Cbor;
using formats::Json;

constexpr std::uint16_t kSecured = 0x3003;

Bytes Digest(std::string_view of) { return crypto::Hash(HashAlgorithm::kSha256, AsBytes(of)); }

CcaComponent Component(const std::string& name) {
  CcaComponent component;
  component.type = "SIMULATED_" + name;
  component.version = "1.0";
  component.measurement = Digest("SIMULATED " + name);
  component.signer = Digest("SIMULATED signer");
  return component;
}

Cbor ComponentClaims(const CcaComponent& component) {
  Cbor claims = Cbor::Map{{2, component.measurement}, {5, component.signer}};
  if (component.type) claims.Set(1, *component.type);
  if (component.version) claims.Set(4, *component.version);
  if (component.hash_algorithm) claims.Set(6, CcaHashName(*component.hash_algorithm));
  return claims;
}

Json HexArray(std::span<const CcaDigest> all) {
  Json::Array array;
  for (const CcaDigest& each : all) array.emplace_back(ToHex(each));
  return array;
}

}  // namespace

SimulatedCca SimulatedCca::Make(const SimulatedCcaOptions& options) {
  SigningKey platform_key = SigningKey::Generate(options.platform);
  SigningKey realm_key = SigningKey::Generate(options.realm);
  CcaInstanceId instance_id{1};  // as the platform's firmware makes it: a digest of the key behind the type
  const auto digest = crypto::Sha256(platform_key.Public().SpkiDer());
  std::copy(digest.begin(), digest.end(), instance_id.begin() + 1);
  return {crypto::Sha256(AsBytes("SIMULATED implementation")), instance_id, std::move(platform_key),
          std::move(realm_key), options.legacy};
}

Bytes SimulatedCca::EncodedRealmKey() const {
  const crypto::VerifyingKey key = realm_key.Public();
  if (legacy) return Concat({Bytes{4}, key.EcX(), key.EcY()});
  return token::CoseKeyToCbor({{}, key}).Encode();
}

CcaToken SimulatedCca::Contents(const std::array<std::uint8_t, 64>& challenge) const {
  CcaToken token;
  CcaRealm& realm = token.realm;
  if (!legacy) realm.profile = kCcaRealmProfile;
  realm.challenge = challenge;
  realm.personalization = {};
  realm.hash_algorithm = realm.public_key_hash_algorithm = HashAlgorithm::kSha256;
  realm.public_key = EncodedRealmKey();
  realm.initial_measurement = Digest("SIMULATED realm");
  for (CcaDigest& each : realm.extensible_measurements) each = Bytes(32, 0);
  CcaPlatform& platform = token.platform;
  platform.profile = legacy ? kCcaLegacyPlatformProfile : kCcaPlatformProfile;
  platform.challenge = crypto::Hash(realm.public_key_hash_algorithm, realm.public_key);
  platform.implementation_id = implementation_id;
  platform.instance_id = instance_id;
  platform.configuration = {0xCF};
  platform.lifecycle = kSecured;
  platform.components = {Component("BL"), Component("RMM")};
  platform.verification_service = "https://verifier.SIMULATED.example/";
  platform.hash_algorithm = HashAlgorithm::kSha256;
  return token;
}

Cbor SimulatedCca::PlatformClaims(const CcaPlatform& platform) {
  Cbor::Array components;
  for (const CcaComponent& each : platform.components) components.push_back(ComponentClaims(each));
  Cbor claims = Cbor::Map{{265, platform.profile},
                          {10, platform.challenge},
                          {2396, platform.implementation_id},
                          {256, platform.instance_id},
                          {2401, platform.configuration},
                          {2395, platform.lifecycle},
                          {2399, std::move(components)},
                          {2402, CcaHashName(platform.hash_algorithm)}};
  if (platform.verification_service) claims.Set(2400, *platform.verification_service);
  return claims;
}

Cbor SimulatedCca::RealmClaims(const CcaRealm& realm) {
  Cbor::Array extensible;
  for (const CcaDigest& each : realm.extensible_measurements) extensible.emplace_back(ByteSpan(each));
  Cbor claims = Cbor::Map{{10, realm.challenge},
                          {44235, realm.personalization},
                          {44236, CcaHashName(realm.hash_algorithm)},
                          {44237, ByteSpan(realm.public_key)},
                          {44238, ByteSpan(realm.initial_measurement)},
                          {44239, std::move(extensible)},
                          {44240, CcaHashName(realm.public_key_hash_algorithm)}};
  if (realm.profile) claims.Set(265, *realm.profile);
  return claims;
}

Bytes SimulatedCca::Sign(const CcaToken& token) const {
  return SignClaims(PlatformClaims(token.platform), RealmClaims(token.realm));
}

Bytes SimulatedCca::SignClaims(const Cbor& platform, const Cbor& realm) const {
  const Bytes platform_message = token::SignCose1(platform_key, {}, platform.Encode());
  const Bytes realm_message = token::SignCose1(realm_key, {}, realm.Encode());
  return Cbor::Tagged(399, Cbor::Map{{44234, platform_message}, {44241, realm_message}}).Encode();
}

CcaPlatformKeys SimulatedCca::Keys() const {
  CcaPlatformKeys keys;
  const auto added = keys.Add({implementation_id, instance_id, platform_key.Public(), true});
  CHECK(added.has_value());
  return keys;
}

Json SimulatedCca::TrustAnchorStore() const {
  return Json::Array{Json::Object{{"pkey", token::JwkOf(platform_key.Public())},
                                  {"implementation-id", ToHex(implementation_id)},
                                  {"instance-id", ToHex(instance_id)},
                                  {"SIMULATED", true}}};
}

Json SimulatedCca::ReferenceStore() const {
  const CcaToken token = Contents({});
  Json::Array components;
  for (const CcaComponent& each : token.platform.components) {
    components.push_back(Json::Object{{"measurement-value", ToHex(each.measurement)},
                                      {"signer-id", ToHex(each.signer)},
                                      {"component-type", *each.type}});
  }
  Json platform = Json::Object{{"implementation-id", ToHex(implementation_id)},
                               {"sw-components", std::move(components)},
                               {"platform-configuration", ToHex(token.platform.configuration)}};
  Json realm = Json::Object{{"initial-measurement", ToHex(token.realm.initial_measurement)},
                            {"rak-hash-algorithm", "sha-256"},
                            {"extensible-measurements", HexArray(token.realm.extensible_measurements)},
                            {"personalization-value", ToHex(token.realm.personalization)}};
  return Json::Object{{"platform", Json::Array{std::move(platform)}}, {"realm", Json::Array{std::move(realm)}}};
}

}  // namespace cloister::evidence
