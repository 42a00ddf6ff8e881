#include "room/journal.h"

namespace cloister::room {

Result<void> Journal::Begin(std::shared_ptr<const crypto::SigningKey> key, std::string actor) {
  std::unique_ptr<audit::AuditSink> sink = TRY(audit::FileAuditSink::Open(file_));
  log_ = TRY(audit::AuditLog::Open(std::move(sink), std::move(actor), std::move(key), std::nullopt));
  for (const Waiting& entry : std::exchange(waiting_, {})) TRY(log_->Append(entry.event, entry.fields, entry.time));
  return {};
}

Result<void> Journal::Write(std::string_view event, formats::Json fields, Time now) {
  if (log_ == nullptr) {
    waiting_.push_back({std::string(event), std::move(fields), now});
    return {};
  }
  TRY(log_->Append(event, fields, now));
  return {};
}

crypto::Sha256Digest Journal::head() const {
  return log_ == nullptr ? crypto::Sha256Digest{} : log_->head().hash;
}

}  // namespace cloister::room
