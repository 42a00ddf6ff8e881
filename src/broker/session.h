// Sessions of the KBS protocol: a nonce, then what was attested with it.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "appraisal/appraiser.h"
#include "base/time.h"
#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "crypto/random.h"
#include "evidence/verify.h"
#include "token/jwk.h"

namespace cloister::broker {

using Exporter = std::array<std::uint8_t, contract::kExporterSize>;

// The TLS connection that a call came over.
struct Connection {
  std::optional<Exporter> exporter;  // RFC 8446 §7.5 with contract::kExporterLabel; none without TLS
  contract::Digest local_key{};      // SHA-256 of the SPKI of the key that we showed on it
};

// What a session is bound to when it is a room's, so that a contract-bound key may go to it.
struct RoomBinding {
  contract::EvidenceBinding evidence;
  contract::InitData init_data;
};

// An attestation that succeeded. Immutable; shared with whoever is serving a call of the session.
struct Attested {
  evidence::VerifiedEvidence evidence;
  token::TeePublicKey tee_key;
  appraisal::BoundClaims bound;  // with `nonce`, for appraising again once a certification is shown
  Bytes nonce;
  appraisal::Appraisal appraisal;
  std::optional<RoomBinding> room;  // none: a plain client of KBS 0.4.0
  bool contracted = false;          // its binding names a contract that the owner imported
};

// What /attest needs of a session that /auth made.
struct PendingAttestation {
  std::string nonce;  // base64, as the challenge wrote it
  std::string tee;
};

// Safe to use from several threads. Ids are unguessable; a session dies with its lifetime, and with a failed
// attestation, which burns its nonce.
class SessionTable {
 public:
  struct Limits {
    std::size_t count = 4096;
    Seconds lifetime = Seconds(300);  // from /auth, not renewed
    // Of a room's session, from its attestation. A room that worked longer attests again before it reports.
    Seconds room_lifetime = Seconds(600);
  };
  SessionTable(Limits limits, crypto::RandomSource& random) : limits_(limits), random_(random) {}

  struct New {
    std::string id;     // 32 hex digits
    std::string nonce;  // base64 of 32 random bytes
    Time expires;
  };
  // Where the table is full the oldest session that was never attested makes room, else the oldest of whom no imported
  // contract speaks. kLimit: all are rooms under contracts.
  Result<New> Begin(std::string tee, Time now);
  // Takes the nonce for one attempt: whatever comes of it, no second attempt finds it. kUntrusted (no such session);
  // kExpired; kReplayed: attested already, or an attempt is under way or failed.
  Result<PendingAttestation> TakeForAttestation(std::string_view id, Time now);
  // kUntrusted, kExpired: the session ended meanwhile.
  Result<void> Finish(std::string_view id, std::shared_ptr<const Attested> attested, Time now);
  void Remove(std::string_view id);
  // kUntrusted, kExpired; kRefused: not attested.
  Result<std::shared_ptr<const Attested>> Find(std::string_view id, Time now) const;

  void Sweep(Time now);
  std::size_t size() const;

 private:
  enum class State { kAuthed, kAttesting, kAttested };
  struct Session {
    std::string nonce;
    std::string tee;
    Time begun;
    Time expires;
    State state = State::kAuthed;
    std::shared_ptr<const Attested> attested;
  };
  Result<std::map<std::string, Session, std::less<>>::const_iterator> Locate(std::string_view id, Time now) const;
  void SweepLocked(Time now);

  Limits limits_;
  crypto::RandomSource& random_;
  mutable std::mutex mutex_;
  std::map<std::string, Session, std::less<>> sessions_;
};

}  // namespace cloister::broker
