#include "base/time.h"

#include <cstdio>

namespace cloister {
namespace {

// `count` decimal digits at the front of `text`, which loses them. -1 where they are not digits.
int TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool TakeOne(std::string_view& text, std::string_view choices) {
  if (text.empty() || choices.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string ToRfc3339(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

Result<Time> FromRfc3339(std::string_view text) {
  const Error malformed(ErrorCode::kMalformed, "expected a time such as 2026-11-20T13:00:00Z, got other text");
  const int year = TakeDigits(text, 4);
  if (year < 0 || !TakeOne(text, "-")) return malformed;
  const int month = TakeDigits(text, 2);
  if (month < 0 || !TakeOne(text, "-")) return malformed;
  const int day = TakeDigits(text, 2);
  if (day < 0 || !TakeOne(text, "Tt")) return malformed;
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeOne(text, ":")) return malformed;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !TakeOne(text, ":")) return malformed;
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 60) return malformed;
  if (TakeOne(text, ".")) {
    if (TakeDigits(text, 1) < 0) return malformed;
    while (TakeDigits(text, 1) >= 0) {
    }
  }
  int offset_minutes = 0;
  if (!TakeOne(text, "Zz")) {
    if (text.empty()) return malformed;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!TakeOne(text, "+-")) return malformed;
    const int offset_hour = TakeDigits(text, 2);
    if (offset_hour < 0 || offset_hour > 23 || !TakeOne(text, ":")) return malformed;
    const int offset_minute = TakeDigits(text, 2);
    if (offset_minute < 0 || offset_minute > 59) return malformed;
    offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  if (!text.empty()) return malformed;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return malformed;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute - offset_minutes) + Seconds(second);
}

Time SystemClock::Now() const { return std::chrono::floor<Seconds>(std::chrono::system_clock::now()); }

}  // namespace cloister
