// Manifests as XML from outside: none of the corpus, nor what is made of it, is NVIDIA's.
#include "evidence/nvidia/rim.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  static const evidence::TrustAnchors vendors = evidence::TrustAnchors::Vendors();
  CHECK(!evidence::VerifyNvidiaRim({data, size}, vendors, FromUnixSeconds(1'773'532'800)).has_value());
  return 0;
}
