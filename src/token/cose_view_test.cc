#include "token/cose_view.h"

#include <gtest/gtest.h>

#include "base/count_allocations.h"
#include "token/cose.h"

namespace cloister::token {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::Cbor;

class CoseView : public testing::Test {
 protected:
  ErrorCode CodeOf(ByteSpan message) {
    const auto view = UnverifiedCose1View::Parse(message, scratch_);
    if (!view) return view.error().code();
    const auto verified = view->Verify(key_.Public());
    return verified ? ErrorCode::kInternal : verified.error().code();
  }
  // A message that the key signed, with these parts; of the parts that it is made of, what is given.
  Bytes Message(const Cbor& protected_headers, const Cbor& unprotected, const Cbor& payload) const {
    const Bytes header = protected_headers.Encode();
    const Bytes content = payload.is_null() ? Bytes() : ToBytes(*payload.AsBytes());
    const Bytes signature = key_.Sign(Cbor(Cbor::Array{"Signature1", header, Bytes(), content}).Encode());
    return Cbor(Cbor::Array{header, unprotected, payload, signature}).Encode();
  }
  const SigningKey key_ = SigningKey::Generate(SignatureAlgorithm::kEs384);
  const Cbor::Map headers_ = {{1, CoseAlgorithm(SignatureAlgorithm::kEs384)}};
  const Bytes payload_ = ToBytes("content");
  UnverifiedCose1View::Scratch scratch_;
};

TEST_F(CoseView, RefusesEveryFlippedByteAndEveryCut) {
  const Bytes message = SignCose1(key_, {.content_type = {}, .key_id = {1, 2}, .claims = {}, .more = {}, .unprotected = {}}, payload_);
  for (std::size_t i = 0; i < message.size(); ++i) {
    Bytes flipped = message;
    flipped[i] ^= 1;
    EXPECT_NE(CodeOf(flipped), ErrorCode::kInternal) << i;
    EXPECT_EQ(CodeOf(ByteSpan(message).first(i)), ErrorCode::kMalformed) << i;
  }
}

TEST_F(CoseView, RefusesOtherStructuresLabelsAndAlgorithms) {
  const Cbor::Map none;
  EXPECT_EQ(CodeOf(Cbor(Cbor::Array{Bytes(), none, payload_}).Encode()), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Cbor::Tagged(98, Cbor::Array{Bytes(), none, payload_, Bytes(96)}).Encode()), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Message(headers_, Cbor::Map{{1, -35}}, payload_)), ErrorCode::kMalformed) << "a label in both";
  EXPECT_EQ(CodeOf(Message(headers_, Cbor::Map{{nullptr, 1}}, payload_)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Message(Cbor::Map{{Bytes{1}, 1}}, none, payload_)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Message(Cbor::Map{{1, -7}}, none, payload_)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(Message(none, none, payload_)), ErrorCode::kMismatch);
  EXPECT_EQ(CodeOf(Message(headers_, none, nullptr)), ErrorCode::kMismatch) << "a detached payload";
  EXPECT_EQ(CodeOf(Message(Cbor::Map{{1, -35}, {2, Cbor::Array{4}}, {4, Bytes{1}}}, none, payload_)),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(Message(headers_, Cbor::Map{{2, Cbor::Array{1}}}, payload_)), ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(Bytes(kMaxCoseBytes + 1)), ErrorCode::kLimit);
  Cbor::Map many;
  for (int i = 0; i < 600; ++i) many.emplace_back(100 + i, nullptr);
  EXPECT_EQ(CodeOf(Message(headers_, many, payload_)), ErrorCode::kLimit);
}

TEST_F(CoseView, VerifiesWhatVerifyCose1DoesWithoutAllocating) {
  const Bytes tagged = SignCose1(key_, {}, payload_);
  for (const Bytes& message : {tagged, Message(headers_, Cbor::Map{}, payload_), Message(headers_, Cbor::Map{{"x", 1}}, payload_)}) {
    ASSERT_TRUE(VerifyCose1(message, key_.Public(), {.form = CoseForm::kAny}));
    const crypto::VerifyingKey key = key_.Public();
    const auto again = [&] {
      const auto view = UnverifiedCose1View::Parse(message, scratch_);
      EXPECT_TRUE(view && view->Verify(key));
      EXPECT_TRUE(Equal(*view->unverified_payload(), payload_));
    };
    again();
    if (!kAllocationsAreCounted) continue;  // a sanitizer has its own malloc
    EXPECT_EQ(CountAllocations(again), 0U);
  }
}

}  // namespace
}  // namespace cloister::token
