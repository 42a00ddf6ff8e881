#include "audit/audit_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <thread>

#include "base/file.h"

namespace cloister::audit {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-11-20T13:00:00Z");

crypto::SigningKey Key(std::uint8_t seed) {
  return *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, seed)));
}

std::unique_ptr<AuditLog> NewLog(crypto::SigningKey key = Key(1)) {
  return *AuditLog::Open(std::make_unique<MemoryAuditSink>(), "broker", std::move(key), std::nullopt);
}

void Fill(AuditLog& log, int count) {
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(log.Append("key.released", Json::Object{{"contract", "c-1"}, {"run", i}}, kNow + Seconds(i)));
  }
}

Bytes LogOf(int count) {
  const auto log = NewLog();
  Fill(*log, count);
  return *log->ReadAll();
}

std::vector<std::string> Lines(ByteSpan log) {
  std::vector<std::string> lines;
  std::string_view rest = AsText(log);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n') + 1;
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return lines;
}

Bytes Join(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line;
  return ToBytes(all);
}

std::string Refusal(ByteSpan log, const std::optional<AuditHead>& seen = std::nullopt) {
  const auto result = VerifyAuditLog(log, Key(1).Public(), seen);
  return result ? "accepted" : result.error().ToText();
}

TEST(VerifyAuditLog, RefusesEveryFlippedByte) {
  const Bytes good = LogOf(3);
  ASSERT_EQ(Refusal(good), "accepted");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const std::uint8_t flip : Bytes{0x01, 0x20, 0x80}) {
      Bytes bad = good;
      bad[i] ^= flip;
      EXPECT_NE(Refusal(bad), "accepted") << "byte " << i;
    }
  }
}

TEST(VerifyAuditLog, RefusesRemovedReorderedRepeatedAndForeignEntries) {
  const std::vector<std::string> l = Lines(LogOf(4));
  EXPECT_EQ(Refusal(Join({l[1], l[2], l[3]})), "untrusted: audit entry 1: expected sequence 1, got 2");
  EXPECT_EQ(Refusal(Join({l[0], l[2], l[3]})), "untrusted: audit entry 2: expected sequence 2, got 3");
  EXPECT_EQ(Refusal(Join({l[0], l[2], l[1], l[3]})), "untrusted: audit entry 2: expected sequence 2, got 3");
  EXPECT_EQ(Refusal(Join({l[0], l[0]})), "untrusted: audit entry 2: expected sequence 2, got 1");
  const auto other = NewLog();
  ASSERT_TRUE(other->Append("other", Json::Object{}, kNow));
  Fill(*other, 1);
  const std::vector<std::string> o = Lines(*other->ReadAll());
  EXPECT_EQ(Refusal(Join({l[0], o[1]})), "untrusted: audit entry 2: does not continue the entry before");
}

TEST(VerifyAuditLog, RefusesAnotherKeyAndAnotherEntrysSignature) {
  const auto other = NewLog(Key(2));
  Fill(*other, 1);
  EXPECT_TRUE(Refusal(*other->ReadAll()).starts_with("untrusted: audit entry 1: signature"));
  const std::vector<std::string> l = Lines(LogOf(2));
  const auto split = [](const std::string& line) { return line.find(",\"signature\""); };
  const std::string mixed = l[0].substr(0, split(l[0])) + l[1].substr(split(l[1]));
  EXPECT_EQ(Refusal(ToBytes(mixed)), "untrusted: audit entry 1: signature is for another entry");
}

TEST(VerifyAuditLog, RefusesOtherWaysToWriteTheSameEntry) {
  const std::string line = Lines(LogOf(1))[0];
  EXPECT_TRUE(Refusal(ToBytes(' ' + line)).starts_with("malformed: audit entry 1"));
  EXPECT_TRUE(Refusal(ToBytes(line + "\n")).starts_with("malformed: audit entry 2"));
  std::string more = line;
  more.insert(1, R"("a":1,)");
  EXPECT_TRUE(Refusal(ToBytes(more)).starts_with("malformed: audit entry 1"));
}

TEST(VerifyAuditLog, RefusesWhatIsCutOffBeforeASeenHead) {
  const auto log = NewLog();
  Fill(*log, 3);
  const AuditHead seen = log->head();
  const Bytes content = *log->ReadAll();
  std::size_t whole_lines = 0;
  for (std::size_t size = 0; size < content.size(); ++size) {
    const ByteSpan cut = ByteSpan(content).first(size);
    EXPECT_NE(Refusal(cut, seen), "accepted") << size;
    const bool at_line = size == 0 || content[size - 1] == '\n';
    whole_lines += at_line ? 1 : 0;
    EXPECT_EQ(Refusal(cut) == "accepted", at_line) << size;  // why somebody has to keep a head
  }
  EXPECT_EQ(whole_lines, 3u);
  EXPECT_EQ(Refusal(Join({Lines(content)[0]}), seen), "stale: audit log: expected at least 3 entries, got 1");
  Fill(*log, 1);
  EXPECT_EQ(Refusal(*log->ReadAll(), seen), "accepted");
}

