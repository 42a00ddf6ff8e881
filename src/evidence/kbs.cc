#include "evidence/kbs.h"

#include "formats/toml.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaxNonce = 4096;

Result<std::string> ReadInitData(const Json& json) {
  const Json* init_data = json.Find("init-data");
  if (init_data == nullptr || init_data->is_null()) return std::string();
  TRY(init_data->RefuseUnknownMembers({"format", "body"}));
  if (TRY(init_data->GetString("format")) != "toml")
    return Error(ErrorCode::kUnsupported, "init-data: expected format toml");
  std::string body = TRY(init_data->GetString("body"));
  if (body.empty()) return Error(ErrorCode::kMalformed, "init-data: expected a body, got none");
  return body;
}

}  // namespace

Result<KbsAttestation> KbsAttestation::FromJson(const Json& json) {
  const Json& runtime = *TRY(json.GetObject("runtime-data"));
  const Json& evidence = *TRY(json.GetObject("tee-evidence"));
  auto tee_key = TRY_WITH("tee-pubkey", token::TeePublicKey::FromJwk(*TRY(runtime.GetObject("tee-pubkey"))));
  KbsAttestation attestation{{}, {}, std::move(tee_key), {}, {}};
  attestation.init_data = TRY(ReadInitData(json));
  attestation.nonce = TRY_WITH("runtime-data", runtime.GetString("nonce"));
  attestation.primary_evidence = *TRY_WITH("tee-evidence", evidence.Get("primary_evidence"));
  attestation.additional_evidence = TRY_WITH("tee-evidence", evidence.GetString("additional_evidence"));
  if (attestation.nonce.size() > kMaxNonce)
    return Error(ErrorCode::kMalformed, "nonce: expected the one of the challenge");
  return attestation;
}

Result<crypto::Sha384Digest> KbsCpuDigest(std::string_view additional_evidence, std::string_view nonce,
                                          const token::TeePublicKey& tee_key) {
  const Json runtime = Json::Object{{"additional-evidence", additional_evidence}, {"nonce", nonce}, {"tee-pubkey", tee_key.ToJwk()}};
  return crypto::Sha384(AsBytes(TRY(runtime.Canonical())));
}

Result<std::array<std::uint8_t, 64>> KbsReportData(std::string_view additional_evidence, std::string_view nonce,
                                                   const token::TeePublicKey& tee_key) {
  const crypto::Sha384Digest digest = TRY(KbsCpuDigest(additional_evidence, nonce, tee_key));
  std::array<std::uint8_t, 64> data{};
  std::copy(digest.begin(), digest.end(), data.begin());
  return data;
}

Result<crypto::Sha384Digest> KbsDeviceDigest(std::string_view nonce, const token::TeePublicKey& tee_key) {
  const Json runtime = Json::Object{{"nonce", nonce}, {"tee-pubkey", tee_key.ToJwk()}};
  return crypto::Sha384(AsBytes(TRY(runtime.Canonical())));
}

Result<Bytes> KbsInitDataDigest(std::string_view toml) {
  const Json json = TRY_WITH("init-data", formats::ParseToml(toml));
  if (TRY_WITH("init-data", json.GetString("version")) != "0.1.0") {
    return Error(ErrorCode::kUnsupported, "init-data: expected version 0.1.0, got another");
  }
  const std::string algorithm = TRY_WITH("init-data", json.GetString("algorithm"));
  if (algorithm == "sha256") return crypto::Hash(crypto::HashAlgorithm::kSha256, AsBytes(toml));
  if (algorithm == "sha384") return crypto::Hash(crypto::HashAlgorithm::kSha384, AsBytes(toml));
  if (algorithm == "sha512") return crypto::Hash(crypto::HashAlgorithm::kSha512, AsBytes(toml));
  return Error(ErrorCode::kUnsupported, "init-data: expected sha256, sha384 or sha512");
}

}  // namespace cloister::evidence
