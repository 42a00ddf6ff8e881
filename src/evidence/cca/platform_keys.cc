#include "evidence/cca/platform_keys.h"

#include <algorithm>

#include "token/jwk.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using formats::Json;

// SHA-256 of the SubjectPublicKeyInfo of keys whose private halves anyone can read: TF-A's and TF-M's test attestation
// key, and the example key of RFC 7517, appendix A.1.
constexpr std::string_view kPublishedKeys[] = {
    "0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca",
    "51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760",
};

bool IsPublished(const crypto::VerifyingKey& key) {
  const std::string sha256 = ToHex(crypto::Sha256(key.SpkiDer()));
  return std::find(std::begin(kPublishedKeys), std::end(kPublishedKeys), sha256) != std::end(kPublishedKeys);
}

Result<void> RefuseUnlessEcdsa(const crypto::VerifyingKey& key) {
  for (const auto each : {SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384, SignatureAlgorithm::kEs512}) {
    if (key.algorithm() == each) return {};
  }
  return Error(ErrorCode::kUnsupported, "CCA platform key: expected one for ES256, ES384 or ES512");
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> GetId(const Json& json, std::string_view key) {
  const Bytes bytes = TRY_WITH(key, FromHex(TRY(json.GetString(key))));
  return TRY_WITH(key, ToArray<N>(bytes));
}

Result<CcaPlatformKey> ParseEntry(const Json& json) {
  TRY(json.RefuseUnknownMembers({"pkey", "implementation-id", "instance-id", "SIMULATED"}));
  const auto implementation_id = TRY(GetId<32>(json, "implementation-id"));
  const auto instance_id = TRY(GetId<33>(json, "instance-id"));
  CcaPlatformKey key = TRY(CcaPlatformKeyFromJwk(*TRY(json.GetObject("pkey")), implementation_id, instance_id));
  key.simulated = TRY(json.FindBool("SIMULATED")).value_or(false);
  return key;
}

}  // namespace

Result<CcaPlatformKey> CcaPlatformKeyFromJwk(const Json& jwk, const CcaImplementationId& implementation_id,
                                             const CcaInstanceId& instance_id) {
  auto key = TRY_WITH("CCA platform key", token::VerifyingKeyFromJwk(jwk));
  TRY(RefuseUnlessEcdsa(key));
  return CcaPlatformKey{implementation_id, instance_id, std::move(key), false};
}

Result<CcaPlatformKeys> CcaPlatformKeys::ParseTrusteeStore(std::string_view text) {
  const Json json = TRY_WITH("CCA trust anchors", Json::Parse(text));
  CcaPlatformKeys keys;
  for (const Json& each : *TRY_WITH("CCA trust anchors", json.AsArray())) {
    TRY_WITH("CCA trust anchors", keys.Add(TRY_WITH("CCA trust anchors", ParseEntry(each))));
  }
  return keys;
}

Result<void> CcaPlatformKeys::Add(CcaPlatformKey key) {
  TRY(RefuseUnlessEcdsa(key.key));
  key.simulated = key.simulated || IsPublished(key.key);
  const CcaInstanceId instance_id = key.instance_id;
  if (keys_.try_emplace(instance_id, std::move(key)).second) return {};
  return Error(ErrorCode::kConflict, "CCA platform keys: instance " + ToHex(instance_id) + " has a key already");
}

Result<const CcaPlatformKey*> CcaPlatformKeys::Find(const CcaImplementationId& implementation_id,
                                                    const CcaInstanceId& instance_id) const {
  const auto found = keys_.find(instance_id);
  if (found == keys_.end() || found->second.implementation_id != implementation_id) {
    return Error(ErrorCode::kUntrusted, "no platform key for instance " + ToHex(instance_id) + " of implementation " +
                                            ToHex(implementation_id));
  }
  return &found->second;
}

}  // namespace cloister::evidence
