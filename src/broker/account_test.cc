#include "broker/account.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "broker/world_for_tests.h"

namespace cloister::broker {
namespace {

// The bank's account of the world's contract: at most epsilon 5 and delta 3e-5 in all.
struct Fixture : World {
  crypto::SigningKey key = TestKey(Sample::kBrokerKeys);
  std::optional<LedgerWatch> watch;
  std::optional<Accounts> accounts;

  Fixture() { Restart(*store); }
  void Restart(store::Store& over) {
    accounts.reset();
    watch.emplace(over, *client, ledger->trust(), Seconds(300), crypto::SystemRandom());
    accounts.emplace(over, *watch, key, Sample::kBank);
  }
  ReservationRequest Request(int run, double epsilon = 2, std::uint8_t room = 1) {
    char id[37];
    std::snprintf(id, sizeof id, "5b1a6d1c-64a1-4a8e-9e4f-%012d", run);
    return {id,
            Sample::Fill(9),
            contract.digest(),
            Sample::kLoans,
            "urn:population:loans",
            {epsilon, 1e-5},
            {5, 3e-5},
            clock.Now() + Seconds(600),
            Sample::Fill(room)};
  }
  Result<AccountReservation> Reserve(const ReservationRequest& request) {
    return accounts->Reserve(request, clock.Now());
  }
  Privacy Charged() { return accounts->Status("urn:population:loans")->charged.ToPrivacy(); }
  std::uint64_t OnLedger() {
    const contract::AccountName name{Sample::kBank, "urn:population:loans"};
    const auto answer = watch->Ask({{}, std::nullopt, {name}}, clock.Now());
    return answer->answer().HeadOf(name)->sequence;
  }
};

TEST(Accounts, RefuseAnotherRoomForARun) {
  Fixture f;
  const auto request = f.Request(1);
  ASSERT_TRUE(f.Reserve(request));
  auto other = request;
  other.room_key = Sample::Fill(2);
  EXPECT_EQ(f.Reserve(other).error().code(), ErrorCode::kReplayed);
  other.dataset = "urn:uuid:19517ba8-bab8-11ed-afa1-0242ac1200ff";  // not even for another dataset
  EXPECT_EQ(f.Reserve(other).error().code(), ErrorCode::kReplayed);
  auto again = request;
  again.run_request = Sample::Fill(10);
  EXPECT_FALSE(f.Reserve(again));
  EXPECT_EQ(f.accounts->Release(request.run, request.dataset, Sample::Fill(2), f.clock.Now()).error().code(),
            ErrorCode::kReplayed);
  EXPECT_EQ(f.Charged().epsilon, 2);
}

TEST(Accounts, RefuseWhatTheTotalDoesNotCover) {
  Fixture f;
  ASSERT_TRUE(f.Reserve(f.Request(1)));
  ASSERT_TRUE(f.Reserve(f.Request(2)));
  EXPECT_EQ(f.Reserve(f.Request(3)).error().code(), ErrorCode::kExhausted);
  EXPECT_TRUE(f.Reserve(f.Request(4, 1)));
  EXPECT_EQ(f.Reserve(f.Request(5, 0.001)).error().code(), ErrorCode::kExhausted);
  auto delta = f.Request(6, 0);
  delta.amount = {0, 1e-6};
  EXPECT_EQ(f.Reserve(delta).error().code(), ErrorCode::kExhausted);  // 3e-5 are spent
  EXPECT_EQ(f.Reserve(f.Request(7, -1)).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(f.OnLedger(), 3u);
}

TEST(Accounts, GiveTheSameReservationAgain) {
  Fixture f;
  const auto first = f.Reserve(f.Request(1));
  const auto again = f.Reserve(f.Request(1));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->sequence, again->sequence);
  EXPECT_EQ(first->head, again->head);
  EXPECT_EQ(f.OnLedger(), 1u);
  EXPECT_EQ(f.Reserve(f.Request(1, 1)).error().code(), ErrorCode::kConflict);
}

TEST(Accounts, ReleaseOnceBeforeTheDeadlineAndOnlyWhatIsReserved) {
  Fixture f;
  const auto request = f.Request(1);
  const auto release = [&] {
    return f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now());
  };
  EXPECT_EQ(release().error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(f.Reserve(request));
  ASSERT_TRUE(release());
  ASSERT_TRUE(release());
  EXPECT_EQ(f.OnLedger(), 2u);
  const auto late = f.Request(2);
  ASSERT_TRUE(f.Reserve(late));
  f.clock.Set(late.deadline);
  EXPECT_EQ(f.accounts->Release(late.run, late.dataset, late.room_key, f.clock.Now()).error().code(),
            ErrorCode::kExpired);
}

TEST(Accounts, LapseGivesBackOnlyWhatWasNeverReleased) {
  Fixture f;
  const auto released = f.Request(1);
  const auto held = f.Request(2);
  ASSERT_TRUE(f.Reserve(released));
  ASSERT_TRUE(f.Reserve(held));
  ASSERT_TRUE(f.accounts->Release(released.run, released.dataset, released.room_key, f.clock.Now()));
  f.clock.Set(held.deadline);
  ASSERT_TRUE(f.accounts->Recover(f.clock.Now()));
  EXPECT_EQ(f.Charged().epsilon, 2);
  EXPECT_EQ(f.accounts->Find(held.run, held.dataset)->value().stage, ReservationStage::kLapsed);
  EXPECT_EQ(f.Reserve(held).error().code(), ErrorCode::kExpired);  // it does not come back
  EXPECT_EQ(f.accounts->Release(held.run, held.dataset, held.room_key, f.clock.Now()).error().code(),
            ErrorCode::kRefused);
}

// What a report of a run shows of budgets: signed, and inside the chain that the ledger keeps.
TEST(Accounts, SayInEachEntryWhatTheAccountIsCharged) {
  Fixture f;
  const auto first = f.Reserve(f.Request(1, 0.1));
  const auto second = f.Reserve(f.Request(2, 0.2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->account_charged, (Privacy{0.1, 1e-5}));
  EXPECT_EQ(second->account_charged, (Privacy{0.3, 2e-5}));  // the nearest number, not what adding doubles leaves
  EXPECT_EQ(f.Reserve(f.Request(1, 0.1))->account_charged, first->account_charged);
  const auto request = f.Request(1, 0.1);
  ASSERT_TRUE(f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()));
  const auto settled = f.accounts->Settle(request.run, request.dataset, request.room_key, {0.05, 1e-6}, f.clock.Now());
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->charged, (contract::Charged{0.25, 1.1e-5}));
}

TEST(Accounts, SettleForAtMostWhatWasReserved) {
  Fixture f;
  const auto request = f.Request(1);
  const auto settle = [&](double epsilon) {
    return f.accounts->Settle(request.run, request.dataset, request.room_key, {epsilon, 1e-6}, f.clock.Now());
  };
  ASSERT_TRUE(f.Reserve(request));
  EXPECT_EQ(settle(1).error().code(), ErrorCode::kRefused);  // no key was released
  ASSERT_TRUE(f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()));
  EXPECT_EQ(settle(2.1).error().code(), ErrorCode::kExhausted);
  EXPECT_EQ(settle(-1).error().code(), ErrorCode::kExhausted);
  const auto entry = settle(1.25);
  ASSERT_TRUE(entry);
  EXPECT_EQ(settle(1.25)->Head(), entry->Head());
  EXPECT_EQ(settle(0.5).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(f.Charged().epsilon, 1.25);
  EXPECT_EQ(f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()).error().code(),
            ErrorCode::kRefused);
}