TEST(VerifyAuditLog, RefusesARewrittenHistory) {
  const auto log = NewLog();
  Fill(*log, 2);
  const auto rewritten = NewLog();  // by the key's owner
  ASSERT_TRUE(rewritten->Append("nothing.happened", Json::Object{}, kNow));
  Fill(*rewritten, 5);
  EXPECT_EQ(Refusal(*rewritten->ReadAll()), "accepted");
  EXPECT_EQ(Refusal(*rewritten->ReadAll(), log->head()),
            "mismatch: audit log: another history than the head seen before");
  EXPECT_EQ(Refusal(*log->ReadAll(), AuditHead{0, {1}}).substr(0, 8), "mismatch");
}

TEST(VerifyAuditLog, GivesTheEntries) {
  const auto log = NewLog();
  Fill(*log, 2);
  const auto entries = *VerifyAuditLog(*log->ReadAll(), Key(1).Public(), log->head());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].sequence, 2u);
  EXPECT_EQ(entries[1].time, kNow + Seconds(1));
  EXPECT_EQ(entries[1].actor, "broker");
  EXPECT_EQ(entries[1].event, "key.released");
  EXPECT_EQ(*entries[1].fields.GetInt("run"), 1);
  EXPECT_EQ(entries[1].previous, entries[0].hash);
  EXPECT_EQ(entries[1].hash, log->head().hash);
  EXPECT_TRUE(VerifyAuditLog({}, Key(1).Public(), std::nullopt)->empty());
}

