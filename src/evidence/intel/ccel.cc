#include "evidence/intel/ccel.h"

#include "evidence/tpm/event_json.h"

namespace cloister::evidence {

formats::Json VerifiedCcel::Claims() const { return formats::Json::Object{{"uefi_event_logs", UefiEventLogs(log_)}}; }

Result<VerifiedCcel> VerifyCcel(const VerifiedTdx& verified, ByteSpan log) {
  EventLog parsed = TRY(ParseEventLog(log));
  const auto replayed = TRY(ReplayCcel(parsed));
  const auto& quoted = verified.report().rtmr;
  for (std::size_t i = 0; i < replayed.size(); ++i) {
    if (replayed[i] != quoted[i]) {
      return Error(ErrorCode::kMismatch,
                   "event log: its replay does not give RTMR" + std::to_string(i) + " of the quote");
    }
  }
  return VerifiedCcel(std::move(parsed));
}

}  // namespace cloister::evidence
