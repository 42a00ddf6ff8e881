#include "crypto/internal/openssl.h"
#include "crypto/sign.h"

namespace cloister::crypto {

using internal::ErrorScope;

Result<Bytes> EcdsaSignatureFromDer(SignatureAlgorithm algorithm, ByteSpan der) {
  const ErrorScope errors;
  const std::size_t size = EcCoordinateSize(algorithm);
  const std::uint8_t* at = der.data();
  const internal::OwnedEcdsaSig parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (parsed == nullptr || !Equal(internal::ToDer(i2d_ECDSA_SIG, parsed.get()), der)) {
    return Error(ErrorCode::kMalformed, "ECDSA signature: expected a canonical DER SEQUENCE of two INTEGERs");
  }
  Bytes raw(2 * size);
  const BIGNUM* r = ECDSA_SIG_get0_r(parsed.get());
  const BIGNUM* s = ECDSA_SIG_get0_s(parsed.get());
  if (BN_is_negative(r) || BN_is_negative(s) || BN_bn2binpad(r, raw.data(), internal::ToInt(size)) < 0 ||
      BN_bn2binpad(s, raw.data() + size, internal::ToInt(size)) < 0) {
    return Error(ErrorCode::kMalformed, "ECDSA signature: r or s negative or longer than the curve's order");
  }
  return raw;
}

Result<Bytes> EcdsaSignatureToDer(SignatureAlgorithm algorithm, ByteSpan raw) {
  const ErrorScope errors;
  const std::size_t size = EcCoordinateSize(algorithm);
  if (raw.size() != 2 * size) {
    return Error(ErrorCode::kMalformed,
                 "ECDSA signature: expected " + std::to_string(2 * size) + " bytes, got " + std::to_string(raw.size()));
  }
  const internal::OwnedEcdsaSig signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(raw.data(), internal::ToInt(size), nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + size, internal::ToInt(size), nullptr);
  CHECK(signature != nullptr && r != nullptr && s != nullptr);
  CHECK(ECDSA_SIG_set0(signature.get(), r, s) == 1);
  return internal::ToDer(i2d_ECDSA_SIG, signature.get());
}

}  // namespace cloister::crypto
