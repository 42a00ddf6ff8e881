// Whatever parses keeps to its limits, is written so that it reads the same, and never verifies under a key that did not sign it.
#include "evidence/tpm/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const auto quote = evidence::ParseTpmQuote(input);
  if (!quote) return 0;
  CHECK(quote->extra_data.size() <= evidence::kMaximumTpmNonce && quote->selections.size() <= 5);
  const Bytes written = evidence::SerializeTpmQuote(*quote);
  const auto again = evidence::ParseTpmQuote(written);
  CHECK(again.has_value() && evidence::SerializeTpmQuote(*again) == written && again->selections == quote->selections);
  static const auto* const key = new evidence::TpmAttestationKey(evidence::TpmAttestationKey::KnownToBeRestricted(
      crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256).Public()));
  evidence::TpmQuoteEvidence evidence{ToBytes(input), {evidence::TpmScheme::kEcdsa, evidence::PcrBank::kSha256, Bytes(64, 1)}, {}};
  CHECK(!evidence::VerifyTpmQuote(evidence, *key,
                                  {evidence::ExpectedTpmNonce::AnyNonce(), evidence::DemandedPcrs::All(),
                                   evidence::ExpectedTpmInitData::AnyInitData()}));
  return 0;
}
