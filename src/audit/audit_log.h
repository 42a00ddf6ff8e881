// What happened, in order, each entry chained to the one before and signed: nobody can later change, remove, insert or
// reorder entries unnoticed, the log's owner included once somebody else has seen a head.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "formats/json.h"

namespace cloister::audit {

inline constexpr std::size_t kMaxEntryBytes = 256u << 10;  // one line

// How long the log is and where its chain stands. Whoever keeps one notices if the log is later cut or rewritten.
struct AuditHead {
  std::uint64_t size = 0;       // entries
  crypto::Sha256Digest hash{};  // of the last entry; zeros for none

  bool operator==(const AuditHead&) const = default;
};

// Where lines go.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Adds `line` (with its newline) and makes it durable. After a failure the line is not there.
  virtual Result<void> Append(std::string_view line) = 0;
  // All lines so far.
  virtual Result<Bytes> ReadAll() = 0;
};

class MemoryAuditSink final : public AuditSink {
 public:
  Result<void> Append(std::string_view line) override;
  Result<Bytes> ReadAll() override;

 private:
  std::mutex mutex_;
  Bytes lines_;
};

// A JSON Lines file, mode 0600, locked against a second writer; fsync after each line.
class FileAuditSink final : public AuditSink {
 public:
  // Opens or makes the file. A last line without a newline (a write that a crash cut off, so never reported as done) is
  // removed. kConflict: another process writes it; kIo.
  static Result<std::unique_ptr<FileAuditSink>> Open(const std::filesystem::path& path);
  ~FileAuditSink() override;
  Result<void> Append(std::string_view line) override;
  Result<Bytes> ReadAll() override;

 private:
  explicit FileAuditSink(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// One entry whose place in the chain and whose signature hold.
struct AuditEntry {
  std::uint64_t sequence = 0;       // from 1
  Time time{};                      // as the writer's clock said; never earlier than the entry before
  std::string actor;                // who writes the log
  std::string event;                // such as "contract.activated"
  formats::Json fields;             // an object
  crypto::Sha256Digest previous{};  // hash of the entry before; zeros for the first
  crypto::Sha256Digest hash{};      // SHA-256 of this entry's canonical JSON
};

// Verifies the lines of a log: every hash, every link, every signature, sequence and time order. With `seen`, also that
// the log still contains that head. Success proves that the key's owner wrote exactly these entries in this order, and
// that none before the last was removed; without a `seen` head it does not prove that there were no more after it.
// Errors name the entry: kMalformed (not an entry in its canonical form), kUntrusted (hash, link, order, or signature),
// kStale (shorter than `seen`), kMismatch (another history than `seen`), kLimit (a line too long).
Result<std::vector<AuditEntry>> VerifyAuditLog(ByteSpan log, const crypto::VerifyingKey& key,
                                               const std::optional<AuditHead>& seen);

// Writes entries. Safe to use from several threads.
class AuditLog {
 public:
  // Continues what `sink` holds, after verifying it under the key's public half and against `seen` (see
  // VerifyAuditLog); an empty sink begins a new log. `actor` names the writer in each entry.
  static Result<std::unique_ptr<AuditLog>> Open(std::unique_ptr<AuditSink> sink, std::string actor,
                                                crypto::SigningKey key, const std::optional<AuditHead>& seen);

  // Chains, signs and stores an entry; on success it is durable, and the new head comes back. `event` is a-z, 0-9, ".",
  // "_" and "-" (kUsage); `fields` is a JSON object (kUsage), and holds no secrets. A `now` before the last entry's
  // time is written as that time. kLimit: larger than kMaxEntryBytes; kIo: nothing was added.
  Result<AuditHead> Append(std::string_view event, const formats::Json& fields, Time now);

  AuditHead head() const;
  const std::string& actor() const { return actor_; }
  // The log as VerifyAuditLog takes it.
  Result<Bytes> ReadAll() const { return sink_->ReadAll(); }

 private:
  AuditLog(std::unique_ptr<AuditSink> sink, std::string actor, crypto::SigningKey key, AuditHead head, Time last);

  std::unique_ptr<AuditSink> sink_;
  std::string actor_;
  crypto::SigningKey key_;
  mutable std::mutex mutex_;
  AuditHead head_;
  Time last_{};
};

}  // namespace cloister::audit
