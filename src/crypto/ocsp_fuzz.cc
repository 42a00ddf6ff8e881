// OCSP responses from outside: whatever parses is looked at in full, and none is anyone's answer.
#include "base/check.h"
#include "crypto/ocsp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto response = crypto::OcspResponse::ParseDer({data, size});
  if (!response) return 0;
  (void)response->Serial();
  (void)response->Nonce();
  (void)crypto::CheckOcspSignatureOnly(*response);
  for (const auto& certificate : response->Certificates()) {
    (void)crypto::VerifyNotRevoked(certificate, certificate, *response, std::nullopt, response->ThisUpdate());
  }
  return 0;
}
