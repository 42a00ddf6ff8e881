// The providers beside sev_guest, by the kernel's rules for each.
#include <gtest/gtest.h>

#include <cerrno>

#include "attester/simulated_tsm.h"
#include "attester/tsm_attester.h"
#include "base/byte_reader.h"
#include "formats/cbor.h"

namespace cloister::attester {
namespace {

using formats::Cbor;

ReportData Nonce() {
  ReportData nonce;
  nonce.fill(0x3C);
  return nonce;
}

// SIMULATED: a quote of version 4 or 5 that nobody signed, padded as hosts do.
Bytes Quote(unsigned version, const ReportData& report_data, std::uint32_t signature_size = 100, std::size_t padding = 70) {
  Bytes quote;
  AppendLe<std::uint16_t>(quote, static_cast<std::uint16_t>(version));
  AppendLe<std::uint16_t>(quote, 2);
  AppendLe<std::uint32_t>(quote, 0x81);
  quote.resize(48);
  std::size_t body = 584;
  if (version == 5) {
    AppendLe<std::uint16_t>(quote, 3);
    AppendLe<std::uint32_t>(quote, 648);
    body = 648;
  }
  quote.resize(quote.size() + body);
  std::copy(report_data.begin(), report_data.end(), quote.end() - static_cast<std::ptrdiff_t>(body) + 520);
  AppendLe<std::uint32_t>(quote, signature_size);
  quote.resize(quote.size() + 100 + padding);
  return quote;
}

// SIMULATED: a CCA token that nobody signed.
Bytes Token(const ReportData& challenge) {
  const Bytes claims = Cbor(Cbor::Map{{10, ByteSpan(challenge)}}).Encode();
  const Bytes realm = Cbor::Tagged(18, Cbor::Array{Cbor(Bytes{}), Cbor(Cbor::Map{}), Cbor(claims), Cbor(Bytes(96))}).Encode();
  return Cbor::Tagged(399, Cbor::Map{{44234, Bytes{1}}, {44241, realm}}).Encode();
}

Result<CollectedEvidence> CollectFrom(std::string_view provider, SimulatedTsm::Signer signer) {
  SimulatedTsmEntries entries(SimulatedTsm(provider, std::move(signer)));
  auto collected = TsmAttester(entries, crypto::SystemRandom()).Collect(Nonce());
  EXPECT_TRUE(entries.tsm().Names().empty()) << "an entry was left behind";
  return collected;
}

ReportData Other(ReportData data) {
  data[63] ^= 1;
  return data;
}

TEST(TdxGuest, RefusesAQuoteOverOtherReportData) {
  for (const unsigned version : {4u, 5u}) {
    const auto collected = CollectFrom(kTdxGuest, [&](const ReportData& data, std::uint32_t) { return Quote(version, Other(data)); });
    EXPECT_EQ(collected.error().code(), ErrorCode::kMismatch);
  }
}

TEST(TdxGuest, RefusesAQuoteWhoseSignatureIsCutShort) {
  const auto collected = CollectFrom(kTdxGuest, [](const ReportData& data, std::uint32_t) { return Quote(4, data, 171); });
  EXPECT_EQ(collected.error().code(), ErrorCode::kMalformed);
}

TEST(TdxGuest, TrimsWhatTheHostPaddedAQuoteWith) {
  for (const unsigned version : {4u, 5u}) {
    const auto collected = CollectFrom(kTdxGuest, [&](const ReportData& data, std::uint32_t) { return Quote(version, data); });
    ASSERT_TRUE(collected) << collected.error().ToText();
    EXPECT_EQ(collected->tee, "tdx");
    EXPECT_EQ(collected->signed_blob, Quote(version, Nonce(), 100, 0));
    const auto json = *collected->ToJson();
    EXPECT_EQ(*FromBase64(*json.GetString("quote")), collected->signed_blob);
    EXPECT_TRUE(json.Find("cc_eventlog")->is_null());
  }
}

TEST(TdxGuest, PassesOnWhatHasAnotherLayoutThanQuotes) {
  const Bytes other(9000, 0xD9);  // a CBOR token, told from quotes by its size and its first bytes
  const auto collected = CollectFrom(kTdxGuest, [&](const ReportData&, std::uint32_t) { return other; });
  ASSERT_TRUE(collected) << collected.error().ToText();
  EXPECT_EQ(collected->signed_blob, other);
}

TEST(TdxGuest, HasNeitherPrivilegeLevelNorCertificates) {
  SimulatedTsm tsm(kTdxGuest, [](const ReportData& data, std::uint32_t) { return Quote(4, data); });
  ASSERT_EQ(tsm.Make("e"), 0);
  Bytes content;
  for (const std::string_view attribute : {"auxblob", "privlevel_floor", "privlevel"}) EXPECT_EQ(tsm.Read("e", attribute, &content), ENOENT);
  EXPECT_EQ(tsm.WriteText("e", "privlevel", "0"), ENOENT);
  tsm.CommitInblob("e", Bytes(63));
  EXPECT_EQ(tsm.Read("e", "outblob", &content), EINVAL);
}

TEST(ArmCcaGuest, RefusesATokenOverAnotherChallenge) {
  const auto collected = CollectFrom(kArmCcaGuest, [](const ReportData& data, std::uint32_t) { return Token(Other(data)); });
  EXPECT_EQ(collected.error().code(), ErrorCode::kMismatch);
}

TEST(ArmCcaGuest, RefusesWhatIsNoToken) {
  const Bytes whole = Token(Nonce());
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    const auto collected =
        CollectFrom(kArmCcaGuest, [&](const ReportData&, std::uint32_t) { return ToBytes(ByteSpan(whole).first(size)); });
    EXPECT_EQ(collected.error().code(), ErrorCode::kMalformed) << size;
  }
}

TEST(ArmCcaGuest, CollectsATokenAsTheKbsProtocolHasIt) {
  const auto collected = CollectFrom(kArmCcaGuest, [](const ReportData& data, std::uint32_t) { return Token(data); });
  ASSERT_TRUE(collected) << collected.error().ToText();
  EXPECT_EQ(collected->tee, "cca");
  EXPECT_EQ((*collected->ToJson()->GetArray("token"))->size(), Token(Nonce()).size());
}

TEST(ArmCcaGuest, TakesShorterChallengesThanOthers) {
  SimulatedTsm tsm(kArmCcaGuest, [](const ReportData& data, std::uint32_t) { return Token(data); });
  ASSERT_EQ(tsm.Make("e"), 0);
  Bytes content;
  tsm.CommitInblob("e", Bytes(31));
  EXPECT_EQ(tsm.Read("e", "outblob", &content), EINVAL);
  tsm.CommitInblob("e", Bytes(32));
  EXPECT_EQ(tsm.Read("e", "outblob", &content), 0);
  EXPECT_EQ(tsm.Read("e", "auxblob", &content), 0) << "the file is there, though it means nothing";
}

}  // namespace
}  // namespace cloister::attester
