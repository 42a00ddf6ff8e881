#include "formats/cbor_view.h"

#include <gtest/gtest.h>

#include "base/count_allocations.h"

namespace cloister::formats {
namespace {

Result<CborView> Read(CborTape& tape, const Bytes& bytes) { return tape.Decode(bytes, CborForm::kAnyWellFormed); }

TEST(CborView, NamesWhatWasExpectedAndWhatCame) {
  CborTape tape;
  const Bytes bytes = Cbor(Cbor::Map{{1, "text"}, {"name", 7}}).Encode();
  const CborView map = *Read(tape, bytes);
  EXPECT_EQ(map.GetBytes(1).error().ToText(), Cbor::Decode(bytes, CborForm::kDeterministic)->GetBytes(1).error().ToText());
  EXPECT_EQ(map.GetText("name").error().ToText(),
            Cbor::Decode(bytes, CborForm::kDeterministic)->GetText("name").error().ToText());
  EXPECT_EQ(map.Get(2).error().ToText(), Cbor::Decode(bytes, CborForm::kDeterministic)->Get(2).error().ToText());
  EXPECT_EQ(map.RefuseUnknownKeys({1}).error().ToText(),
            Cbor::Decode(bytes, CborForm::kDeterministic)->RefuseUnknownKeys({1}).error().ToText());
  EXPECT_FALSE(map.AsArray());
  EXPECT_FALSE(map.AsTagged(1));
  EXPECT_FALSE(map.AsInt());
  EXPECT_FALSE(map.AsBool());
}

TEST(CborView, RefusesAKeyThatComesTwiceInMapsOfEachSize) {
  for (const int count : {2, 16, 64, 65, 200}) {
    Bytes bytes = {0xB9, static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count & 0xFF)};
    for (int i = 0; i < count; ++i) {
      // The last key is the one in the middle again.
      const Bytes key = Cbor(i + 1 == count ? count / 2 - 1 : i).Encode();
      bytes.insert(bytes.end(), key.begin(), key.end());
      bytes.push_back(0xF6);
    }
    CborTape tape;
    EXPECT_FALSE(Read(tape, bytes)) << count;
  }
  // Equal by value, not by bytes: 1 in one byte and in two; a list of either.
  CborTape tape;
  EXPECT_FALSE(Read(tape, *FromHex("a201f61801f6")));
  EXPECT_FALSE(Read(tape, *FromHex("a28101f6811801f6")));
  EXPECT_TRUE(Read(tape, *FromHex("a28101f68102f6")));
}

TEST(CborView, JoinsStringsThatCameInChunks) {
  CborTape tape;
  // {_ "ab": [_ (_ h'01', h'0203'), (_ h'04')], "c": (_ "x", "y")}
  const Bytes bytes = *FromHex("bf6261629f5f4101420203ff5f4104ffff61637f61786179ffff");
  const CborView map = *Read(tape, bytes);
  std::vector<Bytes> strings;
  const CborView::Items array = *map.GetArray("ab");
  for (const CborView& each : array) strings.push_back(ToBytes(*each.AsBytes()));
  EXPECT_EQ(strings, (std::vector<Bytes>{{1, 2, 3}, {4}}));
  EXPECT_EQ(*map.GetText("c"), "xy");
  EXPECT_EQ(map.ToCbor(), *Cbor::Decode(bytes, CborForm::kAnyWellFormed));
}

TEST(CborView, WalksEveryKindOfValue) {
  const Cbor value = Cbor::Array{1,
                                 -5,
                                 Bytes{9},
                                 "t",
                                 Cbor::Map{{1, Cbor::Array{2, Cbor::Map{{"k", 3}}}}, {"z", nullptr}},
                                 Cbor::Tagged(18, Cbor::Array{true}),
                                 false,
                                 nullptr,
                                 1.5,
                                 Cbor::Undefined()};
  const Bytes bytes = value.Encode();
  CborTape tape;
  const CborView view = *tape.Decode(bytes, CborForm::kDeterministic);
  EXPECT_EQ(view.ToCbor(), value);
  std::vector<CborType> types;
  const CborView::Items elements = *view.AsArrayOf(10);
  for (const CborView& each : elements) types.push_back(each.type());
  EXPECT_EQ(types, (std::vector{CborType::kUnsigned, CborType::kNegative, CborType::kBytes, CborType::kText, CborType::kMap,
                                CborType::kTag, CborType::kBool, CborType::kNull, CborType::kFloat, CborType::kUndefined}));
  EXPECT_FALSE(view.AsArrayOf(9));
  auto at = view.AsArray()->begin();
  EXPECT_EQ(*(*at++).AsInt(), 1);
  EXPECT_EQ(*(*at++).AsInt(), -5);
}

TEST(CborView, ReadsAgainWithoutAllocating) {
  if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has its own malloc";
  const Bytes bytes = *FromHex("bf6261629f5f4101420203ff5f4104ffff61637f61786179ffff");
  CborTape tape;
  ASSERT_TRUE(Read(tape, bytes));
  EXPECT_EQ(CountAllocations([&] {
              const Result<CborView> map = Read(tape, bytes);
              EXPECT_TRUE(map && map->GetArray("ab") && map->GetText("c") && map->RefuseUnknownKeys({"ab", "c"}));
            }),
            0U);
}

}  // namespace
}  // namespace cloister::formats
