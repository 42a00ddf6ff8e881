#include "evidence/tokens/simulated.h"

#include "crypto/x509_builder.h"
#include "token/ear.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::Json;

SigningKey KeyFor(TokenService service) {
  switch (service) {
    case TokenService::kAzure:
    case TokenService::kGoogle: return *SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048);
    case TokenService::kIntel: return *SigningKey::GenerateRsa(SignatureAlgorithm::kPs384, 2048);
    case TokenService::kNvidia: return SigningKey::Generate(SignatureAlgorithm::kEs384);
    default: return SigningKey::Generate(SignatureAlgorithm::kEs256);
  }
}

Json Dates(const std::string& issuer, const SimulatedTokenOptions& options) {
  return Json::Object{{"iss", issuer},
                      {"iat", ToUnixSeconds(options.now)},
                      {"nbf", ToUnixSeconds(options.now)},
                      {"exp", ToUnixSeconds(options.now + options.lifetime)}};
}

void AddTdx(Json& claims, const SimulatedTokenOptions& options) {
  claims.Set("attester_type", "TDX");
  claims.Set("tdx_mrtd", options.measurement);
  claims.Set("tdx_report_data", options.report_data);
  claims.Set("tdx_mrconfigid", std::string(96, '0'));
  claims.Set("tdx_is_debuggable", options.debug);
  claims.Set("attester_tcb_status", "UpToDate");
  claims.Set("attester_advisory_ids", Json::Array{"INTEL-SA-00960"});
  claims.Set("attester_runtime_data", Json::Object{{"nonce", options.nonce}});
  claims.Set("verifier_nonce", Json::Object{{"val", "service:" + options.nonce}});
}

void AddAzure(Json& claims, const SimulatedTokenOptions& options) {
  claims.Set("x-ms-ver", "1.0");
  claims.Set("x-ms-attestation-type", "azurevm");
  claims.Set("x-ms-runtime", Json::Object{{"client-payload", Json::Object{{"nonce", options.nonce}}}});
  claims.Set("nonce", "service:" + options.nonce);
  claims.Set("x-ms-isolation-tee", Json::Object{{"x-ms-attestation-type", "sevsnpvm"},
                                                {"x-ms-compliance-status", "azure-compliant-cvm"},
                                                {"x-ms-sevsnpvm-launchmeasurement", options.measurement},
                                                {"x-ms-sevsnpvm-reportdata", options.report_data},
                                                {"x-ms-sevsnpvm-hostdata", std::string(64, '0')},
                                                {"x-ms-sevsnpvm-is-debuggable", options.debug},
                                                {"x-ms-sevsnpvm-vmpl", 0}});
}

void AddGoogle(Json& claims, const SimulatedTokenOptions& options) {
  claims.Set("aud", options.audience);
  claims.Set("eat_nonce", Json::Array{"another-nonce", options.nonce});
  claims.Set("hwmodel", "GCP_INTEL_TDX");
  claims.Set("swname", "CONFIDENTIAL_SPACE");
  claims.Set("secboot", true);
  claims.Set("dbgstat", options.debug ? "enabled" : "disabled-since-boot");
  claims.Set("tdx", Json::Object{{"gcp_attester_tcb_status", "UpToDate"}});
  claims.Set("submods", Json::Object{{"container", Json::Object{{"image_digest", "sha256:" + std::string(64, 'c')}}}});
}

void AddNvidia(Json& claims, const SimulatedTokenOptions& options) {
  claims.Set("eat_nonce", options.nonce);
  claims.Set("hwmodel", "GH100 SIMULATED");
  claims.Set("ueid", "1234567890");
  claims.Set("secboot", true);
  claims.Set("dbgstat", options.debug ? "enabled" : "disabled");
  claims.Set("measres", options.good ? "success" : "fail");
}

void AddEar(Json& claims, const SimulatedTokenOptions& options, bool trustee) {
  claims.Set("eat_profile", trustee ? token::kTrusteeProfile : token::kVeraisonProfile);
  claims.Set("ear.verifier-id", Json::Object{{"developer", "SIMULATED"}, {"build", "0"}});
  Json submod = Json::Object{{"ear.status", options.good ? "affirming" : "contraindicated"},
                             {"ear.trustworthiness-vector", Json::Object{{"hardware", options.good ? 2 : 97}}},
                             {"ear.appraisal-policy-id", "SIMULATED"}};
  if (trustee) {
    const Json snp = Json::Object{{"measurement", options.measurement}, {"policy_debug_allowed", options.debug}};
    submod.Set("ear.veraison.annotated-evidence",
               Json::Object{{"snp", snp},
                            {"report_data", options.report_data},
                            {"init_data", std::string(64, '0')},
                            {"runtime_data_claims", Json::Object{{"nonce", options.nonce}}}});
  } else {
    claims.Set("eat_nonce", ToBase64Url(AsBytes(options.nonce)));
  }
  claims.Set("submods", Json::Object{{trustee ? "cpu0" : "CCA_SSD_PLATFORM", std::move(submod)}});
}

}  // namespace

