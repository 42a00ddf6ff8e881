// The input as a package that somebody signed: it is verified where it can be read, and never without that signature.
#include "evidence/corim/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using formats::Cbor;
  static const auto* const key =
      new crypto::SigningKey(crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256));
  static const Bytes meta = Cbor(Cbor::Map{{0, Cbor::Map{{0, "signer"}}}}).Encode();
  const ByteSpan input(data, size);
  evidence::CorimTrust trust;
  trust.keys.push_back({ToBytes("key"), key->Public()});
  const evidence::CorimExpectations expected{.validity = evidence::CorimValidity::kNotLookedAt,
                                             .profile = std::nullopt};
  CHECK(!evidence::VerifyCorim(input, trust, expected, FromUnixSeconds(1'773'532'800)));
  (void)evidence::RimDocumentFromUnverified(input);
  const auto read = evidence::CorimFromUnverified(input);
  if (!read) return 0;
  const Bytes message = token::SignCose1(*key,
                                         {.content_type = "application/rim+cbor",
                                          .key_id = ToBytes("key"),
                                          .claims = std::nullopt,
                                          .more = {{8, meta}},
                                          .unprotected = {}},
                                         input);
  const auto verified = evidence::VerifyCorim(message, trust, expected, FromUnixSeconds(1'773'532'800));
  CHECK(verified && verified->signer() == "signer");
  (void)verified->Claims();
  (void)evidence::NamedReferenceValues(*read);
  return 0;
}
