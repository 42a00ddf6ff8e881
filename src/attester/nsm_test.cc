#include "attester/nsm.h"

#include <gtest/gtest.h>

#include "formats/cbor.h"

namespace cloister::attester {
namespace {

using formats::Cbor;

// FAKE: answers as the module does.
class FakeNsm final : public NsmDevice {
 public:
  Result<Bytes> Exchange(ByteSpan request) override {
    const auto parsed = Cbor::Decode(request, formats::CborForm::kDeterministic);
    EXPECT_TRUE(parsed);
    if (answer) return *answer;
    const Cbor* const asked = *parsed->GetMap("Attestation");
    Bytes nonce = ToBytes(*asked->GetBytes("nonce"));
    if (other_nonce) nonce[0] ^= 1;
    const Bytes payload = Cbor(Cbor::Map{{"module_id", "i-fake"}, {"nonce", nonce}}).Encode();
    const Bytes document = Cbor(Cbor::Array{Cbor(Bytes{0xA1, 0x01, 0x38, 0x22}), Cbor(Cbor::Map{}), Cbor(payload), Cbor(Bytes(96))}).Encode();
    return Cbor(Cbor::Map{{"Attestation", Cbor::Map{{"document", document}}}}).Encode();
  }
  std::optional<Bytes> answer;
  bool other_nonce = false;
};

TEST(Nsm, RefusesAnotherNonce) {
  FakeNsm device;
  device.other_nonce = true;
  EXPECT_EQ(CollectNitro(device, Bytes(32, 7)).error().code(), ErrorCode::kMismatch);
}

TEST(Nsm, PassesItsRefusalOnInItsOwnWord) {
  FakeNsm device;
  device.answer = Cbor(Cbor::Map{{"Error", "InputTooLarge"}}).Encode();
  const auto refused = CollectNitro(device, Bytes(32, 7));
  EXPECT_EQ(refused.error().code(), ErrorCode::kRefused);
  EXPECT_NE(refused.error().message().find("InputTooLarge"), std::string::npos);
  device.answer = Cbor(Cbor::Map{{"Error", "\x1b[2J"}}).Encode();
  EXPECT_EQ(CollectNitro(device, Bytes(32, 7)).error().message().find('\x1b'), std::string::npos);
}

TEST(Nsm, RefusesEveryCutAnswer) {
  FakeNsm device;
  FakeNsm good;
  const Bytes whole = *good.Exchange(Cbor(Cbor::Map{{"Attestation", Cbor::Map{{"nonce", Bytes(32, 7)}}}}).Encode());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    device.answer = ToBytes(ByteSpan(whole).first(size));
    EXPECT_FALSE(CollectNitro(device, Bytes(32, 7))) << size;
  }
}

TEST(Nsm, RefusesNoncesThatItCannotTake) {
  FakeNsm device;
  EXPECT_EQ(CollectNitro(device, {}).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(CollectNitro(device, Bytes(513)).error().code(), ErrorCode::kUsage);
  EXPECT_TRUE(CollectNitro(device, Bytes(512)));
}

TEST(Nsm, SaysThatThereIsNoDevice) {
  NsmFile file("/dev/there-is-no-nsm-here");
  EXPECT_EQ(CollectNitro(file, Bytes(32)).error().code(), ErrorCode::kNotFound);
  NsmFile null("/dev/null");
  EXPECT_EQ(CollectNitro(null, Bytes(32)).error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace cloister::attester
