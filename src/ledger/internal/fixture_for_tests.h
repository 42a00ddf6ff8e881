// FOR TESTS ONLY: a ledger in a folder of its own, with the sample contract's parties.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include "contract/account_entry.h"
#include "contract/sample_for_tests.h"
#include "ledger/client.h"
#include "ledger/ledger.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"

namespace cloister::ledger {

using contract::AccountEntry;
using contract::AccountEvent;
using contract::Contract;
using contract::Digest;
using contract::Sample;
using contract::SignDocument;
using contract::TestKey;

inline LedgerKeys TestLedgerKeys(std::string_view origin = "ledger.example", std::uint8_t seed = 1) {
  const auto ed25519 = [](std::uint8_t fill) {
    return *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, fill)));
  };
  return *LedgerKeys::Create(origin, TestKey(Sample::kLedgerKey), ed25519(seed), ed25519(static_cast<std::uint8_t>(seed + 1)));
}

inline std::unique_ptr<audit::AuditLog> TestAudit() {
  return *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), "ledger.example", TestKey(Sample::kLedgerKey), std::nullopt);
}

struct TestFolder {
  std::filesystem::path path;
  TestFolder() {
    char name[] = "/tmp/cloister-ledger-XXXXXX";
    path = mkdtemp(name);
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
};

inline Result<std::unique_ptr<Ledger>> OpenIn(const std::filesystem::path& folder, const Clock& clock,
                                              LedgerKeys keys = TestLedgerKeys()) {
  auto store = TRY(store::SqliteStore::Open(folder / "ledger.db"));
  return Ledger::Open({std::move(store), std::make_unique<translog::FileHeadKeeper>(folder / "head"), std::move(keys), TestAudit(), clock});
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    contract.ledger = trust.ToTerms({Sample::Fill(0xEE)}, Seconds(600));
    auto log = TestAudit();
    audit_log = log.get();
    auto opened = Ledger::Open({std::make_unique<store::MemoryStore>(),
                                std::make_unique<translog::FileHeadKeeper>(folder.path / "head"), TestLedgerKeys(),
                                std::move(log), clock});
    CHECK(opened);
    ledger = *std::move(opened);
  }

  ErrorCode Refusal(ByteSpan statement) {
    const std::uint64_t before = *ledger->size();
    const auto result = ledger->Register(statement);
    EXPECT_EQ(*ledger->size(), result ? before + 1 : before);
    return result ? ErrorCode::kInternal : result.error().code();
  }
  void Take(ByteSpan statement) {
    const auto result = ledger->Register(statement);
    ASSERT_TRUE(result) << result.error().ToText();
    ASSERT_TRUE(VerifyReceipt(result->receipt, statement, trust));
  }
  Bytes Signed(const Contract& c, std::size_t party) const {
    return *SignDocument(c, TestKey(static_cast<std::uint8_t>(party + 1)), c.parties[party].did, clock.Now());
  }
  void SignByAll(const Contract& c) {
    for (std::size_t i = 0; i < 4; ++i) Take(Signed(c, i));
  }
  contract::ContractState StateOf(const Contract& c) { return Ask(c).answer().StatusOf(c.digest())->state; }
  VerifiedFreshAnswer Ask(const Contract& c) {
    contract::FreshRequest request{Sample::Fill(7), {c.digest()}, Sample::kRun, {}, {}};
    const Bytes cose = *ledger->Fresh(request);
    auto answer = VerifyFreshAnswerByNonceOnly(cose, trust, request, {});
    CHECK(answer);
    return *std::move(answer);
  }
  contract::Revocation RevocationBy(const char* did) const {
    return {contract.id, contract.digest(), did, "changed our mind", clock.Now()};
  }
  AccountEntry Entry(AccountEvent event, std::uint64_t sequence, const Digest& previous) const {
    return AccountEntry{.broker = Sample::kBank, .account = contract.datasets[0].account, .sequence = sequence,
                        .previous = previous, .event = event, .run = Sample::kRun, .contract = contract.digest(),
                        .dataset = Sample::kLoans, .epsilon = 1.5, .delta = 1e-5, .charged = {1.5, 1e-5}, .time = clock.Now()};
  }
  Bytes SignedEntry(const AccountEntry& entry, std::uint8_t key = Sample::kBrokerKeys) const {
    return *SignDocument(entry, TestKey(key), entry.broker, clock.Now());
  }

  TestFolder folder;
  FakeClock clock{*FromRfc3339("2026-06-01T12:00:00Z")};
  LedgerTrust trust = TestLedgerKeys().Public();
  Contract contract = Sample::MakeContract();
  std::unique_ptr<Ledger> ledger;
  const audit::AuditLog* audit_log = nullptr;  // the ledger's
};

}  // namespace cloister::ledger
