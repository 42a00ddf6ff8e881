#include "demo/read_story.h"

#include <algorithm>
#include <csignal>

#include "base/file.h"
#include "contract/ledger_documents.h"
#include "token/jwk.h"
#include "translog/checkpoint.h"

namespace cloister::demo {
namespace {

namespace fs = std::filesystem;
using audit::AuditEntry;

constexpr std::size_t kMaxLog = 64u << 20;

// What stands in the file, without a line that is being written.
Result<Bytes> ReadLog(const fs::path& file) {
  Bytes log = TRY(ReadFile(file, kMaxLog));
  log.erase(std::find(log.rbegin(), log.rend(), '\n').base(), log.end());
  return log;
}

struct WholeLog {
  std::vector<AuditEntry> entries;
  audit::AuditHead head() const {
    return entries.empty() ? audit::AuditHead{} : audit::AuditHead{entries.size(), entries.back().hash};
  }
  std::vector<AuditEntry> Since(const audit::AuditHead& begin) const {
    return {entries.begin() + static_cast<std::ptrdiff_t>(begin.size), entries.end()};
  }
};

Result<WholeLog> VerifiedLog(const fs::path& file, const crypto::VerifyingKey& key, const audit::AuditHead& seen) {
  return WholeLog{TRY(audit::VerifyAuditLog(TRY(ReadLog(file)), key, seen))};
}

// The keys that a broker says it attested for `run`.
void AddRoomKeys(const WholeLog& log, const std::string& run, std::vector<crypto::VerifyingKey>& keys) {
  for (const AuditEntry& entry : log.entries) {
    const formats::Json* jwk = entry.fields.Find("room_key");
    const auto whose = entry.fields.GetString("run");
    if (entry.event != "session.attested" || jwk == nullptr || !whose || *whose != run) continue;
    if (auto key = token::VerifyingKeyFromJwk(*jwk)) keys.push_back(*std::move(key));
  }
}

Result<AuditStory::Room> TellRoom(const RoomRun& run, const std::vector<WholeLog>& brokers) {
  AuditStory::Room room{.run = run.run,
                        .states = run.states,
                        .done = run.Done(),
                        .killed = run.exit_code == 128 + SIGKILL,
                        .came_out = !Released(run).empty(),
                        .log = std::nullopt};
  const fs::path file = run.out / "audit.jsonl";
  std::vector<crypto::VerifyingKey> keys;
  for (const WholeLog& log : brokers) AddRoomKeys(log, run.run, keys);
  if (!fs::exists(file) || keys.empty()) return room;
  const Bytes lines = TRY(ReadLog(file));
  for (const crypto::VerifyingKey& key : keys) {
    auto entries = audit::VerifyAuditLog(lines, key, std::nullopt);
    if (!entries) continue;
    room.log = *std::move(entries);
    return room;
  }
  return Error(ErrorCode::kUntrusted,
               "the log of the room of run " + run.run + " holds under no key that a broker attested for it");
}

Result<std::uint64_t> EntriesOf(World& world) {
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(world.contract().ledger));
  const std::string note = TRY(world.ledger().Checkpoint());
  return TRY(translog::VerifyTimedCheckpoint(note, trust.origin, trust.log, trust.cosigner)).size();
}

Result<Bytes> ReadEntry(World& world, std::uint64_t index) {
  const Actor& reader = world.actor("researcher");
  const Time now = SystemClock().Now();
  contract::ReadRequest request{index, now, {}};
  crypto::SystemRandom().Fill(request.nonce);
  return world.ledger().Read(TRY(contract::SignDocument(request, *reader.identity, reader.card.did, now)));
}

// The account entries among the ledger's entries [from, to).
Result<std::vector<contract::AccountEntry>> ReadAccounts(World& world, std::uint64_t from, std::uint64_t to) {
  std::vector<contract::AccountEntry> accounts;
  for (std::uint64_t index = from; index < to; ++index) {
    const Bytes cose = TRY_WITH("ledger: entry " + std::to_string(index), ReadEntry(world, index));
    const auto said = TRY(contract::StatementFromUnverified(cose));
    if (said.content_type != contract::AccountEntry::kContentType) continue;
    for (const std::string& name : world.providers()) {
      const commands::PartyCard& card = world.actor(name).card;
      if (card.did != said.issuer) continue;
      accounts.push_back(*TRY(contract::VerifyDocument<contract::AccountEntry>(cose, card.broker->keys, card.did)));
    }
  }
  return accounts;
}

}  // namespace

Result<ReadStory> ReadStorySince(World& world, const StoryHeads& begin, std::span<const RoomRun> runs) {
  ReadStory read;
  std::vector<WholeLog> logs;
  for (const std::string& name : world.providers()) {
    const Actor& actor = world.actor(name);
    const auto seen = begin.brokers.find(name);
    const audit::AuditHead head = seen == begin.brokers.end() ? audit::AuditHead{} : seen->second;
    logs.push_back(TRY_WITH("the log of " + name, VerifiedLog(actor.folder / "broker" / "audit.jsonl",
                                                              actor.card.broker->keys.at(0).key, head)));
    read.story.brokers.push_back({name, actor.card.did, logs.back().Since(head)});
    read.heads.brokers[name] = logs.back().head();
  }
  const auto& ledger_key = world.contract().ledger.keys.at(0).key;
  const WholeLog ledger = TRY_WITH(
      "the ledger's log", VerifiedLog(world.config().folder / "ledger" / "audit.jsonl", ledger_key, begin.ledger));
  read.story.ledger = ledger.Since(begin.ledger);
  read.heads.ledger = ledger.head();
  for (const RoomRun& run : runs) read.story.rooms.push_back(TRY(TellRoom(run, logs)));
  const auto entries = EntriesOf(world);
  if (!entries && entries.error().code() != ErrorCode::kUnavailable) return entries.error();
  read.heads.entries = entries ? *entries : begin.entries;
  if (entries) read.story.accounts = TRY(ReadAccounts(world, begin.entries, *entries));
  return read;
}

std::vector<std::string> Released(const RoomRun& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run.out)) {
    if (entry.path().filename() != "audit.jsonl") names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cloister::demo
