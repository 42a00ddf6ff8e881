// The event log of a TD (CCEL), held against the registers of its quote.
#pragma once

#include "evidence/intel/verify.h"
#include "evidence/tpm/event_log.h"

namespace cloister::evidence {

// A log whose digests are as authentic as the quote. Its data count only where DigestOf says so.
class VerifiedCcel {
 public:
  const EventLog& log() const { return log_; }
  // {"uefi_event_logs": […]} (event_json.h), to be merged into VerifiedTdx::Claims().
  formats::Json Claims() const;

 private:
  friend Result<VerifiedCcel> VerifyCcel(const VerifiedTdx& verified, ByteSpan log);
  explicit VerifiedCcel(EventLog log) : log_(std::move(log)) {}
  EventLog log_;
};

// Success proves that replaying `log` gives exactly RTMR0 to RTMR3 of the quote. kMismatch: it does not; errors of
// ParseEventLog and ReplayCcel.
Result<VerifiedCcel> VerifyCcel(const VerifiedTdx& verified, ByteSpan log);

}  // namespace cloister::evidence
