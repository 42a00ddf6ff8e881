// OpenSSL keys from and to DER, PEM and numbers.
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <cstring>

#include "crypto/internal/openssl.h"

namespace cloister::crypto::internal {
namespace {

using OwnedParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParams = Owned<OSSL_PARAM, OSSL_PARAM_free>;

constexpr std::size_t kMaximumKeyFile = 64 * 1024;

// What PEM_read's callback needs: the passphrase, and whether it was asked for.
struct Passphrase {
  const ByteSpan* bytes;
  bool asked = false;
};

int GivePassphrase(char* buffer, int size, int /*for_writing*/, void* argument) {
  auto* passphrase = static_cast<Passphrase*>(argument);
  passphrase->asked = true;
  if (passphrase->bytes == nullptr || passphrase->bytes->size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, passphrase->bytes->data(), passphrase->bytes->size());
  return static_cast<int>(passphrase->bytes->size());
}

OwnedBignum Number(ByteSpan bytes) {
  OwnedBignum number(BN_bin2bn(bytes.data(), ToInt(bytes.size()), nullptr));
  CHECK(number != nullptr);
  return number;
}

// nullptr: OpenSSL refuses the parameters.
OwnedPkey KeyFromParams(const char* type, int selection, const OwnedParamBuilder& builder) {
  const OwnedParams params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  CHECK(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return nullptr;
  return OwnedPkey(key);
}

// On the curve and not the point at infinity; on the NIST curves, whose cofactor is 1, that is all there is to check
// (SP 800-56A §5.6.2.3.4). Multiplying by the order too would cost as much as a signature.
bool PublicKeyHolds(EVP_PKEY* key) {
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  CHECK(context != nullptr);
  return EVP_PKEY_public_check_quick(context.get()) == 1;
}

// Whether the public half in the file is the private half's. OpenSSL signs with the one and shows the other.
bool HalvesAgree(EVP_PKEY* key) {
  if (!EVP_PKEY_is_a(key, "EC")) return true;
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  CHECK(context != nullptr);
  return EVP_PKEY_pairwise_check(context.get()) == 1;
}

Error BadPoint() { return Error(ErrorCode::kMalformed, "EC key: not a point of the curve"); }

// EC keys again from their coordinates, so that compressed points and spelled-out curves take the one form we write.
Result<SharedPkey> Normalized(OwnedPkey key) {
  if (!EVP_PKEY_is_a(key.get(), "EC")) return Share(std::move(key));
  const std::string group = KeyGroup(key.get());
  if (group.empty()) return Error(ErrorCode::kUnsupported, "EC key: not of a named curve");
  // On other curves coordinates can be longer than the order, which OpenSSL gives as the key's size.
  if (group != SN_X9_62_prime256v1 && group != SN_secp384r1 && group != SN_secp521r1) {
    return Error(ErrorCode::kUnsupported, "EC key: expected P-256, P-384 or P-521, got " + group);
  }
  const std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()) + 7) / 8;
  const Bytes x = KeyNumber(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, size);
  const Bytes y = KeyNumber(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size);
  if (x.empty() || y.empty()) return BadPoint();  // at infinity
  return EcPublicKey(group.c_str(), x, y);
}

}  // namespace

Result<SharedPkey> PublicKeyFromDer(ByteSpan der) {
  const ErrorScope errors;
  if (der.size() > kMaximumKeyFile) return Error(ErrorCode::kLimit, "public key: over 64 KiB");
  const std::uint8_t* at = der.data();
  OwnedPkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr || at != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "public key: expected SubjectPublicKeyInfo");
  }
  return Normalized(std::move(key));
}

