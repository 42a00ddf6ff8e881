#include "evidence/tpm/verify.h"

#include <gtest/gtest.h>

#include "evidence/tpm/testing.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;

TEST(TpmQuote, RefusesEachFlippedBit) {
  const TpmQuoteEvidence good = TestTpm().Quote(TpmTestNonce());
  for (std::size_t at = 0; at < good.message.size(); ++at) {
    for (const std::uint8_t bit : Bytes{1, 128}) {
      TpmQuoteEvidence evidence = good;
      evidence.message[at] ^= bit;
      EXPECT_FALSE(VerifyQuoteOf(TestTpm(), evidence)) << at;
    }
  }
  for (std::size_t at = 0; at < good.signature.value.size(); ++at) {
    TpmQuoteEvidence evidence = good;
    evidence.signature.value[at] ^= 1;
    EXPECT_EQ(TpmCode(VerifyQuoteOf(TestTpm(), evidence)), "untrusted") << at;
  }
}

TEST(TpmQuote, RefusesEachLengthButTheWhole) {
  const Bytes good = TestTpm().Quote(TpmTestNonce()).message;
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseTpmQuote(ByteSpan(good).first(size))) << size;
  EXPECT_EQ(TpmCode(ParseTpmQuote(Concat({good, Bytes{0}}))), "malformed");
  EXPECT_EQ(TpmCode(ParseTpmQuote(Bytes(1025))), "limit");
}

TEST(TpmQuote, RefusesAnotherKey) {
  const TpmQuoteEvidence evidence = TestTpm().Quote(TpmTestNonce());
  const SimulatedTpm other = SimulatedTpm::Make(SignatureAlgorithm::kRs256);
  EXPECT_EQ(TpmCode(VerifyTpmQuote(evidence, KeyOf(other), ExpectingPcrs())), "untrusted");
}

TEST(TpmQuote, KeepsToItsLimits) {
  constexpr std::size_t kName = 6, kExtraData = kName + 2 + 34, kSelections = kExtraData + 2 + 64 + 25, kOfSelection = 6;
  TpmQuote quote = TestTpm().Prepare(Bytes(64, 1), PcrSelection::All(PcrBank::kSha256));
  quote.selections = {{}, {}, {}, {}, {}};
  const Bytes most = SerializeTpmQuote(quote);
  EXPECT_TRUE(ParseTpmQuote(most));
  // `more` bytes further in the field at `at`, whose length or count has `of_length` bytes and gets to be `length`.
  const auto longer = [&](std::size_t at, std::size_t of_length, std::uint8_t length, std::size_t more) {
    Bytes message = most;
    message[at + of_length - 1] = length;
    message.insert(message.begin() + static_cast<std::ptrdiff_t>(at + of_length), more, 0);
    return message;
  };
  EXPECT_EQ(TpmCode(ParseTpmQuote(longer(kName, 2, 67, 33))), "limit");
  EXPECT_EQ(TpmCode(ParseTpmQuote(longer(kExtraData, 2, 65, 1))), "limit");
  Bytes six = longer(kSelections, 4, 6, kOfSelection);
  std::copy_n(six.begin() + kSelections + 4 + kOfSelection, kOfSelection, six.begin() + kSelections + 4);
  EXPECT_EQ(TpmCode(ParseTpmQuote(six)), "limit");
  EXPECT_EQ(TpmCode(ParseTpmQuote(longer(kSelections + 4 + 5 * kOfSelection, 2, 65, 33))), "limit");  // pcrDigest
  quote.clock = std::uint64_t{1} << 63;
  EXPECT_EQ(TpmCode(ParseTpmQuote(SerializeTpmQuote(quote))), "malformed");
}

TEST(TpmQuote, RefusesPcrsThatNoTpmOfAPcHas) {
  const PcrSelection one{PcrBank::kSha256, 1};
  Bytes message = SerializeTpmQuote(TestTpm().Prepare({}, one));
  const std::size_t map_size = message.size() - 34 - 4;  // before the digest and three bytes of map
  ASSERT_EQ(message[map_size], 3);
  message[map_size] = 4;
  Bytes further = message;
  further.insert(further.begin() + static_cast<std::ptrdiff_t>(map_size) + 4, 1);
  EXPECT_EQ(TpmCode(ParseTpmQuote(further)), "limit");
  message.insert(message.begin() + static_cast<std::ptrdiff_t>(map_size) + 4, 0);
  EXPECT_EQ(ParseTpmQuote(message)->selections.front(), one);
}

