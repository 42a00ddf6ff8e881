// Points in time, and who says what time it is. No module below `service` reads the wall clock: time is an argument.
#pragma once

#include <chrono>

#include "base/bytes.h"

namespace cloister {

// Seconds since 1970-01-01T00:00:00Z.
using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

// "2026-11-20T13:00:00Z".
std::string ToRfc3339(Time time);
// RFC 3339 with any offset; fractions of a second are cut off. kMalformed.
Result<Time> FromRfc3339(std::string_view text);
inline Time FromUnixSeconds(std::int64_t seconds) { return Time(Seconds(seconds)); }
inline std::int64_t ToUnixSeconds(Time time) { return time.time_since_epoch().count(); }

// Says what time it is; owned by the program, lent to whoever needs more than one moment.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// The host's clock. Only apps and service make one.
class SystemClock final : public Clock {
 public:
  Time Now() const override;
};

// A clock that stands still until told otherwise; for tests.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time now) : now_(now) {}
  Time Now() const override { return now_; }
  void Advance(Seconds by) { now_ += by; }
  void Set(Time now) { now_ = now; }

 private:
  Time now_;
};

}  // namespace cloister