Result<SharedPkey> PublicKeyFromPem(std::string_view pem) {
  const ErrorScope errors;
  if (pem.size() > kMaximumKeyFile) return Error(ErrorCode::kLimit, "public key: over 64 KiB");
  OwnedPkey key(PEM_read_bio_PUBKEY(ReadBio(AsBytes(pem)).get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return Error(ErrorCode::kMalformed, "public key: expected PEM with PUBLIC KEY");
  return Normalized(std::move(key));
}

Result<SharedPkey> PrivateKeyFromPem(ByteSpan pem, const ByteSpan* passphrase) {
  const ErrorScope errors;
  if (pem.size() > kMaximumKeyFile) return Error(ErrorCode::kLimit, "private key: over 64 KiB");
  Passphrase argument{passphrase};
  OwnedPkey key(PEM_read_bio_PrivateKey(ReadBio(pem).get(), nullptr, GivePassphrase, &argument));
  if (argument.asked && passphrase == nullptr) {
    return Error(ErrorCode::kMalformed, "private key: is encrypted, and no passphrase was given");
  }
  if (!argument.asked && passphrase != nullptr) {
    return Error(ErrorCode::kMalformed, "private key: expected encrypted PKCS#8");
  }
  if (key == nullptr && argument.asked) return Error(ErrorCode::kUntrusted, "private key: wrong passphrase");
  if (key == nullptr) return Error(ErrorCode::kMalformed, "private key: expected PEM with a private key");
  if (!HalvesAgree(key.get())) return Error(ErrorCode::kMalformed, "private key: its public half is another key's");
  return Share(std::move(key));
}

SecretBytes PrivateKeyToPem(const EVP_PKEY* key) {
  const ErrorScope errors;
  const OwnedBio bio(BIO_new(BIO_s_secmem()));
  CHECK(bio != nullptr);
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  CHECK(size > 0);
  return SecretBytes::CopyOf(AsBytes({data, static_cast<std::size_t>(size)}));
}

Result<SharedPkey> EcPublicKey(const char* group, ByteSpan x, ByteSpan y) {
  const ErrorScope errors;
  static constexpr std::uint8_t kUncompressed[] = {0x04};
  const Bytes point = Concat({kUncompressed, x, y});
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1);
  CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  OwnedPkey key = KeyFromParams("EC", EVP_PKEY_PUBLIC_KEY, builder);
  if (key == nullptr || !PublicKeyHolds(key.get())) return BadPoint();
  return Share(std::move(key));
}

Result<SharedPkey> EcPrivateKey(const char* group_name, ByteSpan scalar) {
  const ErrorScope errors;
  const OwnedEcGroup group(EC_GROUP_new_by_curve_name(OBJ_sn2nid(group_name)));
  const OwnedBignum number = Number(scalar);
  CHECK(group != nullptr);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return Error(ErrorCode::kMalformed, "EC private key: zero, or not below the order of the curve");
  }
  const OwnedEcPoint public_point(EC_POINT_new(group.get()));
  CHECK(public_point != nullptr);
  CHECK(EC_POINT_mul(group.get(), public_point.get(), number.get(), nullptr, nullptr, nullptr) == 1);
  Bytes point(1 + 2 * scalar.size());
  CHECK(EC_POINT_point2oct(group.get(), public_point.get(), POINT_CONVERSION_UNCOMPRESSED, point.data(), point.size(),
                           nullptr) == point.size());
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group_name, 0) == 1);
  CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1);
  OwnedPkey key = KeyFromParams("EC", EVP_PKEY_KEYPAIR, builder);
  CHECK(key != nullptr);
  return Share(std::move(key));
}

Bytes KeyNumber(const EVP_PKEY* key, const char* parameter, std::size_t size) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) return {};
  const OwnedBignum number(raw);
  Bytes bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : size);
  CHECK(BN_bn2binpad(raw, bytes.data(), ToInt(bytes.size())) >= 0);
  return bytes;
}

std::string KeyGroup(const EVP_PKEY* key) {
  char name[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof(name), &size) != 1) return {};
  return name;
}

Result<void> CheckRsaSize(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < 2048 || bits > 8192) {
    return Error(ErrorCode::kUnsupported, "RSA key: expected 2048 to 8192 bits, got " + std::to_string(bits));
  }
  return {};
}

Result<SharedPkey> RsaPublicKeyFrom(ByteSpan modulus, ByteSpan exponent) {
  const ErrorScope errors;
  if (modulus.empty() || exponent.empty() || modulus[0] == 0 || exponent[0] == 0 || exponent.size() > 8 ||
      modulus.size() > 1024 || exponent.back() % 2 == 0 || modulus.back() % 2 == 0 ||
      (exponent.size() == 1 && exponent[0] < 3)) {
    return Error(ErrorCode::kMalformed, "RSA key: modulus or exponent is no number of an RSA key");
  }
  const OwnedBignum n = Number(modulus);
  const OwnedBignum e = Number(exponent);
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
  CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  OwnedPkey key = KeyFromParams("RSA", EVP_PKEY_PUBLIC_KEY, builder);
  if (key == nullptr) return Error(ErrorCode::kMalformed, "RSA key: refused by OpenSSL");
  TRY(CheckRsaSize(key.get()));
  return Share(std::move(key));
}

}  // namespace cloister::crypto::internal