TEST(AuditLog, RefusesEntriesThatMakeNoSense) {
  const auto log = NewLog();
  EXPECT_EQ(log->SignedHead().error().code(), ErrorCode::kNotFound);
  for (const std::string& event : std::vector<std::string>{"", "A", "a b", "a\n", std::string(129, 'a')}) {
    EXPECT_EQ(log->Append(event, Json::Object{}, kNow).error().code(), ErrorCode::kUsage) << event;
  }
  EXPECT_EQ(log->Append("a", Json::Array{}, kNow).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(log->Append("a", Json::Object{{"x", "\xFF"}}, kNow).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(log->Append("a", Json::Object{{"x", std::string(300'000, 'x')}}, kNow).error().code(), ErrorCode::kLimit);
  Json deep = Json::Object{};
  for (int i = 0; i < 100; ++i) deep = Json::Object{{"x", std::move(deep)}};
  EXPECT_FALSE(log->Append("a", deep, kNow));
  EXPECT_EQ(log->head(), AuditHead());
  EXPECT_TRUE(log->ReadAll()->empty());
}

TEST(AuditLog, KeepsTimeFromGoingBack) {
  const auto log = NewLog();
  ASSERT_TRUE(log->Append("a", Json::Object{{"x", 1.5}, {"y", -0.0}, {"z", 1e300}}, kNow));
  ASSERT_TRUE(log->Append("b", Json::Object{}, kNow - Seconds(50)));
  EXPECT_EQ((*VerifyAuditLog(*log->ReadAll(), Key(1).Public(), log->head()))[1].time, kNow);
}

TEST(AuditLog, SignsItsHead) {
  const auto log = NewLog();
  Fill(*log, 3);
  const Bytes signed_head = *log->SignedHead();
  EXPECT_EQ(*VerifySignedHead(signed_head, Key(1).Public()), log->head());
  EXPECT_FALSE(VerifySignedHead(signed_head, Key(2).Public()));
  for (std::size_t i = 0; i < signed_head.size(); ++i) {
    Bytes bad = signed_head;
    bad[i] ^= 1;
    EXPECT_FALSE(VerifySignedHead(bad, Key(1).Public())) << i;
    EXPECT_FALSE(VerifySignedHead(ByteSpan(signed_head).first(i), Key(1).Public())) << i;
  }
}

TEST(AuditLog, TakesEntriesFromManyThreads) {
  const auto log = NewLog();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { Fill(*log, 20); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(VerifyAuditLog(*log->ReadAll(), Key(1).Public(), log->head())->size(), 80u);
}

class FileAuditSinkTest : public testing::Test {
 protected:
  FileAuditSinkTest() {
    std::string name = testing::TempDir() + "/cloister_audit_XXXXXX";
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = std::filesystem::path(name) / "audit.jsonl";
  }
  ~FileAuditSinkTest() override { std::filesystem::remove_all(path_.parent_path()); }

  Result<std::unique_ptr<AuditLog>> Open(const std::optional<AuditHead>& seen = std::nullopt) {
    return AuditLog::Open(TRY(FileAuditSink::Open(path_)), "broker", Key(1), seen);
  }
  Bytes Content() const { return *ReadFile(path_, 1 << 20); }

  std::filesystem::path path_;
};

TEST_F(FileAuditSinkTest, RefusesASecondWriter) {
  const auto log = *Open();
  EXPECT_EQ(Open().error().code(), ErrorCode::kConflict);
}

TEST_F(FileAuditSinkTest, ContinuesAfterReopeningAndNoticesACutFile) {
  AuditHead seen;
  {
    const auto log = *Open();
    Fill(*log, 2);
    seen = log->head();
  }
  {
    const auto log = *Open(seen);
    EXPECT_EQ(log->head(), seen);
    EXPECT_EQ(*VerifySignedHead(*log->SignedHead(), Key(1).Public()), seen);
    Fill(*log, 1);
    EXPECT_EQ(*log->ReadAll(), Content());
  }
  EXPECT_EQ(VerifyAuditLog(Content(), Key(1).Public(), seen)->size(), 3u);
  std::filesystem::resize_file(path_, Lines(Content())[0].size());
  EXPECT_EQ(Open(seen).error().code(), ErrorCode::kStale);
}

TEST_F(FileAuditSinkTest, RemovesAnUnfinishedLineAndRefusesADamagedOne) {
  {
    const auto log = *Open();
    Fill(*log, 2);
  }
  const Bytes good = Content();
  ASSERT_TRUE(WriteFile(path_, Concat({good, AsBytes("{\"entry\":{\"act")}), FileMode::kPrivate));
  EXPECT_EQ((*Open())->head().size, 2u);
  EXPECT_EQ(Content(), good);
  Bytes bad = good;
  bad[40] ^= 1;
  ASSERT_TRUE(WriteFile(path_, bad, FileMode::kPrivate));
  EXPECT_FALSE(Open());
}

// Opened again and again, so that what carries over is what stands in the files.
TEST_F(FileAuditSinkTest, BeginsANewFileWhereOneIsFull) {
  for (int i = 0; i < 30; ++i) {
    const auto log = *AuditLog::Open(*FileAuditSink::Open(path_, 2000), "broker", Key(1), std::nullopt);
    ASSERT_TRUE(log->Append("key.released", Json::Object{{"run", i}}, kNow + Seconds(i)));
    EXPECT_EQ(log->head().size, static_cast<std::uint64_t>(i) + 1);
  }
  std::vector<std::string> all;
  int files = 0;
  for (;; ++files) {
    const std::filesystem::path closed = path_.string() + "." + std::to_string(files + 1);
    const bool last = !std::filesystem::exists(closed);
    const Bytes content = *ReadFile(last ? path_ : closed, 1 << 20);
    EXPECT_LE(content.size(), 2000u);
    EXPECT_TRUE(VerifyContinuedAuditLog(content, Key(1).Public(), std::nullopt)) << files;
    const auto lines = Lines(content);
    if (!all.empty()) {
      EXPECT_EQ(lines.front(), all.back());
    }
    all.insert(all.end(), lines.begin() + (all.empty() ? 0 : 1), lines.end());
    if (last) break;
  }
  EXPECT_GE(files, 5);
  const auto whole = VerifyAuditLog(Join(all), Key(1).Public(), std::nullopt);
  ASSERT_TRUE(whole) << whole.error().ToText();
  EXPECT_EQ(whole->size(), 30u);
}

TEST(VerifyAuditLog, RefusesAFileThatContinuesAnotherUnlessAskedFor) {
  const auto lines = Lines(LogOf(5));
  const Bytes continued = Join({lines[2], lines[3], lines[4]});
  EXPECT_NE(Refusal(continued), "accepted");
  const auto entries = VerifyContinuedAuditLog(continued, Key(1).Public(), std::nullopt);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->front().sequence, 3u);
  const auto seen = [&](std::uint64_t size) {
    const AuditHead head{size, (*VerifyAuditLog(Join(lines), Key(1).Public(), std::nullopt))[size - 1].hash};
    const auto result = VerifyContinuedAuditLog(continued, Key(1).Public(), head);
    return result ? "accepted" : std::string(ErrorCodeName(result.error().code()));
  };
  EXPECT_EQ(seen(3), "accepted");
  EXPECT_EQ(seen(5), "accepted");
  EXPECT_EQ(seen(2), "mismatch");
  EXPECT_FALSE(VerifyContinuedAuditLog(Join({lines[2], lines[4]}), Key(1).Public(), std::nullopt));
  EXPECT_FALSE(VerifyContinuedAuditLog(Join({lines[2], lines[3]}), Key(2).Public(), std::nullopt));
}

TEST_F(FileAuditSinkTest, MakesTheFileForItsOwnerOnly) {
  const auto log = *Open();
  struct stat status = {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

}  // namespace
}  // namespace cloister::audit
