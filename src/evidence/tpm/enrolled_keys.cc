#include "evidence/tpm/enrolled_keys.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumKeys = 4096;
constexpr std::size_t kMaximumFile = std::size_t{4} << 20;

// That the entry says of the key that it signs only what its TPM made.
Result<void> CheckRestricted(const Json& entry, ByteSpan spki) {
  const auto word = TRY(entry.FindBool("restricted"));
  const auto area = TRY(entry.FindString("ak_tpmt_public"));
  if (word ? !*word : !area) return Error(ErrorCode::kMalformed, "expected \"restricted\": true, or ak_tpmt_public");
  if (!area) return {};
  const auto key = TRY(TpmAttestationKey::FromPublicArea(TRY(FromBase64(*area))));
  if (Equal(key.key().SpkiDer(), spki)) return {};
  return Error(ErrorCode::kMismatch, "ak_tpmt_public is of another key than ak_public");
}

Result<EnrolledTpmKey> ReadKey(const Json& entry) {
  TRY(entry.RefuseUnknownMembers({"ak_public", "SIMULATED", "restricted", "ak_tpmt_public"}));
  const Bytes spki = TRY(FromBase64(TRY(entry.GetString("ak_public"))));
  TRY(CheckRestricted(entry, spki));
  const bool simulated = TRY(entry.GetBool("SIMULATED"));
  return EnrolledTpmKey{crypto::Sha256(spki), simulated};
}

}  // namespace

Result<EnrolledTpmKeys> EnrolledTpmKeys::Parse(std::string_view text) {
  constexpr std::string_view kWhat = "enrolled TPM keys";
  const Json json = TRY_WITH(kWhat, Json::Parse(text, {.max_bytes = kMaximumFile, .max_depth = 4}));
  const Json::Array& entries = *TRY_WITH(kWhat, json.AsArray());
  if (entries.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "enrolled TPM keys: expected up to 4096, got " + std::to_string(entries.size()));
  EnrolledTpmKeys keys;
  for (const Json& entry : entries) TRY(keys.Add(TRY_WITH(kWhat, ReadKey(entry))));
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
