#include "audit/audit_log.h"

#include <algorithm>

#include "token/cose.h"

namespace cloister::audit {
namespace {

using formats::Json;

constexpr std::string_view kContentType = "application/vnd.cloister.audit-head+cbor";
constexpr std::size_t kMaxName = 128;  // bytes in an event or actor

bool IsEventName(std::string_view event) {
  return !event.empty() && event.size() <= kMaxName && std::all_of(event.begin(), event.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

// The entry as it is hashed: RFC 8785 JSON with exactly these members.
Result<std::string> CanonicalEntry(const AuditEntry& entry) {
  const Json json = Json::Object{{"actor", entry.actor},       {"event", entry.event},
                                 {"fields", entry.fields},     {"previous", ToHex(entry.previous)},
                                 {"sequence", entry.sequence}, {"time", ToRfc3339(entry.time)}};
  return json.Canonical();
}

std::string FormatLine(const std::string& canonical_entry, ByteSpan signed_head) {
  return "{\"entry\":" + canonical_entry + ",\"signature\":\"" + ToBase64Url(signed_head) + "\"}\n";
}

Bytes SignHead(const crypto::SigningKey& key, const AuditHead& head) {
  const formats::Cbor payload = formats::Cbor::Array{head.size, ToBytes(head.hash)};
  token::CoseHeaders headers;
  headers.content_type = kContentType;
  headers.key_id = ToBytes(token::CoseKeyThumbprint(key.Public()));
  return token::SignCose1(key, headers, payload.Encode());
}

struct ParsedLine {
  AuditEntry entry;
  Bytes signed_head;
};

// Reads one line and demands that it is written in the one canonical way, so that no byte of it can change unnoticed.
Result<ParsedLine> ParseLine(std::string_view line) {
  const Json json = TRY(Json::Parse(line.substr(0, line.size() - 1), {kMaxEntryBytes * 2, 64}));
  TRY(json.RefuseUnknownMembers({"entry", "signature"}));
  const Json& body = *TRY(json.GetObject("entry"));
  TRY(body.RefuseUnknownMembers({"actor", "event", "fields", "previous", "sequence", "time"}));
  ParsedLine parsed;
  parsed.entry.sequence = static_cast<std::uint64_t>(TRY(body.GetIntIn("sequence", 1, std::int64_t{1} << 53)));
  const std::string time = TRY(body.GetString("time"));
  parsed.entry.time = TRY(FromRfc3339(time));
  parsed.entry.actor = TRY(body.GetString("actor"));
  parsed.entry.event = TRY(body.GetString("event"));
  parsed.entry.fields = *TRY(body.GetObject("fields"));
  const Bytes previous = TRY(FromHex(TRY_WITH("previous", body.GetString("previous"))));
  parsed.entry.previous = TRY_WITH("previous", ToArray<32>(previous));
  const std::string signature = TRY(json.GetString("signature"));
  parsed.signed_head = TRY_WITH("signature", FromBase64Url(signature));
  const std::string canonical = TRY(CanonicalEntry(parsed.entry));
  if (FormatLine(canonical, parsed.signed_head) != line) return Error(ErrorCode::kMalformed, "not in canonical form");
  parsed.entry.hash = crypto::Sha256(AsBytes(canonical));
  return parsed;
}

Error Untrusted(std::string_view what) { return Error(ErrorCode::kUntrusted, std::string(what)); }

// Checks `line` as the entry that follows `before` (the last entry, or a blank one).
Result<ParsedLine> VerifyLine(std::string_view line, const AuditEntry& before, const crypto::VerifyingKey& key) {
  if (line.size() > kMaxEntryBytes) return Error(ErrorCode::kLimit, "longer than 262144 bytes");
  ParsedLine parsed = TRY(ParseLine(line));
  const AuditEntry& entry = parsed.entry;
  if (entry.sequence != before.sequence + 1) {
    return Untrusted("expected sequence " + std::to_string(before.sequence + 1) + ", got " +
                     std::to_string(entry.sequence));
  }
  if (entry.previous != before.hash) return Untrusted("does not continue the entry before");
  if (before.sequence > 0 && entry.time < before.time) return Untrusted("earlier than the entry before");
  const AuditHead head = TRY_WITH("signature", VerifySignedHead(parsed.signed_head, key));
  if (head != AuditHead{entry.sequence, entry.hash}) return Untrusted("signature is for another entry");
  return parsed;
}

struct VerifiedLog {
  std::vector<AuditEntry> entries;
  Bytes last_signed_head;
};

Result<void> CheckSeen(const std::vector<AuditEntry>& entries, const AuditHead& seen) {
  const std::uint64_t last = entries.empty() ? 0 : entries.back().sequence;
  if (last < seen.size) {
    return Error(ErrorCode::kStale, "audit log: expected at least " + std::to_string(seen.size) + " entries, got " +
                                        std::to_string(last));
  }
  const std::uint64_t before = entries.empty() ? 0 : entries.front().sequence - 1;
  if (seen.size < before || (seen.size == before && before > 0)) {
    return Error(ErrorCode::kMismatch, "audit log: the head seen before stands in an earlier file than this");
  }
  const crypto::Sha256Digest hash = seen.size == 0 ? crypto::Sha256Digest{} : entries[seen.size - before - 1].hash;
  if (hash != seen.hash) return Error(ErrorCode::kMismatch, "audit log: another history than the head seen before");
  return {};
}

enum class LogStart { kFirstEntry, kAnyEntry };

// The entry before the first of `log`, as that one names it. What is no entry is found when it is verified.
AuditEntry BeforeFirst(std::string_view log) {
  AuditEntry before;
  const auto first = ParseLine(log.substr(0, log.find('\n') + 1));
  if (!first) return before;
  before.sequence = first->entry.sequence - 1;
  before.hash = first->entry.previous;
  before.time = first->entry.time;
  return before;
}

Result<VerifiedLog> Verify(ByteSpan log, const crypto::VerifyingKey& key, const std::optional<AuditHead>& seen,
                           LogStart start) {
  VerifiedLog verified;
  std::string_view rest = AsText(log);
  AuditEntry before = start == LogStart::kAnyEntry && !rest.empty() ? BeforeFirst(rest) : AuditEntry();
  while (!rest.empty()) {
    const std::string where = "audit entry " + std::to_string(before.sequence + 1);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Error(ErrorCode::kMalformed, where + ": the line does not end");
    ParsedLine parsed = TRY_WITH(where, VerifyLine(rest.substr(0, end + 1), before, key));
    before = parsed.entry;
    verified.entries.push_back(std::move(parsed.entry));
    verified.last_signed_head = std::move(parsed.signed_head);
    rest.remove_prefix(end + 1);
  }
  if (seen) TRY(CheckSeen(verified.entries, *seen));
  return verified;
}

}  // namespace

Result<AuditHead> VerifySignedHead(ByteSpan signed_head, const crypto::VerifyingKey& key) {
  const token::VerifiedCose1 message = TRY(token::VerifyCose1(signed_head, key));
  // Nothing unsigned may hide in a line.
  if (TRY(token::WithoutUnprotected(signed_head)) != ToBytes(signed_head)) return Untrusted("unprotected headers");
  if (message.content_type() != kContentType) return Untrusted("not the head of an audit log");
  const formats::Cbor payload = TRY(formats::Cbor::Decode(message.payload(), formats::CborForm::kDeterministic));
  const formats::Cbor::Array& pair = *TRY(payload.AsArrayOf(2));
  AuditHead head;
  head.size = TRY(pair[0].AsUint());
  const ByteSpan hash = TRY(pair[1].AsBytes());
  head.hash = TRY(ToArray<32>(hash));
  return head;
}

Result<std::vector<AuditEntry>> VerifyAuditLog(ByteSpan log, const crypto::VerifyingKey& key,
                                               const std::optional<AuditHead>& seen) {
  return TRY(Verify(log, key, seen, LogStart::kFirstEntry)).entries;
}

Result<std::vector<AuditEntry>> VerifyContinuedAuditLog(ByteSpan log, const crypto::VerifyingKey& key,
                                                        const std::optional<AuditHead>& seen) {
  return TRY(Verify(log, key, seen, LogStart::kAnyEntry)).entries;
}

AuditLog::AuditLog(std::unique_ptr<AuditSink> sink, std::string actor, std::shared_ptr<const crypto::SigningKey> key)
    : sink_(std::move(sink)), actor_(std::move(actor)), key_(std::move(key)) {}

Result<std::unique_ptr<AuditLog>> AuditLog::Open(std::unique_ptr<AuditSink> sink, std::string actor,
                                                 crypto::SigningKey key, const std::optional<AuditHead>& seen) {
  return Open(std::move(sink), std::move(actor), std::make_shared<const crypto::SigningKey>(std::move(key)), seen);
}

Result<std::unique_ptr<AuditLog>> AuditLog::Open(std::unique_ptr<AuditSink> sink, std::string actor,
                                                 std::shared_ptr<const crypto::SigningKey> key,
                                                 const std::optional<AuditHead>& seen) {
  if (actor.empty() || actor.size() > kMaxName) return Error(ErrorCode::kUsage, "actor: expected 1 to 128 bytes");
  const Bytes content = TRY(sink->ReadAll());
  VerifiedLog verified = TRY(Verify(content, key->Public(), seen, LogStart::kAnyEntry));
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(sink), std::move(actor), std::move(key)));
  if (!verified.entries.empty()) {
    const AuditEntry& last = verified.entries.back();
    log->head_ = {last.sequence, last.hash};
    log->last_ = last.time;
    log->signed_head_ = std::move(verified.last_signed_head);
  }
  return log;
}

Result<AuditHead> AuditLog::Append(std::string_view event, const formats::Json& fields, Time now) {
  if (!IsEventName(event))
    return Error(ErrorCode::kUsage, "event: expected 1 to 128 of a-z, 0-9, \".\", \"_\" and \"-\"");
  if (!fields.is_object()) return Error(ErrorCode::kUsage, "fields: expected an object");
  const std::lock_guard lock(mutex_);
  AuditEntry entry;
  entry.sequence = head_.size + 1;
  entry.time = head_.size == 0 ? now : std::max(now, last_);
  entry.actor = actor_;
  entry.event = event;
  entry.fields = fields;
  entry.previous = head_.hash;
  const std::string canonical = TRY_WITH("audit entry", CanonicalEntry(entry));
  const AuditHead head{entry.sequence, crypto::Sha256(AsBytes(canonical))};
  Bytes signed_head = SignHead(*key_, head);
  const std::string line = FormatLine(canonical, signed_head);
  if (line.size() > kMaxEntryBytes) return Error(ErrorCode::kLimit, "audit entry: longer than 262144 bytes");
  // What we could not read back must not be written.
  TRY_WITH("audit entry", ParseLine(line));
  TRY(sink_->Append(line));
  head_ = head;
  last_ = entry.time;
  signed_head_ = std::move(signed_head);
  return head;
}

AuditHead AuditLog::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

Result<Bytes> AuditLog::SignedHead() const {
  const std::lock_guard lock(mutex_);
  if (signed_head_.empty()) return Error(ErrorCode::kNotFound, "the audit log is empty");
  return signed_head_;
}

}  // namespace cloister::audit
