#include "ledger/client.h"

#include "ledger/internal/fixture_for_tests.h"

namespace cloister::ledger {
namespace {

using contract::FreshAnswer;
using contract::FreshRequest;

class FreshTest : public LedgerTest {
 protected:
  FreshTest() {
    known = {Checkpoint().head()};
    SignByAll(contract);
    request = FreshRequest{Sample::Fill(7), {contract.digest()}, Sample::kRun,
                           {{Sample::kBank, contract.datasets[0].account}}, {1}};
    cose = *ledger->Fresh(request);
  }
  translog::VerifiedCheckpoint Checkpoint() {
    return *translog::VerifyTimedCheckpoint(*ledger->Checkpoint(), trust.origin, trust.log, trust.cosigner);
  }
  FreshnessWindow Window() const { return {clock.Now(), Seconds(600), Seconds(30)}; }
  ErrorCode Code(const Result<VerifiedFreshAnswer>& result) {
    return result ? ErrorCode::kInternal : result.error().code();
  }
  ErrorCode Verify(const FreshRequest& asked) { return Code(VerifyFreshAnswer(cose, trust, asked, known, Window())); }
  // The answer with one thing changed, signed by the ledger's own key.
  template <class Change>
  Bytes Changed(Change change) {
    FreshAnswer answer = VerifyFreshAnswer(cose, trust, request, known, Window())->answer();
    change(answer);
    return *SignDocument(answer, TestKey(Sample::kLedgerKey), answer.origin, clock.Now());
  }
  std::vector<translog::TreeHead> known;
  FreshRequest request;
  Bytes cose;
};

TEST_F(FreshTest, SaysWhatHolds) {
  const auto answer = VerifyFreshAnswer(cose, trust, request, known, Window());
  ASSERT_TRUE(answer) << answer.error().ToText();
  EXPECT_TRUE(answer->CheckActive(contract.digest()));
  EXPECT_EQ(answer->CheckActive(Sample::Fill(1)).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(answer->checkpoint().size(), 5u);
  EXPECT_EQ(answer->time(), clock.Now());
}

TEST_F(FreshTest, RefusesEachFlippedByteAndCut) {
  for (std::size_t i = 0; i < cose.size(); i += 3) {
    Bytes flipped = cose;
    flipped[i] ^= 1;
    EXPECT_FALSE(VerifyFreshAnswer(flipped, trust, request, known, Window())) << i;
    EXPECT_FALSE(VerifyFreshAnswer(ByteSpan(cose).first(i), trust, request, known, Window()));
  }
}

TEST_F(FreshTest, RefusesAnswersToOtherQuestions) {
  FreshRequest other = request;
  other.nonce[0] ^= 1;
  EXPECT_EQ(Verify(other), ErrorCode::kMismatch);
  other = request;
  other.contracts.push_back(Sample::Fill(1));
  EXPECT_EQ(Verify(other), ErrorCode::kMismatch);
  other = request;
  other.run = "00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(Verify(other), ErrorCode::kMismatch);
  other = request;
  other.accounts[0].account = "urn:population:another";
  EXPECT_EQ(Verify(other), ErrorCode::kMismatch);
}

TEST_F(FreshTest, RefusesAnswersOutsideTheWindow) {
  clock.Advance(Seconds(600));
  EXPECT_TRUE(VerifyFreshAnswer(cose, trust, request, known, Window()));
  clock.Advance(Seconds(1));
  EXPECT_EQ(Verify(request), ErrorCode::kStale);
  EXPECT_TRUE(VerifyFreshAnswerByNonceOnly(cose, trust, request, known));
  const FreshnessWindow before{clock.Now() - Seconds(700), Seconds(600), Seconds(30)};
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, trust, request, known, before)), ErrorCode::kExpired);
}

TEST_F(FreshTest, RefusesForksAndOlderStates) {
  auto forked = known;
  forked[0].root[0] ^= 1;
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, trust, request, forked, Window())), ErrorCode::kUntrusted);
  const std::vector<translog::TreeHead> ahead = {{6, known[0].root}};
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, trust, request, ahead, Window())), ErrorCode::kStale);
  const std::vector<translog::TreeHead> unasked = {{2, known[0].root}};
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, trust, request, unasked, Window())), ErrorCode::kMismatch);
}

TEST_F(FreshTest, RefusesOtherLedgers) {
  LedgerTrust other = TestLedgerKeys("ledger.example", 50).Public();
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, other, request, known, Window())), ErrorCode::kUntrusted);
  other = trust;
  other.keys = {contract::NamedKey::Of(TestKey(9).Public())};
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, other, request, known, Window())), ErrorCode::kUntrusted);
  other = trust;
  other.origin = "other.example";
  EXPECT_EQ(Code(VerifyFreshAnswer(cose, other, request, known, Window())), ErrorCode::kMismatch);
}

TEST_F(FreshTest, RefusesATimeThatIsNotTheCheckpoints) {
  const Bytes changed = Changed([](FreshAnswer& answer) { answer.time += Seconds(1); });
  EXPECT_EQ(Code(VerifyFreshAnswer(changed, trust, request, known, Window())), ErrorCode::kMismatch);
  const Bytes unsigned_checkpoint = Changed([](FreshAnswer& answer) { answer.checkpoint = "ledger.example\n"; });
  EXPECT_FALSE(VerifyFreshAnswer(unsigned_checkpoint, trust, request, known, Window()));
}

TEST_F(FreshTest, AShownAnswerMustSpeakOfTheContracts) {
  const std::vector<Digest> contracts = {contract.digest()};
  EXPECT_TRUE(VerifyShownFreshAnswer(cose, trust, contracts, Window()));
  const std::vector<Digest> others = {Sample::Fill(1)};
  EXPECT_EQ(Code(VerifyShownFreshAnswer(cose, trust, others, Window())), ErrorCode::kMismatch);
  clock.Advance(Seconds(601));
  EXPECT_EQ(Code(VerifyShownFreshAnswer(cose, trust, contracts, Window())), ErrorCode::kStale);
}

TEST_F(FreshTest, LimitsQuestions) {
  FreshRequest many = request;
  many.contracts.assign(65, Sample::Fill(1));
  EXPECT_EQ(ledger->Fresh(many).error().code(), ErrorCode::kLimit);
  many = request;
  many.consistency_from = {6};
  EXPECT_EQ(ledger->Fresh(many).error().code(), ErrorCode::kStale);
}

TEST_F(FreshTest, TrustGoesThroughTheContractsTerms) {
  const auto read = LedgerTrust::FromTerms(contract.ledger);
  ASSERT_TRUE(read);
  EXPECT_TRUE(VerifyFreshAnswer(cose, *read, request, known, Window()));
  contract::LedgerTerms swapped = contract.ledger;
  std::swap(swapped.vkey, swapped.cosigner);
  EXPECT_EQ(LedgerTrust::FromTerms(swapped).error().code(), ErrorCode::kUnsupported);
}

TEST_F(FreshTest, LocalClientGivesWhatTheLedgerGives) {
  LocalClient client(*ledger);
  const Bytes statement = *SignDocument(RevocationBy(Sample::kBank), TestKey(1), Sample::kBank, clock.Now());
  const auto receipt = client.Register(statement);
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(VerifyReceipt(*receipt, statement, trust));
  EXPECT_EQ(client.Register(AsBytes("no statement")).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(client.Checkpoint());
  EXPECT_EQ(*client.Consistency(1, 6), *ledger->Consistency(1, 6));
  EXPECT_TRUE(client.Fresh(request));
}

}  // namespace
}  // namespace cloister::ledger
