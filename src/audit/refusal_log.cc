#include "audit/refusal_log.h"

#include <algorithm>

namespace cloister::audit {
namespace {

std::string_view AskerName(RefusalLog::Asker asker) {
  switch (asker) {
    case RefusalLog::Asker::kStranger:
      return "stranger";
    case RefusalLog::Asker::kAttested:
      return "attested";
    case RefusalLog::Asker::kOwner:
      return "owner";
  }
  CHECK(false);
}

// The first kMaxWhy bytes, without half a UTF-8 character at the end.
std::string Shortened(const std::string& why) {
  if (why.size() <= RefusalLog::kMaxWhy) return why;
  std::size_t end = RefusalLog::kMaxWhy;
  while (end > 0 && (static_cast<unsigned char>(why[end]) & 0xC0) == 0x80) --end;
  return why.substr(0, end) + "…";
}

}  // namespace

void RefusalLog::Refill(Bucket& bucket, Time now) {
  if (bucket.refilled == Time{}) bucket.refilled = now;
  // A clock that went back gives nothing.
  if (now <= bucket.refilled) return;
  const auto due = (now - bucket.refilled) / kRefill;
  bucket.refilled += due * kRefill;
  bucket.entries = static_cast<int>(std::min<std::int64_t>(kBurst, bucket.entries + due));
}

Result<void> RefusalLog::WriteSuppressed(Asker asker, Time now) {
  Bucket& bucket = BucketOf(asker);
  Refill(bucket, now);
  if (bucket.suppressed == 0 || bucket.entries == 0) return {};
  TRY(log_.Append("refusals.suppressed",
                  formats::Json::Object{
                      {"asker", AskerName(asker)}, {"count", bucket.suppressed}, {"since", ToRfc3339(bucket.since)}},
                  now));
  --bucket.entries;
  bucket.suppressed = 0;
  return {};
}

Error RefusalLog::Write(Asker asker, std::string_view call, formats::Json fields, const Error& error, Time now) {
  fields.Set("code", ErrorCodeName(error.code()));
  fields.Set("why", Shortened(error.message()));
  const auto written = WriteEvent(asker, std::string(call) + ".refused", fields, now);
  return written ? error : written.error();
}

Result<void> RefusalLog::WriteEvent(Asker asker, std::string_view event, const formats::Json& fields, Time now) {
  const std::lock_guard lock(mutex_);
  TRY(WriteSuppressed(asker, now));
  Bucket& bucket = BucketOf(asker);
  if (bucket.entries == 0) {
    if (bucket.suppressed++ == 0) bucket.since = now;
    return {};
  }
  TRY(log_.Append(event, fields, now));
  --bucket.entries;
  return {};
}

Result<void> RefusalLog::Tend(Time now) {
  const std::lock_guard lock(mutex_);
  for (const Asker asker : {Asker::kStranger, Asker::kAttested, Asker::kOwner}) TRY(WriteSuppressed(asker, now));
  return {};
}

}  // namespace cloister::audit