TEST(Accounts, GiveBackAtOnceWhatNoKeyWasReleasedFor) {
  Fixture f;
  const auto request = f.Request(1);
  const auto give_back = [&](const contract::Digest& room) {
    return f.accounts->GiveBack(request.run, request.dataset, room, f.clock.Now());
  };
  EXPECT_EQ(give_back(request.room_key).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(f.Reserve(request));
  EXPECT_EQ(give_back(Sample::Fill(2)).error().code(), ErrorCode::kReplayed);  // another room's word
  EXPECT_EQ(f.Charged().epsilon, 2);
  ASSERT_TRUE(give_back(request.room_key));
  EXPECT_EQ(f.Charged().epsilon, 0);
  EXPECT_EQ(give_back(request.room_key).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()).error().code(),
            ErrorCode::kRefused);
}

TEST(Accounts, NothingComesBackOnceAKeyWasReleased) {
  Fixture f;
  const auto request = f.Request(1);
  ASSERT_TRUE(f.Reserve(request));
  ASSERT_TRUE(f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()));
  EXPECT_EQ(f.accounts->GiveBack(request.run, request.dataset, request.room_key, f.clock.Now()).error().code(),
            ErrorCode::kRefused);
  EXPECT_EQ(f.Charged().epsilon, 2);
}

