// Refusals in an audit log, bounded: whoever can make a service refuse must not be able to fill its disk.
#pragma once

#include <array>

#include "audit/audit_log.h"

namespace cloister::audit {

// Writes `CALL.refused` entries from token buckets, one for each kind of asker, so that what strangers are refused does
// not hide what attested rooms are. Each holds kBurst entries and gets one back every kRefill. What does not fit is
// counted, and the count is written (`refusals.suppressed`) as soon as there is room again. Safe to use from several threads.
class RefusalLog {
 public:
  static constexpr int kBurst = 128;
  static constexpr Seconds kRefill{30};         // 2 880 entries a day for good
  static constexpr std::size_t kMaxWhy = 1024;  // bytes of the reason that are kept

  enum class Asker { kStranger, kAttested, kOwner };  // anybody; whoever a session was attested to; the log's owner

  // `log` outlives it.
  explicit RefusalLog(AuditLog& log) : log_(log) {}

  // Adds `code` and `why` of `error` to `fields` (ids and digests only) and writes them. Returns `error`, or why it
  // could not be written: a refusal that leaves no trace is no better than an answer that leaves none.
  Error Write(Asker asker, std::string_view call, formats::Json fields, const Error& error, Time now);
  // Writes `event`, which is no refusal but as free for an asker to bring about, from the same bucket. Where it does not
  // fit it is counted with the refusals.
  Result<void> WriteEvent(Asker asker, std::string_view event, const formats::Json& fields, Time now);
  // Writes what was suppressed, if there is room again. To be called now and then.
  Result<void> Tend(Time now);

 private:
  struct Bucket {
    int entries = kBurst;
    Time refilled{};
    std::uint64_t suppressed = 0;
    Time since{};  // of the first that was suppressed
  };
  Bucket& BucketOf(Asker asker) { return buckets_[static_cast<std::size_t>(asker)]; }
  static void Refill(Bucket& bucket, Time now);
  Result<void> WriteSuppressed(Asker asker, Time now);

  AuditLog& log_;
  std::mutex mutex_;
  std::array<Bucket, 3> buckets_;
};

}  // namespace cloister::audit
