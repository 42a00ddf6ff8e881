// What happened, in order, each entry chained to the one before and signed: nobody can later change, remove, insert or
// reorder entries unnoticed, the log's owner included once somebody else has seen a head.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "audit/audit_sink.h"
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

// The signed head in COSE_Sign1 form (what each line carries as its signature), to publish or to hand to another party.
// kMalformed, kUntrusted. Success proves that the key's owner had a log with this head.
Result<AuditHead> VerifySignedHead(ByteSpan signed_head, const crypto::VerifyingKey& key);

// Verifies the lines of a log: every hash, every link, every signature, sequence and time order. With `seen`, also that
// the log still contains that head. Success proves that the key's owner wrote exactly these entries in this order, and
// that none before the last was removed; without a `seen` head it does not prove that there were no more after it.
// Errors name the entry: kMalformed (not an entry in its canonical form), kUntrusted (hash, link, order, or signature),
// kStale (shorter than `seen`), kMismatch (another history than `seen`), kLimit (a line too long).
Result<std::vector<AuditEntry>> VerifyAuditLog(ByteSpan log, const crypto::VerifyingKey& key,
                                               const std::optional<AuditHead>& seen);

// The same of a file that continues closed ones, which begins with an entry other than the first: success says nothing
// about what stands before it. `seen` must be an entry of this file, or later (kMismatch).
Result<std::vector<AuditEntry>> VerifyContinuedAuditLog(ByteSpan log, const crypto::VerifyingKey& key,
                                                        const std::optional<AuditHead>& seen);

// Writes entries. Safe to use from several threads.
class AuditLog {
 public:
  // Continues what `sink` holds, after verifying it under the key's public half and against `seen` (see
  // VerifyContinuedAuditLog); an empty sink begins a new log. `actor` names the writer in each entry.
  static Result<std::unique_ptr<AuditLog>> Open(std::unique_ptr<AuditSink> sink, std::string actor,
                                                crypto::SigningKey key, const std::optional<AuditHead>& seen);
  // The same with a key that its owner uses for more.
  static Result<std::unique_ptr<AuditLog>> Open(std::unique_ptr<AuditSink> sink, std::string actor,
                                                std::shared_ptr<const crypto::SigningKey> key,
                                                const std::optional<AuditHead>& seen);

  // Chains, signs and stores an entry; on success it is durable, and the new head comes back. `event` is a-z, 0-9, ".",
  // "_" and "-" (kUsage); `fields` is a JSON object (kUsage), and holds no secrets. A `now` before the last entry's
  // time is written as that time. kLimit: larger than kMaxEntryBytes; kIo: nothing was added.
  Result<AuditHead> Append(std::string_view event, const formats::Json& fields, Time now);

  AuditHead head() const;
  // The head as VerifySignedHead takes it; kNotFound while the log is empty.
  Result<Bytes> SignedHead() const;
  const std::string& actor() const { return actor_; }
  // The log as VerifyAuditLog takes it.
  Result<Bytes> ReadAll() const { return sink_->ReadAll(); }

 private:
  AuditLog(std::unique_ptr<AuditSink> sink, std::string actor, std::shared_ptr<const crypto::SigningKey> key);

  std::unique_ptr<AuditSink> sink_;
  std::string actor_;
  std::shared_ptr<const crypto::SigningKey> key_;
  mutable std::mutex mutex_;
  AuditHead head_;
  Time last_{};
  Bytes signed_head_;
};

}  // namespace cloister::audit
