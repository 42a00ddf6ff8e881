#include "contract/key_rotation.h"
#include "ledger/internal/fixture_for_tests.h"

namespace cloister::ledger {
namespace {

using contract::ContractState;

class ContractRules : public LedgerTest {
 protected:
  Contract Amended(const Contract& former) const {
    Contract next = former;
    next.version = former.version + 1;
    next.supersedes = former.digest();
    next.privacy[0].total_epsilon += 1;
    return next;
  }
};

TEST_F(ContractRules, BecomesActiveWithTheLastSignature) {
  EXPECT_EQ(StateOf(contract), ContractState::kUnknown);
  for (std::size_t i = 0; i < 4; ++i) {
    Take(Signed(contract, i));
    EXPECT_EQ(StateOf(contract), i < 3 ? ContractState::kSignedInPart : ContractState::kActive);
  }
  EXPECT_TRUE(Ask(contract).CheckActive(contract.digest()));
}

TEST_F(ContractRules, SaysWhoHasNotSigned) {
  Take(Signed(contract, 0));
  const auto answer = Ask(contract);
  EXPECT_EQ(answer.answer().StatusOf(contract.digest())->missing,
            (std::vector<std::string>{Sample::kBureau, Sample::kConsumer, Sample::kOperator}));
  EXPECT_EQ(answer.CheckActive(contract.digest()).error().code(), ErrorCode::kRefused);
}

TEST_F(ContractRules, TheSameBytesGiveTheSameEntry) {
  const Bytes statement = Signed(contract, 0);
  const auto first = ledger->Register(statement);
  const auto second = ledger->Register(statement);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->index, second->index);
  EXPECT_EQ(*ledger->size(), 2u);
}

TEST_F(ContractRules, RefusesASecondSignatureOfOneParty) {
  Take(Signed(contract, 0));
  clock.Advance(Seconds(1));
  EXPECT_EQ(Refusal(Signed(contract, 0)), ErrorCode::kConflict);
}

TEST_F(ContractRules, RefusesEachFlippedByteAndCut) {
  const Bytes statement = Signed(contract, 0);
  for (std::size_t i = 0; i < statement.size(); i += 11) {
    Bytes flipped = statement;
    flipped[i] ^= 1;
    EXPECT_NE(Refusal(flipped), ErrorCode::kInternal) << i;
    EXPECT_NE(Refusal(ByteSpan(statement).first(i)), ErrorCode::kInternal);
  }
}

TEST_F(ContractRules, RefusesAWrongKeyAndThoseWhoAreNoParty) {
  EXPECT_EQ(Refusal(*SignDocument(contract, TestKey(2), Sample::kBank, clock.Now())), ErrorCode::kUntrusted);
  EXPECT_EQ(Refusal(*SignDocument(contract, TestKey(1), "did:web:stranger.example", clock.Now())), ErrorCode::kUntrusted);
  EXPECT_EQ(Refusal(*SignDocument(contract, TestKey(5), Sample::kCertifier, clock.Now())), ErrorCode::kUntrusted);
}

TEST_F(ContractRules, RefusesContractsForAnotherLedger) {
  Contract other = contract;
  other.ledger.origin = "other.example";
  EXPECT_EQ(Refusal(Signed(other, 0)), ErrorCode::kMismatch);
  other = contract;
  other.ledger.keys = {contract::NamedKey::Of(TestKey(9).Public())};
  EXPECT_EQ(Refusal(Signed(other, 0)), ErrorCode::kMismatch);
  other = contract;
  other.ledger.vkey = TestLedgerKeys("ledger.example", 50).Public().log.Text();
  EXPECT_EQ(Refusal(Signed(other, 0)), ErrorCode::kMismatch);
}

TEST_F(ContractRules, FollowsTheDates) {
  SignByAll(contract);
  clock.Set(contract.start - Seconds(1));  // the ledger's time does not go back
  EXPECT_EQ(StateOf(contract), ContractState::kActive);
  clock.Set(contract.expiry);
  EXPECT_EQ(StateOf(contract), ContractState::kExpired);
  Contract late = contract;
  late.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  EXPECT_EQ(Refusal(Signed(late, 0)), ErrorCode::kExpired);
}

TEST_F(ContractRules, IsNotYetActiveBeforeItsStart) {
  Contract later = contract;
  later.start = clock.Now() + Seconds(100);
  SignByAll(later);
  EXPECT_EQ(StateOf(later), ContractState::kNotYet);
  clock.Advance(Seconds(100));
  EXPECT_EQ(StateOf(later), ContractState::kActive);
}

TEST_F(ContractRules, RefusesAnotherContractWithTheSameId) {
  Take(Signed(contract, 0));
  Contract other = contract;
  other.privacy[0].total_epsilon += 1;
  EXPECT_EQ(Refusal(Signed(other, 0)), ErrorCode::kConflict);
}

TEST_F(ContractRules, AnAmendmentTakesOverOnlyWhenAllHaveSigned) {
  SignByAll(contract);
  const Contract next = Amended(contract);
  for (std::size_t i = 0; i < 3; ++i) Take(Signed(next, i));
  EXPECT_EQ(StateOf(next), ContractState::kSignedInPart);
  EXPECT_EQ(StateOf(contract), ContractState::kActive);
  Take(Signed(next, 3));
  EXPECT_EQ(StateOf(next), ContractState::kActive);
  EXPECT_EQ(StateOf(contract), ContractState::kSuperseded);
}

TEST_F(ContractRules, RevokingAnAmendmentDoesNotBringTheFormerVersionBack) {
  SignByAll(contract);
  const Contract next = Amended(contract);
  SignByAll(next);
  const contract::Revocation revocation{next.id, next.digest(), Sample::kBank, "no", clock.Now()};
  Take(*SignDocument(revocation, TestKey(1), Sample::kBank, clock.Now()));
  EXPECT_EQ(StateOf(next), ContractState::kRevoked);
  EXPECT_EQ(StateOf(contract), ContractState::kSuperseded);
}

TEST_F(ContractRules, RefusesBrokenVersionChains) {
  const Contract early = Amended(contract);
  EXPECT_EQ(Refusal(Signed(early, 0)), ErrorCode::kNotFound);
  Take(Signed(contract, 0));
  EXPECT_EQ(Refusal(Signed(early, 0)), ErrorCode::kRefused);  // version 1 was not signed by all
  for (std::size_t i = 1; i < 4; ++i) Take(Signed(contract, i));
  Contract jump = Amended(contract);
  jump.version = 3;
  EXPECT_EQ(Refusal(Signed(jump, 0)), ErrorCode::kMismatch);
  Contract other_id = Amended(contract);
  other_id.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  EXPECT_EQ(Refusal(Signed(other_id, 0)), ErrorCode::kMismatch);
  SignByAll(Amended(contract));
  Contract rival = Amended(contract);
  rival.privacy[0].total_epsilon += 1;
  EXPECT_EQ(Refusal(Signed(rival, 0)), ErrorCode::kConflict);
}

TEST_F(ContractRules, RefusesAnAmendmentThatLeavesAPartyOut) {
  SignByAll(contract);
  Contract next = Amended(contract);
  std::erase_if(next.parties, [](const contract::Party& party) { return party.did == Sample::kBureau; });
  std::erase_if(next.datasets, [](const contract::Dataset& dataset) { return dataset.provider == Sample::kBureau; });
  std::erase_if(next.privacy, [](const contract::PrivacyTerms& terms) { return terms.dataset == Sample::kScores; });
  next.permissions[0].datasets = {Sample::kLoans};
  next.permissions[0].columns.erase(Sample::kScores);
  next.revocable_by = {Sample::kBank};
  EXPECT_EQ(Refusal(Signed(next, 0)), ErrorCode::kRefused);
}

TEST_F(ContractRules, RefusesAnotherKeyForAKnownParty) {
  SignByAll(contract);
  Contract forged = contract;
  forged.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  forged.parties[0].keys = {contract::NamedKey::Of(TestKey(66).Public())};
  EXPECT_EQ(Refusal(*SignDocument(forged, TestKey(66), Sample::kBank, clock.Now())), ErrorCode::kUntrusted);
  // With the known key beside it, the new one comes in.
  forged.parties[0].keys.push_back(contract::NamedKey::Of(TestKey(1).Public()));
  Take(Signed(forged, 0));
}

contract::KeyRotation RotationTo(std::uint8_t to, std::uint8_t from, Time now) {
  return {Sample::kBank, contract::KeyThumbprint(TestKey(from).Public()), contract::NamedKey::Of(TestKey(to).Public()), now};
}

TEST_F(ContractRules, ARotatedKeySignsNothingNewAndItsSuccessorDoes) {
  SignByAll(contract);
  Take(*SignDocument(RotationTo(66, 1, clock.Now()), TestKey(1), Sample::kBank, clock.Now()));
  Take(*SignDocument(RotationTo(67, 66, clock.Now()), TestKey(66), Sample::kBank, clock.Now()));
  EXPECT_EQ(StateOf(contract), contract::ContractState::kActive);
  Contract next = contract;
  next.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  EXPECT_EQ(Refusal(Signed(next, 0)), ErrorCode::kUntrusted);
  next.parties[0].keys = {contract::NamedKey::Of(TestKey(66).Public())};
  EXPECT_EQ(Refusal(*SignDocument(next, TestKey(66), Sample::kBank, clock.Now())), ErrorCode::kUntrusted);
  next.parties[0].keys = {contract::NamedKey::Of(TestKey(67).Public())};
  Take(*SignDocument(next, TestKey(67), Sample::kBank, clock.Now()));
}

TEST_F(ContractRules, RefusesRotationsByKeysThatAreNotThePartys) {
  const auto rotation = RotationTo(66, 1, clock.Now());
  EXPECT_EQ(Refusal(*SignDocument(rotation, TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kNotFound);  // not pinned yet
  SignByAll(contract);
  EXPECT_EQ(Refusal(*SignDocument(rotation, TestKey(66), Sample::kBank, clock.Now())), ErrorCode::kNotFound);
  EXPECT_EQ(Refusal(*SignDocument(rotation, TestKey(2), Sample::kBureau, clock.Now())), ErrorCode::kMismatch);
  EXPECT_EQ(Refusal(*SignDocument(RotationTo(66, 2, clock.Now()), TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kMismatch);
  Take(*SignDocument(rotation, TestKey(1), Sample::kBank, clock.Now()));
  EXPECT_EQ(Refusal(*SignDocument(RotationTo(67, 1, clock.Now()), TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kConflict);
  EXPECT_EQ(Refusal(*SignDocument(RotationTo(1, 66, clock.Now()), TestKey(66), Sample::kBank, clock.Now())), ErrorCode::kRefused);
}

TEST_F(ContractRules, RevocationsCountOnlyFromThoseWhoMay) {
  SignByAll(contract);
  const auto by = [&](const char* did, std::uint8_t key) {
    return *SignDocument(RevocationBy(did), TestKey(key), did, clock.Now());
  };
  EXPECT_EQ(Refusal(by(Sample::kConsumer, 3)), ErrorCode::kRefused);  // a party, but not of revocableBy
  EXPECT_EQ(Refusal(by("did:web:stranger.example", 9)), ErrorCode::kRefused);
  EXPECT_EQ(Refusal(by(Sample::kBank, 2)), ErrorCode::kUntrusted);
  auto named = RevocationBy(Sample::kBureau);
  EXPECT_EQ(Refusal(*SignDocument(named, TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kMismatch);
  auto unknown = RevocationBy(Sample::kBank);
  unknown.contract = Sample::Fill(1);
  EXPECT_EQ(Refusal(*SignDocument(unknown, TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kNotFound);
  EXPECT_EQ(StateOf(contract), ContractState::kActive);
  Take(by(Sample::kBank, 1));
  EXPECT_EQ(StateOf(contract), ContractState::kRevoked);
  EXPECT_EQ(Ask(contract).CheckActive(contract.digest()).error().code(), ErrorCode::kRevoked);
}

TEST_F(ContractRules, RefusesSignaturesAndAmendmentsOfARevokedContract) {
  for (std::size_t i = 0; i < 3; ++i) Take(Signed(contract, i));
  Take(*SignDocument(RevocationBy(Sample::kBank), TestKey(1), Sample::kBank, clock.Now()));
  EXPECT_EQ(Refusal(Signed(contract, 3)), ErrorCode::kRevoked);
}

TEST_F(ContractRules, TakesCertificationsOfNamedCertifiersOnly) {
  contract::Certification certification{Sample::kCertifier, {crypto::Sha384Digest{}}, {"dp-sgd/1"}, {"checked"},
                                        clock.Now(), clock.Now() + Seconds(3600)};
  const auto by = [&](std::uint8_t key) { return *SignDocument(certification, TestKey(key), Sample::kCertifier, clock.Now()); };
  EXPECT_EQ(Refusal(by(5)), ErrorCode::kRefused);  // no contract yet
  Take(Signed(contract, 0));
  EXPECT_EQ(Refusal(by(6)), ErrorCode::kRefused);
  Take(by(5));
  certification.certifier = Sample::kBank;
  EXPECT_EQ(Refusal(*SignDocument(certification, TestKey(1), Sample::kBank, clock.Now())), ErrorCode::kRefused);
}

TEST_F(ContractRules, RefusesTypesWithoutARule) {
  const auto request = Sample::MakeRunRequest(contract, clock.Now());
  EXPECT_EQ(Refusal(*SignDocument(request, TestKey(3), Sample::kConsumer, clock.Now())), ErrorCode::kUnsupported);
  EXPECT_EQ(Refusal({}), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace cloister::ledger
