#include "evidence/tpm/enrolled_keys.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumKeys = 4096;
constexpr std::size_t kMaximumFile = std::size_t{4} << 20;

}  // namespace

Result<EnrolledTpmKeys> EnrolledTpmKeys::Parse(std::string_view text) {
  constexpr std::string_view kWhat = "enrolled TPM keys";
  const Json json = TRY_WITH(kWhat, Json::Parse(text, {.max_bytes = kMaximumFile, .max_depth = 4}));
  const Json::Array& entries = *TRY_WITH(kWhat, json.AsArray());
  if (entries.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "enrolled TPM keys: expected up to 4096, got " + std::to_string(entries.size()));
  EnrolledTpmKeys keys;
  for (const Json& entry : entries) {
    TRY_WITH(kWhat, entry.RefuseUnknownMembers({"ak_public", "SIMULATED"}));
    const Bytes spki = TRY_WITH(kWhat, FromBase64(TRY_WITH(kWhat, entry.GetString("ak_public"))));
    const auto simulated = TRY_WITH(kWhat, entry.FindBool("SIMULATED"));
    TRY(keys.Add({crypto::Sha256(spki), simulated.value_or(false)}));
  }
  return keys;
}

Result<void> EnrolledTpmKeys::Add(const EnrolledTpmKey& key) {
  if (simulated_.emplace(key.sha256, key.simulated).second) return {};
  return Error(ErrorCode::kConflict, "enrolled TPM keys: " + ToHex(key.sha256) + " is there twice");
}

Result<EnrolledTpmKey> EnrolledTpmKeys::Find(const TpmAttestationKey& key) const {
  const auto sha256 = key.Sha256();
  const auto found = simulated_.find(sha256);
  if (found != simulated_.end()) return EnrolledTpmKey{sha256, found->second};
  return Error(ErrorCode::kUntrusted, "TPM: nobody vouches for the attestation key " + ToHex(sha256));
}

}  // namespace cloister::evidence
