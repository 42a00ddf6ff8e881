#include "ledger/internal/fixture_for_tests.h"

namespace cloister::ledger {
namespace {

using contract::Reservation;
using contract::RunReport;

class RunRules : public LedgerTest {
 protected:
  RunRules() { SignByAll(contract); }

  struct Broker {
    std::size_t dataset;
    std::uint8_t key;
  };
  static constexpr Broker kBrokers[] = {{0, 101}, {1, 102}, {2, 103}};

  AccountEntry EntryOf(const Broker& broker, AccountEvent event, std::uint64_t sequence, const Digest& previous) const {
    AccountEntry entry = Entry(event, sequence, previous);
    const contract::Dataset& dataset = contract.datasets[broker.dataset];
    entry.broker = dataset.provider;
    entry.dataset = dataset.id;
    entry.account = dataset.account;
    if (dataset.kind == contract::DatasetKind::kPipeline) entry.epsilon = entry.delta = 0;
    return entry;
  }
  // Puts reserve and, where asked, release on the ledger; returns the signed reservation.
  Bytes Reserve(const Broker& broker, bool release = true) {
    const AccountEntry reserve = EntryOf(broker, AccountEvent::kReserve, 1, Digest{});
    Take(SignedEntry(reserve, broker.key));
    if (release) Take(SignedEntry(EntryOf(broker, AccountEvent::kRelease, 2, reserve.Head()), broker.key));
    const Reservation reservation{Sample::kRun, Sample::Fill(0x77), contract.digest(), reserve.dataset, reserve.account,
                                  reserve.broker, 1, reserve.Head(), reserve.epsilon, reserve.delta, reserve.charged,
                                  clock.Now() + Seconds(3600), contract::KeyThumbprint(TestKey(Sample::kRoomKey).Public())};
    return *SignDocument(reservation, TestKey(broker.key), reserve.broker, clock.Now());
  }
  RunReport Report(std::vector<Bytes> reservations, std::uint8_t room = Sample::kRoomKey) const {
    RunReport report{.run = Sample::kRun, .run_request = Sample::Fill(0x77), .contracts = {contract.digest()},
                     .pipeline = contract.pipeline.sha256, .room_key = TestKey(room).Public(), .measurement = {},
                     .host_data = {}, .evidence = {}, .simulated = true, .inputs = {}, .outputs = {}, .spent = {},
                     .reservations = std::move(reservations), .audit_head = {}, .time = clock.Now()};
    report.spent = {{Sample::kLoans, contract.datasets[0].account, 1.2, 1e-6, {{1.1, 0.01, 10}}}};
    return report;
  }
  Bytes SignedReport(const RunReport& report, std::uint8_t room = Sample::kRoomKey) const {
    return *SignDocument(report, TestKey(room), contract::RoomIssuer(report.run), clock.Now());
  }
  std::vector<Bytes> ReserveAll() {
    std::vector<Bytes> out;
    for (const Broker& broker : kBrokers) out.push_back(Reserve(broker));
    return out;
  }
  contract::FreshAnswer::AccountHead Head() {
    contract::FreshRequest request{Sample::Fill(7), {}, {}, {{Sample::kBank, contract.datasets[0].account}}, {}};
    const Bytes cose = *ledger->Fresh(request);
    return VerifyFreshAnswerByNonceOnly(cose, trust, request, {})->answer().accounts.at(0);
  }
};

TEST_F(RunRules, AccountsGrowByOneLinkedEntryAtATime) {
  EXPECT_EQ(Head().sequence, 0u);
  const AccountEntry first = Entry(AccountEvent::kReserve, 1, Digest{});
  Take(SignedEntry(first));
  const AccountEntry second = Entry(AccountEvent::kRelease, 2, first.Head());
  Take(SignedEntry(second));
  EXPECT_EQ(Head().sequence, 2u);
  EXPECT_EQ(Head().head, second.Head());
}

TEST_F(RunRules, RefusesGapsForksAndThePastOfAnAccount) {
  EXPECT_EQ(Refusal(SignedEntry(Entry(AccountEvent::kReserve, 2, Sample::Fill(1)))), ErrorCode::kConflict);
  const AccountEntry first = Entry(AccountEvent::kReserve, 1, Digest{});
  Take(SignedEntry(first));
  AccountEntry rewritten = first;
  rewritten.epsilon = 0.1;
  EXPECT_EQ(Refusal(SignedEntry(rewritten)), ErrorCode::kStale);
  EXPECT_EQ(Refusal(SignedEntry(Entry(AccountEvent::kRelease, 2, rewritten.Head()))), ErrorCode::kConflict);
  EXPECT_EQ(Refusal(SignedEntry(Entry(AccountEvent::kRelease, 3, first.Head()))), ErrorCode::kConflict);
  EXPECT_EQ(Head().head, first.Head());
}

TEST_F(RunRules, RefusesEntriesOfOtherKeysPartiesAndAccounts) {
  EXPECT_EQ(Refusal(SignedEntry(Entry(AccountEvent::kReserve, 1, Digest{}), 102)), ErrorCode::kUntrusted);
  EXPECT_EQ(Refusal(SignedEntry(Entry(AccountEvent::kReserve, 1, Digest{}), 1)), ErrorCode::kUntrusted);  // identity key
  AccountEntry entry = Entry(AccountEvent::kReserve, 1, Digest{});
  entry.broker = Sample::kBureau;  // not the dataset's provider
  EXPECT_EQ(Refusal(SignedEntry(entry, 102)), ErrorCode::kMismatch);
  entry = Entry(AccountEvent::kReserve, 1, Digest{});
  entry.account = "urn:population:another";
  EXPECT_EQ(Refusal(SignedEntry(entry)), ErrorCode::kMismatch);
  entry = Entry(AccountEvent::kReserve, 1, Digest{});
  entry.contract = Sample::Fill(1);
  EXPECT_EQ(Refusal(SignedEntry(entry)), ErrorCode::kNotFound);
  entry = Entry(AccountEvent::kReserve, 1, Digest{});
  entry.broker = Sample::kOperator;
  EXPECT_EQ(Refusal(SignedEntry(entry, 104)), ErrorCode::kRefused);
}

TEST_F(RunRules, RefusesEntriesUnderAContractThatNotAllSigned) {
  Contract half = contract;
  half.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  Take(Signed(half, 0));
  AccountEntry entry = Entry(AccountEvent::kReserve, 1, Digest{});
  entry.contract = half.digest();
  EXPECT_EQ(Refusal(SignedEntry(entry)), ErrorCode::kRefused);
}

// The broker has written its entry already: a refusal now would stop the account for ever.
TEST_F(RunRules, TakesEntriesThatCrossARevocation) {
  Take(*SignDocument(RevocationBy(Sample::kBank), TestKey(1), Sample::kBank, clock.Now()));
  Take(SignedEntry(Entry(AccountEvent::kReserve, 1, Digest{})));
}

TEST_F(RunRules, RunsGoFromUnusedToReservedToReported) {
  EXPECT_EQ(Ask(contract).answer().run->state, contract::RunState::kUnused);
  const std::vector<Bytes> reservations = ReserveAll();
  EXPECT_EQ(Ask(contract).answer().run->state, contract::RunState::kReserved);
  Take(SignedReport(Report(reservations)));
  EXPECT_EQ(Ask(contract).answer().run->state, contract::RunState::kReported);
}

TEST_F(RunRules, RefusesASecondReportOfARun) {
  const std::vector<Bytes> reservations = ReserveAll();
  Take(SignedReport(Report(reservations)));
  clock.Advance(Seconds(1));
  EXPECT_EQ(Refusal(SignedReport(Report(reservations))), ErrorCode::kReplayed);
}

TEST_F(RunRules, RefusesAReportByAnUnreservedKey) {
  const std::vector<Bytes> reservations = ReserveAll();
  EXPECT_EQ(Refusal(SignedReport(Report(reservations), 211)), ErrorCode::kUntrusted);
  EXPECT_EQ(Refusal(SignedReport(Report(reservations, 211), 211)), ErrorCode::kMismatch);
}

TEST_F(RunRules, RefusesAReportWithoutEveryReservation) {
  std::vector<Bytes> reservations = ReserveAll();
  reservations.pop_back();
  EXPECT_EQ(Refusal(SignedReport(Report(reservations))), ErrorCode::kUntrusted);
}

TEST_F(RunRules, RefusesAReportWhoseReservationIsNotOnTheLedger) {
  std::vector<Bytes> reservations = ReserveAll();
  Reservation forged{Sample::kRun, Sample::Fill(0x77), contract.digest(), Sample::kLoans, contract.datasets[0].account,
                     Sample::kBank, 9, Sample::Fill(9), 1, 1e-6, {1, 1e-6}, clock.Now() + Seconds(60),
                     contract::KeyThumbprint(TestKey(Sample::kRoomKey).Public())};
  reservations[0] = *SignDocument(forged, TestKey(101), Sample::kBank, clock.Now());
  EXPECT_EQ(Refusal(SignedReport(Report(reservations))), ErrorCode::kRefused);
}

TEST_F(RunRules, RefusesAReportBeforeEveryRelease) {
  const std::vector<Bytes> reservations = {Reserve(kBrokers[0]), Reserve(kBrokers[1]), Reserve(kBrokers[2], false)};
  EXPECT_EQ(Refusal(SignedReport(Report(reservations))), ErrorCode::kRefused);
}

TEST_F(RunRules, RefusesAReportThatSpentMoreThanWasReserved) {
  RunReport report = Report(ReserveAll());
  report.spent.push_back(report.spent[0]);
  EXPECT_EQ(Refusal(SignedReport(report)), ErrorCode::kExhausted);
}

TEST_F(RunRules, RefusesReportsOnceTheContractIsRevokedOrOver) {
  const Bytes report = SignedReport(Report(ReserveAll()));
  clock.Set(contract.expiry);
  EXPECT_EQ(Refusal(report), ErrorCode::kExpired);
  Take(*SignDocument(RevocationBy(Sample::kBank), TestKey(1), Sample::kBank, clock.Now()));
  EXPECT_EQ(Refusal(report), ErrorCode::kRevoked);
}

TEST_F(RunRules, RefusesReportsFromTheFutureAndThoseThatWereHeldBack) {
  RunReport report = Report(ReserveAll());
  report.time = clock.Now() + Seconds(1);
  EXPECT_EQ(Refusal(SignedReport(report)), ErrorCode::kMismatch);
  report.time = clock.Now();
  const Bytes held_back = SignedReport(report);
  clock.Advance(contract.ledger.max_checkpoint_age + Seconds(1));
  EXPECT_EQ(Refusal(held_back), ErrorCode::kStale);
  report.time = clock.Now();
  Take(SignedReport(report));
}

TEST_F(RunRules, TakesOneScrubStatementByTheRoomThatReported) {
  const Bytes report = SignedReport(Report(ReserveAll()));
  contract::Scrub scrub{Sample::kRun, {"keys", "tables"}, 4096, crypto::Sha256(report), clock.Now()};
  const auto by = [&](std::uint8_t key) {
    return *SignDocument(scrub, TestKey(key), contract::RoomIssuer(scrub.run), clock.Now());
  };
  EXPECT_EQ(Refusal(by(Sample::kRoomKey)), ErrorCode::kNotFound);
  Take(report);
  EXPECT_EQ(Refusal(by(211)), ErrorCode::kUntrusted);
  Take(by(Sample::kRoomKey));
  scrub.bytes = 1;
  EXPECT_EQ(Refusal(by(Sample::kRoomKey)), ErrorCode::kConflict);
  scrub.report = Sample::Fill(1);
  EXPECT_EQ(Refusal(by(Sample::kRoomKey)), ErrorCode::kMismatch);
}

}  // namespace
}  // namespace cloister::ledger
