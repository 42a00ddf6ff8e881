#include "contract/signed.h"

#include <gtest/gtest.h>

#include "contract/account_entry.h"
#include "contract/ledger_documents.h"
#include "contract/sample_for_tests.h"
#include "formats/cbor.h"

namespace cloister::contract {
namespace {

using formats::Cbor;
using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

struct Fixture {
  Contract contract = Sample::MakeContract();
  crypto::SigningKey key = TestKey(3);
  RunRequest request = Sample::MakeRunRequest(contract, kNow);
  Bytes cose = *SignDocument(request, key, Sample::kConsumer, kNow);
  Result<Verified<RunRequest>> Verify(ByteSpan bytes) {
    return VerifyDocument<RunRequest>(bytes, key.Public(), Sample::kConsumer);
  }
};

TEST(SignedDocument, RefusesEachFlippedBit) {
  Fixture f;
  for (std::size_t i = 0; i < f.cose.size(); ++i) {
    Bytes bad = f.cose;
    bad[i] ^= static_cast<std::uint8_t>(1u << (i % 8));
    EXPECT_FALSE(f.Verify(bad)) << i;
  }
}

TEST(SignedDocument, RefusesEveryCutAndWhatIsAppended) {
  Fixture f;
  for (std::size_t i = 0; i < f.cose.size(); ++i) EXPECT_FALSE(f.Verify(ByteSpan(f.cose).first(i))) << i;
  Bytes longer = f.cose;
  longer.push_back(0);
  EXPECT_FALSE(f.Verify(longer));
}

TEST(SignedDocument, RefusesAnotherKeyIssuerOrType) {
  Fixture f;
  EXPECT_EQ(VerifyDocument<RunRequest>(f.cose, TestKey(4).Public(), Sample::kConsumer).error().code(),
            ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyDocument<RunRequest>(f.cose, f.key.Public(), Sample::kBank).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(VerifyDocument<Certification>(f.cose, f.key.Public(), Sample::kConsumer).error().code(),
            ErrorCode::kMismatch);
  EXPECT_FALSE(VerifyDocument<RunRequest>(f.cose, std::span<const NamedKey>(), Sample::kConsumer));
}

TEST(SignedDocument, RefusesAPayloadThatIsNotTheOneForm) {
  Fixture f;
  const auto sign = [&f](Json payload, std::string_view subject) {
    return *internal::SignStatement(payload, RunRequest::kContentType, Sample::kConsumer, subject, kNow, f.key);
  };
  EXPECT_TRUE(f.Verify(sign(f.request.ToJson(), Sample::kRun)));
  Json extra = f.request.ToJson();
  extra.Set("surprise", 1);
  EXPECT_EQ(f.Verify(sign(extra, Sample::kRun)).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(f.Verify(sign(f.request.ToJson(), "another-run")).error().code(), ErrorCode::kMismatch);
  Json other = f.request.ToJson();
  other.Set("type", "run-request/v2");
  EXPECT_EQ(f.Verify(sign(other, Sample::kRun)).error().code(), ErrorCode::kMalformed);
}

// A COSE_Sign1 over `payload` text as it is, with headers chosen by the test.
Bytes SignRaw(std::string_view payload, Cbor header, Cbor unprotected, const crypto::SigningKey& key) {
  const Bytes encoded = header.Encode();
  const Bytes signature = key.Sign(Cbor(Cbor::Array{"Signature1", encoded, Bytes(), AsBytes(payload)}).Encode());
  return Cbor::Tagged(18, Cbor::Array{encoded, std::move(unprotected), AsBytes(payload), signature}).Encode();
}

TEST(SignedDocument, RefusesOtherHeadersEvenWhenTheSignatureHolds) {
  Fixture f;
  const Cbor claims = Cbor::Map{{1, Sample::kConsumer}, {2, Sample::kRun}, {6, ToUnixSeconds(kNow)}};
  const Cbor::Map good = {{1, -7}, {3, RunRequest::kContentType}, {4, KeyThumbprint(f.key.Public())}, {15, claims}};
  const std::string text = *f.request.ToJson().Canonical();
  EXPECT_TRUE(f.Verify(SignRaw(text, good, Cbor::Map{}, f.key)));
  EXPECT_FALSE(f.Verify(SignRaw(text, good, Cbor::Map{{4, "x"}}, f.key)));
  EXPECT_FALSE(f.Verify(SignRaw(f.request.ToJson().Pretty(), good, Cbor::Map{}, f.key)));
  EXPECT_FALSE(f.Verify(SignRaw(" " + text, good, Cbor::Map{}, f.key)));
  Cbor more = good;
  more.Set(2, Cbor::Array{1});
  EXPECT_FALSE(f.Verify(SignRaw(text, more, Cbor::Map{}, f.key)));
  Cbor none = good;
  none.Set(1, -8);
  EXPECT_FALSE(f.Verify(SignRaw(text, none, Cbor::Map{}, f.key)));
}

TEST(SignedDocument, SaysWhoSignedWhatWhen) {
  Fixture f;
  const auto verified = f.Verify(f.cose);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(**verified, f.request);
  EXPECT_EQ(verified->digest(), crypto::Sha256(f.cose));
  EXPECT_EQ(verified->kid(), KeyThumbprint(f.key.Public()));
  EXPECT_EQ(verified->issuer(), Sample::kConsumer);
  EXPECT_EQ(verified->issued_at(), kNow);
}

TEST(SignedDocument, SignsWithEs256Only) {
  Fixture f;
  const auto key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  EXPECT_EQ(SignDocument(f.request, key, Sample::kConsumer, kNow).error().code(), ErrorCode::kUsage);
}

// RFC 9679 §6 gives a P-256 key and its thumbprint.
TEST(KeyThumbprint, AgreesWithRfc9679) {
  const auto x = *FromHex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
  const auto y = *FromHex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
  const auto key = *crypto::VerifyingKey::FromEcPoint(crypto::SignatureAlgorithm::kEs256, x, y);
  EXPECT_EQ(ToHex(KeyThumbprint(key)), "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec");
}

TEST(SignedContract, DemandsASignatureOfEachPartyThatSigns) {
  const Contract contract = Sample::MakeContract();
  const std::string json = contract.ToCanonical();
  std::vector<Bytes> all = Sample::SignByAll(contract, kNow);
  const auto whole = SignedContract::Verify(json, all);
  ASSERT_TRUE(whole) << whole.error().ToText();
  EXPECT_TRUE(whole->Missing().empty());
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<Bytes> some = all;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(SignedContract::Verify(json, some).error().code(), ErrorCode::kUntrusted) << i;
    const auto part = SignedContract::VerifyInPart(json, some);
    ASSERT_TRUE(part);
    EXPECT_EQ(part->Missing(), std::vector<std::string>{contract.parties[i].did});
  }
  all.push_back(all[0]);
  EXPECT_EQ(SignedContract::Verify(json, all).error().code(), ErrorCode::kConflict);
}

TEST(SignedContract, RefusesSignaturesOverAnotherContractOrByAnotherKey) {
  const Contract contract = Sample::MakeContract();
  Contract other = contract;
  other.privacy[0].total_epsilon = 500;
  std::vector<Bytes> all = Sample::SignByAll(contract, kNow);
  all[1] = Sample::SignByAll(other, kNow)[1];
  EXPECT_EQ(SignedContract::Verify(contract.ToCanonical(), all).error().code(), ErrorCode::kMismatch);
  all[1] = *SignDocument(contract, TestKey(1), Sample::kBureau, kNow);  // the bank signs for the bureau
  EXPECT_EQ(SignedContract::Verify(contract.ToCanonical(), all).error().code(), ErrorCode::kUntrusted);
  all[1] = *SignDocument(contract, TestKey(5), Sample::kCertifier, kNow);  // does not sign
  EXPECT_EQ(SignedContract::Verify(contract.ToCanonical(), all).error().code(), ErrorCode::kUntrusted);
}

// The contract is read once and not again for each signature, so what a signature is over is compared byte for byte.
TEST(SignedContract, RefusesASignatureWithAnyByteChanged) {
  const Contract contract = Sample::MakeContract();
  const std::string json = contract.ToCanonical();
  const std::vector<Bytes> all = Sample::SignByAll(contract, kNow);
  for (std::size_t i = 0; i < all[0].size(); i += 23) {
    std::vector<Bytes> changed = all;
    changed[0][i] ^= 1;
    EXPECT_FALSE(SignedContract::Verify(json, changed)) << i;
  }
}

TEST(SignedContract, RefusesASignatureUnderAnotherSubjectOrType) {
  const Contract contract = Sample::MakeContract();
  const std::string json = contract.ToCanonical();
  std::vector<Bytes> all = Sample::SignByAll(contract, kNow);
  const std::string& did = contract.parties[0].did;
  all[0] = *internal::SignStatement(contract.ToJson(), Contract::kContentType, did, "urn:uuid:another", kNow, TestKey(1));
  EXPECT_EQ(SignedContract::Verify(json, all).error().code(), ErrorCode::kMismatch);
  all[0] = *internal::SignStatement(contract.ToJson(), "application/another+json", did, contract.Subject(), kNow, TestKey(1));
  EXPECT_EQ(SignedContract::Verify(json, all).error().code(), ErrorCode::kMismatch);
}

TEST(LedgerDocuments, ReadWhatTheyWrote) {
  Nonce nonce;
  nonce.fill(9);
  FreshAnswer answer{
      nonce,
      "ledger.example",
      "ledger.example\n1\nAAAA\n",
      kNow,
      {{Sample::Fill(1), ContractState::kRevoked, {}, FreshAnswer::RevokedBy{Sample::kBank, "breach", kNow}},
       {Sample::Fill(2), ContractState::kSignedInPart, {Sample::kBureau}, {}}},
      FreshAnswer::RunStatus{Sample::kRun, RunState::kReserved},
      {{{Sample::kBank, "a"}, 0, {}}, {{Sample::kBank, "b"}, 3, Sample::Fill(3)}},
      {{12, {Sample::Fill(4)}}}};
  const auto signed_by = *SignDocument(answer, TestKey(200), "ledger.example", kNow);
  const auto verified = VerifyDocument<FreshAnswer>(signed_by, TestKey(200).Public(), "ledger.example");
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(**verified, answer);
  const FreshRequest request{nonce, {Sample::Fill(1)}, Sample::kRun, {{Sample::kBank, "a"}}, {12}};
  EXPECT_EQ(*FreshRequest::FromJson(request.ToJson()), request);
  const Revocation revocation{"urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120002", Sample::Fill(1), Sample::kBank, "breach",
                              kNow};
  EXPECT_EQ(*Revocation::FromJson(revocation.ToJson()), revocation);
  const ReadRequest read{7, kNow, nonce};
  EXPECT_EQ(*ReadRequest::FromJson(read.ToJson()), read);
}

TEST(AccountEntry, IsChainedByItsHead) {
  AccountEntry entry{Sample::kBank,  "a", 1,    {},  AccountEvent::kReserve, Sample::kRun, Sample::Fill(1),
                     Sample::kLoans, 1.5, 1e-5, {2.5, 2e-5}, kNow};
  EXPECT_EQ(*AccountEntry::FromJson(entry.ToJson()), entry);
  const Digest head = entry.Head();
  entry.epsilon = 1.25;
  EXPECT_NE(entry.Head(), head);
  entry.epsilon = 1.5;
  entry.charged.epsilon = 2.25;
  EXPECT_NE(entry.Head(), head);
  entry.previous = head;
  EXPECT_FALSE(AccountEntry::FromJson(entry.ToJson()));  // a first entry has no previous
}

}  // namespace
}  // namespace cloister::contract