TEST(TpmQuote, VerifiesByEachAlgorithm) {
  for (const auto algorithm : {SignatureAlgorithm::kRs256, SignatureAlgorithm::kPs256, SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384}) {
    const SimulatedTpm tpm = WithKey(algorithm);
    const auto key = TpmAttestationKey::FromPublicArea(tpm.PublicArea());
    ASSERT_TRUE(key) << key.error().ToText();
    TpmQuoteEvidence evidence = tpm.Quote(TpmTestNonce());
    const auto signature = ParseTpmSignature(SerializeTpmSignature(evidence.signature));
    ASSERT_TRUE(signature) << signature.error().ToText();
    EXPECT_EQ(signature->value, evidence.signature.value);
    const auto verified = VerifyTpmQuote(evidence, *key, ExpectingPcrs());
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_EQ(verified->pcrs(), TestTpm().banks.at(PcrBank::kSha256));
  }
}

TEST(TpmQuote, IsWrittenAsItIsRead) {
  const Bytes message = TestTpm().Quote(TpmTestNonce()).message;
  EXPECT_EQ(SerializeTpmQuote(*ParseTpmQuote(message)), message);
}

TEST(TpmQuote, SaysWhatItShowed) {
  const auto verified = VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce()));
  ASSERT_TRUE(verified);
  formats::Json claims = formats::Json::Object{};
  verified->SetClaims(claims);
  EXPECT_EQ(*claims.GetString("report_data"), ToHex(TpmTestNonce()));
  EXPECT_EQ(*claims.GetString("init_data"), std::string(64, '0'));
  EXPECT_EQ(*claims.GetInt("tpm_clock"), 123456);
  EXPECT_EQ(*claims.GetString("tpm_firmware_version"), "2020031200120003");
  EXPECT_EQ(*claims.GetString("ak_sha256"), ToHex(crypto::Sha256(TestTpm().key.Public().SpkiDer())));
}

TEST(TpmSignature, RefusesEachLengthButTheWholeAndOtherSchemes) {
  for (const auto algorithm : {SignatureAlgorithm::kRs256, SignatureAlgorithm::kEs256}) {
    const Bytes good = SerializeTpmSignature(WithKey(algorithm).Quote(TpmTestNonce()).signature);
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseTpmSignature(ByteSpan(good).first(size))) << size;
    EXPECT_EQ(TpmCode(ParseTpmSignature(Concat({good, Bytes{0}}))), "malformed");
    Bytes other = good;
    other[1] = 0x1A;  // ECDAA
    EXPECT_EQ(TpmCode(ParseTpmSignature(other)), "unsupported");
  }
  EXPECT_EQ(TpmCode(ParseTpmSignature(Bytes(1025))), "limit");
}

TEST(TpmPublic, RefusesEachLengthButTheWhole) {
  for (const auto algorithm : {SignatureAlgorithm::kRs256, SignatureAlgorithm::kEs384}) {
    const Bytes good = WithKey(algorithm).PublicArea();
    ASSERT_TRUE(ParseTpmPublic(good));
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseTpmPublic(ByteSpan(good).first(size))) << size;
    EXPECT_EQ(TpmCode(ParseTpmPublic(Concat({good, Bytes{0}}))), "malformed");
  }
  EXPECT_EQ(TpmCode(ParseTpmPublic(Bytes(1025))), "limit");
}

// {offset, value of the two bytes there, code} in an RSA key's area.
TEST(TpmPublic, RefusesOtherKindsOfKeys) {
  const Bytes good = TestTpm().PublicArea();
  struct Row {
    std::size_t at;
    std::uint16_t value;
    const char* code;
  };
  for (const Row& row : {Row{0, 0x0008, "unsupported"},    // keyed hash
                         Row{2, 0x0099, "unsupported"},    // name algorithm
                         Row{10, 0x0006, "unsupported"},   // AES: it decrypts
                         Row{12, 0x0015, "unsupported"},   // RSAES
                         Row{12, 0x0018, "unsupported"},   // ECDSA by an RSA key
                         Row{14, 0x0004, "unsupported"},   // SHA-1
                         Row{16, 1024, "malformed"},       // bits
                         Row{20, 3, "unsupported"}}) {     // exponent
    Bytes area = good;
    area[row.at] = static_cast<std::uint8_t>(row.value >> 8);
    area[row.at + 1] = static_cast<std::uint8_t>(row.value & 0xFF);
    EXPECT_EQ(TpmCode(ParseTpmPublic(area)), row.code) << row.at;
  }
}

TEST(TpmPublic, HasTheNameThatTheTpmWouldGive) {
  const auto parsed = ParseTpmPublic(TestTpm().PublicArea());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, Concat({Bytes{0, 0x0B}, crypto::Sha256(TestTpm().PublicArea())}));
  EXPECT_EQ(parsed->key, TestTpm().key.Public());
}