SimulatedTokenService::SimulatedTokenService(TokenService service, SigningKey key, crypto::Certificate root,
                                             crypto::Certificate leaf)
    : service_(service),
      name_("https://SIMULATED." + std::string(TokenServiceName(service)) + ".example"),
      key_id_("SIMULATED-" + ToHex(crypto::Sha256(key.Public().SpkiDer())).substr(0, 16)),
      key_(std::move(key)),
      root_(std::move(root)),
      leaf_(std::move(leaf)) {}

SimulatedTokenService SimulatedTokenService::Make(TokenService service, Time not_before, Time not_after) {
  const SigningKey root_key = SigningKey::Generate(SignatureAlgorithm::kEs256);
  crypto::CertificateBuilder root(root_key.Public());
  root.SubjectCommonName("SIMULATED token root").Validity(not_before, not_after).CertificateAuthority(std::nullopt);
  crypto::Certificate root_certificate = *root.SelfSign(root_key);
  SigningKey key = KeyFor(service);
  crypto::CertificateBuilder leaf(key.Public());
  leaf.SubjectCommonName("SIMULATED token signer").Validity(not_before, not_after);
  crypto::Certificate leaf_certificate = *leaf.Sign(root_certificate, root_key);
  return {service, std::move(key), std::move(root_certificate), std::move(leaf_certificate)};
}

Json SimulatedTokenService::JwkSet() const {
  Json jwk = token::JwkOf(key_.Public());
  // Azure publishes the certificate only.
  if (service_ == TokenService::kAzure) jwk = Json::Object{{"kty", "RSA"}, {"x5c", Json::Array{ToBase64(leaf_.Der())}}};
  jwk.Set("kid", key_id_);
  return Json::Object{{"keys", Json::Array{jwk}}};
}

TokenIssuer SimulatedTokenService::Issuer() const { return *TokenIssuer::WithKeys(service_, name_, JwkSet()); }

TokenIssuer SimulatedTokenService::IssuerByRoot() const {
  return *TokenIssuer::WithRoots(service_, name_, {root_});
}

Json SimulatedTokenService::Claims(const SimulatedTokenOptions& options) const {
  Json claims = Dates(name_, options);
  switch (service_) {
    case TokenService::kTrustee: AddEar(claims, options, true); break;
    case TokenService::kVeraison: AddEar(claims, options, false); break;
    case TokenService::kAzure: AddAzure(claims, options); break;
    case TokenService::kIntel: AddTdx(claims, options); break;
    case TokenService::kGoogle: AddGoogle(claims, options); break;
    case TokenService::kNvidia: AddNvidia(claims, options); break;
  }
  return claims;
}

std::string SimulatedTokenService::Sign(const Json& claims) const {
  return token::SignJwt(key_, {.type = "JWT", .key_id = key_id_, .chain = {}}, claims);
}

std::string SimulatedTokenService::SignWithChain(const Json& claims) const {
  const crypto::Certificate chain[] = {leaf_, root_};
  Json header = Json::Object{{"alg", crypto::SignatureAlgorithmName(key_.algorithm())}, {"typ", "JWT"}};
  Json endorsed = token::EndorsedJwkOf(key_.Public(), chain);
  if (service_ == TokenService::kTrustee) {
    header.Set("jwk", std::move(endorsed));
  } else {
    header.Set("x5c", *endorsed.Find("x5c"));
  }
  return SignWithHeader(header, claims);
}

std::string SimulatedTokenService::SignWithHeader(const Json& header, const Json& claims) const {
  const std::string text = ToBase64Url(AsBytes(header.Dump())) + "." + ToBase64Url(AsBytes(claims.Dump()));
  return text + "." + ToBase64Url(key_.Sign(AsBytes(text)));
}

std::string SimulatedTokenService::Token(const SimulatedTokenOptions& options) const {
  const std::string token = Sign(Claims(options));
  return service_ == TokenService::kNvidia ? Bundle({{"GPU-0", token}}, options) : token;
}

Json SimulatedTokenService::OverallClaims(const std::map<std::string, std::string>& devices,
                                          const SimulatedTokenOptions& options) const {
  Json claims = Dates(name_, options);
  claims.Set("sub", "NVIDIA-PLATFORM-ATTESTATION SIMULATED");
  claims.Set("x-nvidia-ver", "3.0");
  claims.Set("x-nvidia-overall-att-result", options.good);
  claims.Set("eat_nonce", options.nonce);
  Json submods = Json::Object{};
  for (const auto& [name, jwt] : devices) {
    submods.Set(name, Json::Array{"DIGEST", Json::Array{"SHA-256", ToHex(crypto::Sha256(AsBytes(jwt)))}});
  }
  claims.Set("submods", std::move(submods));
  return claims;
}

std::string SimulatedTokenService::Bundle(const std::map<std::string, std::string>& devices,
                                          const SimulatedTokenOptions& options) const {
  Json tokens = Json::Object{};
  for (const auto& [name, jwt] : devices) tokens.Set(name, jwt);
  return Json(Json::Array{Json::Array{"JWT", Sign(OverallClaims(devices, options))}, std::move(tokens)}).Dump();
}

}  // namespace cloister::evidence
