#include "crypto/internal/algorithms.h"

#include <openssl/rsa.h>

#include "crypto/internal/openssl.h"

namespace cloister::crypto::internal {

const AlgorithmInfo& InfoOf(SignatureAlgorithm algorithm) {
  using enum HashAlgorithm;
  static constexpr AlgorithmInfo kInfos[] = {
      {"ES256", KeyKind::kEc, "EC", "prime256v1", 32, kSha256},
      {"ES384", KeyKind::kEc, "EC", "secp384r1", 48, kSha384},
      {"ES512", KeyKind::kEc, "EC", "secp521r1", 66, kSha512},
      {"EdDSA", KeyKind::kEdwards, "ED25519", nullptr, 32, kSha512},
      {"PS256", KeyKind::kRsaPss, "RSA", nullptr, 0, kSha256},
      {"PS384", KeyKind::kRsaPss, "RSA", nullptr, 0, kSha384},
      {"PS512", KeyKind::kRsaPss, "RSA", nullptr, 0, kSha512},
      {"RS256", KeyKind::kRsaPkcs1, "RSA", nullptr, 0, kSha256},
      {"ES512 on P-256", KeyKind::kEc, "EC", "prime256v1", 32, kSha512},
      {"Ed448", KeyKind::kEdwards, "ED448", nullptr, 57, kSha512},
  };
  return kInfos[static_cast<std::size_t>(algorithm)];
}

const EVP_MD* Md(SignatureAlgorithm algorithm) {
  const AlgorithmInfo& info = InfoOf(algorithm);
  return info.kind == KeyKind::kEdwards ? nullptr : Md(info.hash);
}

namespace {

Result<void> CheckKind(SignatureAlgorithm algorithm, const EVP_PKEY* key) {
  const AlgorithmInfo& info = InfoOf(algorithm);
  if (!EVP_PKEY_is_a(key, info.type) || (info.group != nullptr && KeyGroup(key) != info.group)) {
    return Error(ErrorCode::kUnsupported, "key: not one for " + std::string(info.name));
  }
  if (info.type == std::string_view("RSA")) return CheckRsaSize(key);
  return {};
}

}  // namespace

bool SetPadding(EVP_PKEY_CTX* context, SignatureAlgorithm algorithm) {
  switch (InfoOf(algorithm).kind) {
    case KeyKind::kRsaPss:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    case KeyKind::kRsaPkcs1:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    default:
      return true;
  }
}

Result<VerifyingKey> KeyAccess::Verifying(SignatureAlgorithm algorithm, SharedPkey key) {
  const ErrorScope errors;
  TRY(CheckKind(algorithm, key.get()));
  return VerifyingKey(algorithm, std::move(key));
}

Result<SigningKey> KeyAccess::Signing(SignatureAlgorithm algorithm, SharedPkey key) {
  const ErrorScope errors;
  TRY(CheckKind(algorithm, key.get()));
  return SigningKey(algorithm, std::move(key));
}

Result<SignatureAlgorithm> KeyAccess::AlgorithmOf(const EVP_PKEY* key) {
  const ErrorScope errors;
  using enum SignatureAlgorithm;
  for (const SignatureAlgorithm algorithm : {kEs256, kEs384, kEs512, kEdDsa, kEd448}) {
    if (CheckKind(algorithm, key)) return algorithm;
  }
  return Error(ErrorCode::kUnsupported, "key: expected P-256, P-384, P-521 or Ed25519, or say an RSA algorithm");
}

bool KeyAccess::StartSigning(EVP_MD_CTX* context, const SigningKey& key) {
  EVP_PKEY_CTX* parameters = nullptr;
  return EVP_DigestSignInit(context, &parameters, Md(key.algorithm_), nullptr, key.key_.get()) == 1 &&
         SetPadding(parameters, key.algorithm_);
}

}  // namespace cloister::crypto::internal
