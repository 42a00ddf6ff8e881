// What the .cc files of this module share: owners for OpenSSL's objects, and its error queue.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace cloister::crypto::internal {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Freer<kFree>>;

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedBignum = Owned<BIGNUM, BN_clear_free>;
using OwnedBignumContext = Owned<BN_CTX, BN_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedEcGroup = Owned<EC_GROUP, EC_GROUP_free>;
using OwnedEcPoint = Owned<EC_POINT, EC_POINT_free>;
using OwnedEcdsaSig = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using OwnedPkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedPkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using SharedPkey = std::shared_ptr<EVP_PKEY>;

inline SharedPkey Share(OwnedPkey key) { return {key.release(), EVP_PKEY_free}; }

// Empties the thread's error queue when a function ends, however it ends, so that no later call sees our failures.
class ErrorScope {
 public:
  ErrorScope() { ERR_clear_error(); }
  ~ErrorScope() { ERR_clear_error(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

// The fetched digest; fetching by name at every use costs more than hashing a block.
const EVP_MD* Md(HashAlgorithm algorithm);
// Of the signature algorithm; nullptr for Ed25519 and Ed448, which hash by themselves.
const EVP_MD* Md(SignatureAlgorithm algorithm);

int ToInt(std::size_t size);
OwnedBio ReadBio(ByteSpan bytes);
// What was written to a memory BIO.
Bytes Written(const OwnedBio& bio);
// The DER that an i2d function writes; a failure is a bug or exhausted memory.
template <class T>
Bytes ToDer(int (*encode)(const T*, unsigned char**), const T* object) {
  const int size = encode(object, nullptr);
  CHECK(size > 0);
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* end = der.data();
  CHECK(encode(object, &end) == size);
  return der;
}

// Makes typed keys of OpenSSL's, and the reverse.
struct KeyAccess {
  static EVP_PKEY* Of(const SigningKey& key) { return key.key_.get(); }
  static EVP_PKEY* Of(const VerifyingKey& key) { return key.key_.get(); }
  // kUnsupported: `key` is not of the kind that `algorithm` takes.
  static Result<VerifyingKey> Verifying(SignatureAlgorithm algorithm, SharedPkey key);
  static Result<SigningKey> Signing(SignatureAlgorithm algorithm, SharedPkey key);
  // The signature algorithm that goes with the key's curve. kUnsupported: RSA and others.
  static Result<SignatureAlgorithm> AlgorithmOf(const EVP_PKEY* key);
  // Sets up signing with `algorithm` on a fresh context, padding included; for X509_sign_ctx.
  static bool StartSigning(EVP_MD_CTX* context, const SigningKey& key);
};

// SubjectPublicKeyInfo; kMalformed, also for anything after it.
Result<SharedPkey> PublicKeyFromDer(ByteSpan der);
Result<SharedPkey> PublicKeyFromPem(std::string_view pem);
// A private key that is not encrypted, or one that is; see SigningKey.
Result<SharedPkey> PrivateKeyFromPem(ByteSpan pem, const ByteSpan* passphrase);
SecretBytes PrivateKeyToPem(const EVP_PKEY* key);

// NIST curves by OpenSSL's group name ("prime256v1").
Result<SharedPkey> EcPublicKey(const char* group, ByteSpan x, ByteSpan y);
Result<SharedPkey> EcPrivateKey(const char* group, ByteSpan scalar);
// A big-endian number of the key, padded with zeros to `size`; without `size`, at its own length.
Bytes KeyNumber(const EVP_PKEY* key, const char* parameter, std::size_t size = 0);
std::string KeyGroup(const EVP_PKEY* key);
// kMalformed: a leading zero or empty, e even or under 3; kUnsupported: under 2048 or over 8192 bits.
Result<SharedPkey> RsaPublicKeyFrom(ByteSpan modulus, ByteSpan exponent);
Result<void> CheckRsaSize(const EVP_PKEY* key);

}  // namespace cloister::crypto::internal
