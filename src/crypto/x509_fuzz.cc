// Certificates, lists and keys from strangers: whatever parses must answer every question.
#include "crypto/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::crypto;
  const ByteSpan input(data, size);
  if (const Result<Certificate> certificate = Certificate::ParseDer(input); certificate) {
    (void)certificate->SubjectCommonName();
    (void)certificate->NotAfter();
    (void)certificate->Serial();
    (void)certificate->PathLength();
    (void)certificate->Extension("2.5.29.17");
    (void)certificate->PublicKey();
    (void)certificate->VerifySignedBy(*certificate);
    (void)VerifyChain(std::span(&*certificate, 1), std::span(&*certificate, 1), certificate->NotBefore());
  }
  if (const Result<Crl> crl = Crl::ParseDer(input); crl) (void)crl->Number();
  (void)Certificate::ParsePemChain(AsText(input));
  (void)VerifyingKey::FromSpkiDer(input);
  (void)EcdsaSignatureFromDer(SignatureAlgorithm::kEs256, input);
  return 0;
}
