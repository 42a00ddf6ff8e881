#include "broker/session.h"

#include <algorithm>

namespace cloister::broker {
namespace {

constexpr std::size_t kNonceSize = 32;
constexpr std::size_t kIdSize = 16;

// Whose session goes first where the table is full: 0 before 1.
enum class Standing { kNeverAttested, kStranger, kContracted };

Error NoSession() { return Error(ErrorCode::kUntrusted, "session: expected one that /auth began, there is none such"); }

}  // namespace

void SessionTable::SweepLocked(Time now) {
  std::erase_if(sessions_, [&](const auto& item) { return now >= item.second.expires; });
}

Result<SessionTable::New> SessionTable::Begin(std::string tee, Time now) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= limits_.count) SweepLocked(now);
  if (sessions_.size() >= limits_.count) {
    const auto standing = [](const Session& session) {
      if (session.state == State::kAuthed) return Standing::kNeverAttested;
      // An attempt that is under way ends by itself.
      return session.attested && !session.attested->contracted ? Standing::kStranger : Standing::kContracted;
    };
    const auto oldest = std::min_element(sessions_.begin(), sessions_.end(), [&](const auto& a, const auto& b) {
      return std::pair(standing(a.second), a.second.begun) < std::pair(standing(b.second), b.second.begun);
    });
    if (oldest == sessions_.end() || standing(oldest->second) == Standing::kContracted) {
      return Error(ErrorCode::kLimit, "session: expected fewer than " + std::to_string(limits_.count) + " at a time");
    }
    sessions_.erase(oldest);
  }
  New fresh{ToHex(crypto::RandomBytes(random_, kIdSize)), ToBase64(crypto::RandomBytes(random_, kNonceSize)),
            now + limits_.lifetime};
  sessions_.insert_or_assign(fresh.id,
                             Session{fresh.nonce, std::move(tee), now, fresh.expires, State::kAuthed, nullptr});
  return fresh;
}

Result<std::map<std::string, SessionTable::Session, std::less<>>::const_iterator> SessionTable::Locate(
    std::string_view id, Time now) const {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return NoSession();
  if (now >= at->second.expires || now < at->second.begun) {
    return Error(ErrorCode::kExpired,
                 "session: expected one that lasts, this one ended at " + ToRfc3339(at->second.expires));
  }
  return at;
}

Result<PendingAttestation> SessionTable::TakeForAttestation(std::string_view id, Time now) {
  const std::lock_guard lock(mutex_);
  const auto at = TRY(Locate(id, now));
  if (at->second.state != State::kAuthed) {
    return Error(ErrorCode::kReplayed, "session: expected a nonce that was not used, this one was; begin with /auth");
  }
  sessions_[at->first].state = State::kAttesting;
  return PendingAttestation{at->second.nonce, at->second.tee};
}

Result<void> SessionTable::Finish(std::string_view id, std::shared_ptr<const Attested> attested, Time now) {
  const std::lock_guard lock(mutex_);
  const auto at = TRY(Locate(id, now));
  CHECK(at->second.state == State::kAttesting);
  Session& session = sessions_[at->first];
  session.state = State::kAttested;
  if (attested->room) session.expires = now + limits_.room_lifetime;
  session.attested = std::move(attested);
  return {};
}

void SessionTable::Remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(id);
  if (at != sessions_.end()) sessions_.erase(at);
}

Result<std::shared_ptr<const Attested>> SessionTable::Find(std::string_view id, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto at = TRY(Locate(id, now));
  if (at->second.state != State::kAttested) {
    return Error(ErrorCode::kRefused, "session: expected one that was attested, this one was not yet");
  }
  return at->second.attested;
}

void SessionTable::Sweep(Time now) {
  const std::lock_guard lock(mutex_);
  SweepLocked(now);
}

std::size_t SessionTable::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace cloister::broker
