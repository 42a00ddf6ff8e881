#include "ledger/ledger.h"

#include <sys/wait.h>

#include "base/byte_reader.h"
#include "base/file.h"
#include "ledger/internal/fixture_for_tests.h"

namespace cloister::ledger {
namespace {

using contract::ReadRequest;

TEST_F(LedgerTest, BeginsWithItsConfigurationAndGivesReceipts) {
  EXPECT_EQ(*ledger->size(), 1u);
  Take(Signed(contract, 0));
  const auto receipt = ledger->Receipt(1);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(VerifyReceipt(*receipt, Signed(contract, 0), trust).error().code(), ErrorCode::kUntrusted);  // other bytes
  EXPECT_EQ(ledger->Receipt(2).error().code(), ErrorCode::kNotFound);
}

TEST_F(LedgerTest, CheckpointsExtendEachOther) {
  const auto verify = [&] {
    return *translog::VerifyTimedCheckpoint(*ledger->Checkpoint(), trust.origin, trust.log, trust.cosigner);
  };
  const auto first = verify();
  SignByAll(contract);
  const auto second = verify();
  EXPECT_EQ(second.size(), 5u);
  EXPECT_EQ(second.time(), clock.Now());
  EXPECT_TRUE(translog::VerifyExtends(first, second, *ledger->Consistency(1, 5)));
  EXPECT_EQ(ledger->Consistency(1, 6).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(ledger->Consistency(3, 2).error().code(), ErrorCode::kUsage);
}

TEST_F(LedgerTest, WritesDownWhatItRefusedAndWhy) {
  auto forged = Signed(contract, 0);
  forged.back() ^= 1;
  const auto refused = ledger->Register(forged);
  ASSERT_FALSE(refused);
  ASSERT_FALSE(ledger->Read(AsBytes("rubbish")));
  const auto log = audit::VerifyAuditLog(*audit_log->ReadAll(), TestKey(Sample::kLedgerKey).Public(), std::nullopt);
  ASSERT_TRUE(log) << log.error().ToText();
  ASSERT_EQ(log->size(), 2u);
  EXPECT_EQ(log->at(0).event, "registration.refused");
  EXPECT_EQ(*log->at(0).fields.GetString("sha256"), ToHex(crypto::Sha256(forged)));
  EXPECT_EQ(*log->at(0).fields.GetString("claimed_by"), Sample::kBank);
  EXPECT_EQ(*log->at(0).fields.GetString("why"), refused.error().message());
  EXPECT_EQ(log->at(1).event, "read.refused");
}

class ReadTest : public LedgerTest {
 protected:
  ReadTest() { SignByAll(contract); }
  Result<Bytes> Ask(std::uint64_t entry, std::uint8_t key, const char* did, Seconds off = Seconds(0)) {
    ++nonce[0];
    const ReadRequest request{entry, clock.Now() + off, nonce};
    return ledger->Read(*SignDocument(request, TestKey(key), did, clock.Now()));
  }
  contract::Nonce nonce{};
};

TEST_F(ReadTest, ShowsContractStatementsToTheirPartiesOnly) {
  const auto shown = Ask(2, 1, Sample::kBank);
  ASSERT_TRUE(shown) << shown.error().ToText();
  EXPECT_TRUE(contract::VerifyContractSignature(*shown));
  EXPECT_TRUE(Ask(2, 5, Sample::kCertifier));
  EXPECT_EQ(Ask(2, 9, "did:web:stranger.example").error().code(), ErrorCode::kRefused);
  EXPECT_EQ(Ask(2, 9, Sample::kBank).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(Ask(2, 101, Sample::kBank).error().code(), ErrorCode::kRefused);  // the broker's key
  EXPECT_EQ(Ask(99, 1, Sample::kBank).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(Ask(0, 1, Sample::kBank));
  EXPECT_EQ(Ask(0, 9, "did:web:stranger.example").error().code(), ErrorCode::kRefused);
}

TEST_F(ReadTest, RefusesPartiesOfOtherContracts) {
  Contract other = contract;
  other.id = "urn:uuid:f4f72a88-bab1-41ed-afa1-0242ac120009";
  other.parties[0].did = "did:web:stranger.example";
  other.parties[0].keys = {contract::NamedKey::Of(TestKey(60).Public())};
  other.datasets[0].provider = "did:web:stranger.example";
  other.revocable_by = {Sample::kBureau};
  Take(*SignDocument(other, TestKey(60), "did:web:stranger.example", clock.Now()));
  EXPECT_TRUE(Ask(5, 60, "did:web:stranger.example"));
  EXPECT_EQ(Ask(2, 60, "did:web:stranger.example").error().code(), ErrorCode::kRefused);
}

TEST_F(ReadTest, RefusesOldAndRepeatedRequests) {
  EXPECT_EQ(Ask(2, 1, Sample::kBank, Seconds(-301)).error().code(), ErrorCode::kExpired);
  EXPECT_EQ(Ask(2, 1, Sample::kBank, Seconds(301)).error().code(), ErrorCode::kExpired);
  const Bytes query = *SignDocument(ReadRequest{2, clock.Now(), Sample::Fill(3)}, TestKey(1), Sample::kBank, clock.Now());
  EXPECT_TRUE(ledger->Read(query));
  EXPECT_EQ(ledger->Read(query).error().code(), ErrorCode::kReplayed);
  clock.Advance(Seconds(301));
  EXPECT_EQ(ledger->Read(query).error().code(), ErrorCode::kExpired);
  clock.Advance(Seconds(1000));
  EXPECT_TRUE(Ask(2, 1, Sample::kBank));
  EXPECT_EQ(ledger->Read(query).error().code(), ErrorCode::kExpired);
}

class RestartTest : public LedgerTest {
 protected:
  Result<std::unique_ptr<Ledger>> Open(LedgerKeys keys = TestLedgerKeys()) {
    return OpenIn(on_disk.path, clock, std::move(keys));
  }
  Result<Registration> RegisterOn(Ledger& on, std::size_t party) { return on.Register(Signed(contract, party)); }
  TestFolder on_disk;
};

TEST_F(RestartTest, KeepsEverythingAcknowledged) {
  std::vector<Bytes> statements;
  {
    auto first = *Open();
    for (std::size_t i = 0; i < 4; ++i) {
      statements.push_back(Signed(contract, i));
      ASSERT_TRUE(first->Register(statements.back()));
    }
  }
  ledger = *Open();
  EXPECT_EQ(*ledger->size(), 5u);
  EXPECT_EQ(StateOf(contract), contract::ContractState::kActive);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(VerifyReceipt(*ledger->Receipt(i + 1), statements[i], trust));
}

TEST_F(RestartTest, RefusesOtherKeysAndOrigins) {
  ASSERT_TRUE(Open());
  EXPECT_EQ(Open(TestLedgerKeys("ledger.example", 9)).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(Open(TestLedgerKeys("other.example")).error().code(), ErrorCode::kMismatch);
  EXPECT_TRUE(Open());
}

TEST_F(RestartTest, ARestoredBackupCannotSignAFork) {
  const auto database = on_disk.path / "ledger.db";
  ASSERT_TRUE(RegisterOn(**Open(), 0));
  std::filesystem::copy_file(database, on_disk.path / "backup.db");
  ASSERT_TRUE(RegisterOn(**Open(), 1));
  std::filesystem::remove(database);
  std::filesystem::copy_file(on_disk.path / "backup.db", database);
  std::filesystem::permissions(database, std::filesystem::perms(0600));
  EXPECT_EQ(Open().error().code(), ErrorCode::kStale);
  std::filesystem::remove(database);
  EXPECT_EQ(Open().error().code(), ErrorCode::kConflict);
}

TEST_F(RestartTest, RefusesToGoOnWithoutTheKeptHead) {
  ASSERT_TRUE(Open());
  std::filesystem::remove(on_disk.path / "head");
  EXPECT_EQ(Open().error().code(), ErrorCode::kNotFound);
}

TEST_F(RestartTest, ComesBackFromADeathBeforeTheFirstEntry) {
  translog::FileHeadKeeper keeper(on_disk.path / "head");
  ASSERT_TRUE(keeper.Keep({0, translog::EmptyRoot()}));
  EXPECT_TRUE(Open());
}

// Registers signatures under ever new contract ids and writes each to `acknowledged` after the ledger's answer.
[[noreturn]] void RegisterUntilKilled(const std::filesystem::path& folder, Contract contract, int acknowledged) {
  const FakeClock clock(contract.start);
  auto ledger = OpenIn(folder, clock);
  for (std::uint32_t i = 0; ledger; ++i) {
    char id[64];
    std::snprintf(id, sizeof(id), "urn:uuid:f4f72a88-bab1-41ed-afa1-%012x", i);
    contract.id = id;
    const Bytes statement = *SignDocument(contract, TestKey(1), Sample::kBank, clock.Now());
    if (!(*ledger)->Register(statement)) break;
    Bytes line;
    AppendBe(line, static_cast<std::uint32_t>(statement.size()));
    line = Concat({line, statement});
    if (write(acknowledged, line.data(), line.size()) != static_cast<ssize_t>(line.size())) break;
  }
  _exit(1);
}

std::vector<Bytes> Statements(ByteSpan acknowledged) {
  std::vector<Bytes> out;
  ByteReader reader(acknowledged);
  while (reader.left() >= 4) {
    const auto statement = reader.Take(*reader.Be<std::uint32_t>());
    if (!statement) break;  // the kill came in the middle of a line
    out.push_back(ToBytes(*statement));
  }
  return out;
}

// Kills `child` once it has acknowledged `least` statements; returns all that it did.
std::vector<Bytes> KillAfter(std::size_t least, pid_t child, int from) {
  Bytes all;
  bool killed = false;
  std::uint8_t buffer[4096];
  for (ssize_t n; (n = read(from, buffer, sizeof(buffer))) > 0;) {
    all.insert(all.end(), buffer, buffer + n);
    if (!killed && Statements(all).size() >= least) killed = kill(child, SIGKILL) == 0;
  }
  close(from);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it gave up by itself";
  return Statements(all);
}

TEST_F(RestartTest, AKilledLedgerKeepsWhatItAcknowledged) {
  for (std::size_t round = 0; round < 3; ++round) {
    const TestFolder folder_of_round;
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) RegisterUntilKilled(folder_of_round.path, contract, pipe_ends[1]);
    close(pipe_ends[1]);
    const std::vector<Bytes> acknowledged = KillAfter(1 + 5 * round, child, pipe_ends[0]);
    const auto reopened = OpenIn(folder_of_round.path, clock);
    ASSERT_TRUE(reopened) << reopened.error().ToText();
    for (const Bytes& statement : acknowledged) {
      const std::uint64_t before = *(*reopened)->size();
      const auto again = (*reopened)->Register(statement);
      ASSERT_TRUE(again);
      EXPECT_EQ(*(*reopened)->size(), before) << "an acknowledged statement was lost";
    }
  }
}

}  // namespace
}  // namespace cloister::ledger