TEST(TpmAttestationKey, RefusesAKeyWithoutAScheme) {
  Bytes area = TestTpm().PublicArea();
  area[12] = 0;
  area[13] = 0x10;                                  // none
  area.erase(area.begin() + 14, area.begin() + 16);  // and no hash
  ASSERT_TRUE(ParseTpmPublic(area));
  EXPECT_EQ(TpmCode(TpmAttestationKey::FromPublicArea(area)), "untrusted");
}

TEST(DemandedPcrs, RefusesNoneAndThoseThatDoNotExist) {
  EXPECT_EQ(TpmCode(DemandedPcrs::Of({PcrBank::kSha256, 0})), "usage");
  EXPECT_EQ(TpmCode(DemandedPcrs::Of({PcrBank::kSha256, 1u << 24})), "usage");
  EXPECT_EQ(TpmCode(DemandedPcrs::OfBrokenSha1(0)), "usage");
  EXPECT_EQ(TpmCode(DemandedPcrs::OfBrokenSha1(1u << 24)), "usage");
}

TEST(TpmLog, GivesItsEventsAsClaims) {
  const auto verified = VerifyQuoteOf(TestTpm(), TestTpm().Quote(TpmTestNonce()));
  const auto log = VerifyTpmLog(*verified, SerializeEventLog(TestTpm().log));
  ASSERT_TRUE(log) << log.error().ToText();
  EXPECT_EQ((*log->Claims().GetArray("uefi_event_logs"))->size(), TestTpm().log.events.size());
}

std::string EnrolmentOf(const SimulatedTpm& tpm, const std::string& rest) {
  return "{\"ak_public\": \"" + ToBase64(tpm.key.Public().SpkiDer()) + "\"" + rest + "}";
}

constexpr const char* kWords = ", \"SIMULATED\": true, \"restricted\": true";

Result<EnrolledTpmKeys> Enrolled(const std::string& entries) { return EnrolledTpmKeys::Parse("[" + entries + "]"); }

TEST(EnrolledTpmKeys, RefusesStrangersDoublesAndOtherForms) {
  const std::string entry = EnrolmentOf(TestTpm(), kWords);
  const auto keys = Enrolled(entry);
  ASSERT_TRUE(keys) << keys.error().ToText();
  EXPECT_TRUE(keys->Find(KeyOf(TestTpm()))->simulated);
  EXPECT_EQ(TpmCode(keys->Find(KeyOf(WithKey(SignatureAlgorithm::kEs256)))), "untrusted");
  EXPECT_EQ(TpmCode(Enrolled(entry + "," + entry)), "conflict");
  EXPECT_EQ(TpmCode(Enrolled(EnrolmentOf(TestTpm(), std::string(kWords) + ", \"more\": 1"))), "malformed");
  EXPECT_EQ(TpmCode(EnrolledTpmKeys::Parse("{}")), "malformed");
}

TEST(EnrolledTpmKeys, RefusesKeysOfWhichNobodySaysWhetherTheyAreSimulated) {
  EXPECT_EQ(TpmCode(Enrolled(EnrolmentOf(TestTpm(), ", \"restricted\": true"))), "malformed");
  const auto hardware = Enrolled(EnrolmentOf(TestTpm(), ", \"SIMULATED\": false, \"restricted\": true"));
  ASSERT_TRUE(hardware);
  EXPECT_FALSE(hardware->Find(KeyOf(TestTpm()))->simulated);
}

TEST(TpmPitfalls, RefusesToEnrolKeysThatNobodyCallsRestricted) {
  const auto with_area = [](ByteSpan area, const char* rest = "") {
    return TpmCode(Enrolled(EnrolmentOf(TestTpm(), ", \"SIMULATED\": true, \"ak_tpmt_public\": \"" + ToBase64(area) + "\"" + rest)));
  };
  EXPECT_EQ(TpmCode(Enrolled(EnrolmentOf(TestTpm(), ", \"SIMULATED\": true"))), "malformed");
  EXPECT_EQ(TpmCode(Enrolled(EnrolmentOf(TestTpm(), ", \"SIMULATED\": true, \"restricted\": false"))), "malformed");
  Bytes area = TestTpm().PublicArea();
  EXPECT_EQ(with_area(area), "accepted");
  EXPECT_EQ(with_area(area, ", \"restricted\": false"), "malformed");
  EXPECT_EQ(with_area(WithKey(SignatureAlgorithm::kRs256).PublicArea()), "mismatch");
  area[5] = 0x04;  // no longer restricted
  EXPECT_EQ(with_area(area), "untrusted");
  EXPECT_EQ(with_area(area, ", \"restricted\": true"), "untrusted");
}

}  // namespace
}  // namespace cloister::evidence