TEST(Accounts, RefuseAStoreThatIsAnOldCopy) {
  Fixture f;
  ASSERT_TRUE(f.Reserve(f.Request(1)));
  const auto backup = CopyOf(*f.store);
  ASSERT_TRUE(f.Reserve(f.Request(2)));
  f.Restart(*backup);
  EXPECT_EQ(f.accounts->Recover(f.clock.Now()).error().code(), ErrorCode::kStale);
  EXPECT_EQ(f.Reserve(f.Request(3)).error().code(), ErrorCode::kStale);
  EXPECT_EQ(f.Reserve(f.Request(1)).error().code(), ErrorCode::kStale);
  EXPECT_EQ(f.accounts->Release(f.Request(1).run, Sample::kLoans, Sample::Fill(1), f.clock.Now()).error().code(),
            ErrorCode::kStale);
  store::MemoryStore empty;
  f.Restart(empty);
  EXPECT_EQ(f.Reserve(f.Request(3)).error().code(), ErrorCode::kStale);
}

TEST(Accounts, SayNothingWithoutTheLedger) {
  Fixture f;
  ASSERT_TRUE(f.Reserve(f.Request(1)));
  f.client->down = true;
  EXPECT_EQ(f.Reserve(f.Request(2)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(f.Reserve(f.Request(1)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(f.accounts->Release(f.Request(1).run, Sample::kLoans, Sample::Fill(1), f.clock.Now()).error().code(),
            ErrorCode::kUnavailable);
  f.client->down = false;
  EXPECT_TRUE(f.Reserve(f.Request(2)));
}

TEST(Accounts, PutOnTheLedgerWhatALostAnswerLeftPending) {
  for (const bool reached : {false, true}) {
    Fixture f;
    (reached ? f.client->lost : f.client->unavailable) = 1;
    EXPECT_EQ(f.Reserve(f.Request(1)).error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(f.Charged().epsilon, 2);  // reserved until shown otherwise
    ASSERT_TRUE(f.Reserve(f.Request(1)));
    EXPECT_EQ(f.OnLedger(), 1u);
    EXPECT_EQ(f.Charged().epsilon, 2);
  }
}

TEST(Accounts, TakeBackWhatTheLedgerRefusesForGood) {
  Fixture f;
  f.client->says = Error(ErrorCode::kRevoked, "the contract was revoked");
  EXPECT_EQ(f.Reserve(f.Request(1)).error().code(), ErrorCode::kRevoked);
  EXPECT_EQ(f.Charged().epsilon, 0);
  f.client->says.reset();
  ASSERT_TRUE(f.Reserve(f.Request(2)));
  f.client->says = Error(ErrorCode::kRefused, "no");
  EXPECT_EQ(f.accounts->Release(f.Request(2).run, Sample::kLoans, Sample::Fill(1), f.clock.Now()).error().code(),
            ErrorCode::kRefused);
  EXPECT_EQ(f.accounts->Find(f.Request(2).run, Sample::kLoans)->value().stage, ReservationStage::kReserved);
  f.client->says.reset();
  EXPECT_EQ(f.OnLedger(), 1u);
  EXPECT_TRUE(f.accounts->Recover(f.clock.Now()));
}

// Each step of reserve, release, settle and lapse is the last before a crash, before and after its transaction is
// durable.
TEST(Accounts, SurviveACrashAtEachStep) {
  for (const auto when : {CrashingStore::Crash::kBeforeCommit, CrashingStore::Crash::kAfterCommit}) {
    for (int step = 1; step < 16; ++step) {
      Fixture f;
      CrashingStore crashing(*f.store);
      f.Restart(crashing);
      crashing.CrashAt(step, when);
      const auto run = [&] {
        const auto first = f.Request(1);
        (void)f.Reserve(first);
        (void)f.accounts->Release(first.run, first.dataset, first.room_key, f.clock.Now());
        (void)f.accounts->Settle(first.run, first.dataset, first.room_key, {1, 1e-6}, f.clock.Now());
      };
      run();
      const bool crashed = crashing.crashed();
      f.Restart(*f.store);
      ASSERT_TRUE(f.accounts->Recover(f.clock.Now())) << step;
      const Privacy after = f.Charged();
      EXPECT_LE(after.epsilon, 2) << step;
      const auto found = *f.accounts->Find(f.Request(1).run, Sample::kLoans);
      if (found && found->stage == ReservationStage::kReleased) {
        EXPECT_EQ(after.epsilon, 2) << step;
      }
      run();
      EXPECT_EQ(f.accounts->Status("urn:population:loans")->charged, PrivacyUnits::Of({1, 1e-6})) << step;
      EXPECT_EQ(f.OnLedger(), 3u) << step;
      if (!crashed) break;
    }
  }
}

// Property: whatever is asked in whatever order, with lost answers and crashes, the account never exceeds its total,
// and what is charged goes down by settlements and lapses only.
TEST(Accounts, NeverGrowABudgetUnderRandomInterleavings) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Fixture f;
    std::vector<ReservationRequest> requests;
    for (int i = 0; i < 8; ++i) requests.push_back(f.Request(i, 0.5 + 0.25 * pick(5)));
    std::map<int, contract::Digest> owner;
    std::map<int, double> owed;  // what runs whose key went out must be charged for
    for (int step = 0; step < 40; ++step) {
      CrashingStore crashing(*f.store);
      f.Restart(crashing);
      if (pick(3) == 0)
        crashing.CrashAt(1 + pick(6),
                         pick(2) ? CrashingStore::Crash::kAfterCommit : CrashingStore::Crash::kBeforeCommit);
      f.client->unavailable = pick(5) == 0 ? 1 : 0;
      f.client->lost = pick(5) == 0 ? 1 : 0;
      const int which = pick(8);
      ReservationRequest request = requests[static_cast<std::size_t>(which)];
      if (pick(6) == 0) request.room_key = Sample::Fill(2);
      switch (pick(4)) {
        case 0:
          (void)f.Reserve(request);
          break;
        case 1:
          if (f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now())) {
            EXPECT_EQ(owner.emplace(which, request.room_key).first->second, request.room_key)
                << "two rooms for one run";
            owed[which] = request.amount.epsilon;
          }
          break;
        case 2: {
          const double spent = request.amount.epsilon / 2;
          if (f.accounts->Settle(request.run, request.dataset, request.room_key, {spent, 1e-6}, f.clock.Now()))
            owed[which] = spent;
          break;
        }
        default:
          f.clock.Advance(Seconds(pick(60)));
          break;
      }
      f.client->unavailable = f.client->lost = 0;
      f.Restart(*f.store);
      ASSERT_TRUE(f.accounts->Recover(f.clock.Now()));
      const Privacy charged = f.Charged();
      EXPECT_LE(charged.epsilon, 5 + 1e-9);
      EXPECT_LE(charged.delta, 3e-5 * (1 + 1e-9));
      double released = 0;
      for (const auto& [run, epsilon] : owed) {
        const auto found = *f.accounts->Find(requests[static_cast<std::size_t>(run)].run, Sample::kLoans);
        ASSERT_TRUE(found);
        released += found->stage == ReservationStage::kSettled
                        ? epsilon / (epsilon == found->request.amount.epsilon ? 2 : 1)
                        : epsilon;
      }
      EXPECT_GE(charged.epsilon, released - 1e-9) << "a key went out that nothing is charged for";
    }
  }
}

// Lets something else happen just before a transaction, as another process on the same store would.
class InterruptedStore final : public store::Store {
 public:
  InterruptedStore(store::Store& inner, int before, std::function<void()> other)
      : inner_(inner), left_(before), other_(std::move(other)) {}
  Result<void> Transact(const Work& work) override {
    if (--left_ == 0) other_();
    return inner_.Transact(work);
  }
  Result<void> Read(const ReadWork& work) override { return inner_.Read(work); }

 private:
  store::Store& inner_;
  int left_;
  std::function<void()> other_;
};

TEST(Accounts, TwoProcessesOnOneStoreNeverSpendMoreThanTheTotal) {
  for (int before = 1; before < 8; ++before) {
    Fixture f;
    InterruptedStore store(*f.store, before, [&f] { (void)f.Reserve(f.Request(1, 3)); });
    LedgerWatch watch(store, *f.client, f.ledger->trust(), Seconds(300), crypto::SystemRandom());
    Accounts other(store, watch, f.key, Sample::kBank);
    (void)other.Reserve(f.Request(2, 3), f.clock.Now());
    EXPECT_LE(f.Charged().epsilon, 5) << before;
  }
}

TEST(Accounts, NeverLapseWhatAnotherProcessReleases) {
  for (int before = 1; before < 8; ++before) {
    Fixture f;
    auto request = f.Request(1);
    request.deadline = f.clock.Now() + Seconds(100);
    ASSERT_TRUE(f.Reserve(request));
    bool released = false;
    InterruptedStore store(*f.store, before, [&] {
      released = f.accounts->Release(request.run, request.dataset, request.room_key, f.clock.Now()).has_value();
    });
    LedgerWatch watch(store, *f.client, f.ledger->trust(), Seconds(300), crypto::SystemRandom());
    Accounts other(store, watch, f.key, Sample::kBank);
    (void)other.Recover(request.deadline);  // its clock runs ahead
    if (released) {
      EXPECT_EQ(f.Charged().epsilon, 2) << before;
    }
  }
}

TEST(LedgerWatch, RefusesALedgerThatForgets) {
  Fixture f;
  ASSERT_TRUE(f.Reserve(f.Request(1)));
  ASSERT_TRUE(f.Reserve(f.Request(2)));  // which sees the first one on the ledger
  // Another ledger with the same keys, made anew, has fewer entries: it cannot extend what was seen.
  World other;
  FaultyClient forgetful(*other.ledger);
  LedgerWatch watch(*f.store, forgetful, other.ledger->trust(), Seconds(300), crypto::SystemRandom());
  const auto asked = watch.Ask({}, f.clock.Now());
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code(), ErrorCode::kStale) << asked.error().ToText();
}

// What the room was told lies behind what this broker was told before, though the ledger said it later.
TEST(LedgerWatch, RefusesARoomThatTheLedgerShowsAnOlderHistory) {
  Fixture f;
  contract::FreshRequest request{Sample::Fill(3), {f.contract.digest()}, {}, {}, {}};
  const Bytes early = *f.client->Fresh(request);
  ASSERT_TRUE(f.Reserve(f.Request(1)));
  // The room asked before the reservation, so that its answer is older by the ledger's own time too.
  ASSERT_TRUE(f.watch->CheckShown(early, request.contracts, f.clock.Now()));
  World behind;  // has not the broker's entry
  behind.clock.Advance(Seconds(2));
  FaultyClient client(*behind.ledger);
  LedgerWatch watch(*f.store, client, behind.ledger->trust(), Seconds(300), crypto::SystemRandom());
  request.contracts = {behind.contract.digest()};
  const auto shown = watch.CheckShown(*client.Fresh(request), request.contracts, behind.clock.Now());
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code(), ErrorCode::kUntrusted);
  EXPECT_NE(shown.error().message().find("two histories"), std::string::npos) << shown.error().ToText();
}

}  // namespace
}  // namespace cloister::broker
