// Keys in PEM, coordinates and sealed bytes from strangers. A private key that was read signs what its public half verifies.
#include "crypto/ecdh.h"
#include "crypto/sign.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::crypto;
  const ByteSpan input(data, size);
  if (const auto key = SigningKey::FromPem(input)) {
    CHECK(key->Public().Verify(input, key->Sign(input)));
    CHECK(SigningKey::FromPem(key->ToPem().ExposeSecret())->Public() == key->Public());
  }
  (void)SigningKey::FromRsaPem(SignatureAlgorithm::kPs256, input);
  if (const auto key = EcdhPrivateKey::FromPem(input)) (void)key->SharedSecret(key->Public());
  (void)RsaPrivateKey::FromPem(input);
  if (const auto key = VerifyingKey::FromSpkiPem(AsText(input))) {
    CHECK(*VerifyingKey::FromSpkiPem(key->SpkiPem()) == *key);
    (void)key->Verify(input, input);
  }
  (void)VerifyingKey::FromSpkiPem(SignatureAlgorithm::kPs256, AsText(input));
  (void)VerifyingKey::FromEd25519(input);
  const ByteSpan x = input.first(size / 2), y = input.subspan(size / 2);
  (void)VerifyingKey::FromEcPoint(SignatureAlgorithm::kEs256, x, y);
  (void)EcdhPublicKey::FromCoordinates(EcCurve::kP521, x, y);
  (void)RsaPublicKey::FromComponents(x, y);
  return 0;
}
