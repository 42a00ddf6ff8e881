// Whether the parties' audit logs tell the same story of what happened: brokers, rooms and ledger each wrote their own.
#pragma once

#include <optional>
#include <set>

#include "audit/audit_log.h"
#include "contract/account_entry.h"

namespace cloister::demo {

// Who refused, and in which words.
struct Refusal {
  std::string by;  // "room", "broker of hospital-a", "ledger", …
  std::string reason;
};

// How many runs may have come how far.
struct AllowedRuns {
  int runs = 0;          // honest ones, which come out
  int keys = 0;          // refused after keys were released
  int reservations = 0;  // refused after some brokers reserved
};

// All logs were verified, and hold what was written since the story began.
struct AuditStory {
  struct Broker {
    std::string name;  // "hospital-a"
    std::string did;
    std::vector<audit::AuditEntry> log;
  };
  // One launch of a room.
  struct Room {
    std::string run;
    std::vector<std::string> states;  // as the operator saw them
    bool done = false;
    bool killed = false;
    bool came_out = false;                              // something lies in its folder beside its log
    std::optional<std::vector<audit::AuditEntry>> log;  // none: it had no key yet, or no broker vouches for the key
  };
  std::vector<Broker> brokers;
  std::vector<Room> rooms;
  std::vector<audit::AuditEntry> ledger;                        // the ledger's own audit log
  std::optional<std::vector<contract::AccountEntry>> accounts;  // entries on the ledger; none: it did not answer
  AllowedRuns allowed;
  std::set<std::string> false_rooms = {};  // runs that a false room on genuine hardware plays, of which nobody sees states
  std::set<std::string> put_back = {};     // brokers whose folder, log and all, an attack replaced by another copy meanwhile
  std::optional<Refusal> refusal;  // none: nobody refused
};

// Empty where all agree; otherwise, for people, what one says and another does not:
//   1. brokers and ledger name the same reservations, releases and settlements;
//   2. each broker released only what it had reserved, and settled only what it had released;
//   3. keys were released only in runs whose room came to its state "release", and in all where it opened data;
//   4. a room's own log names the states that the operator saw, its failure or its end, and only reservations that a
//   broker
//      made; what came out was settled by every broker;
//   5. no more runs came out, got keys or were reserved for than `allowed` says;
//   6. a broker or ledger that is said to have refused wrote so, with the same reason.
// What a broker wrote into a folder that was put back is lost, and not missed.
std::string FindContradiction(const AuditStory& story);

}  // namespace cloister::demo
