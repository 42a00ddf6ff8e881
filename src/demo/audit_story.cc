#include "demo/audit_story.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace cloister::demo {
namespace {

using Broker = AuditStory::Broker;
using Room = AuditStory::Room;
using audit::AuditEntry;
using contract::AccountEvent;

// What happened to one dataset in one run.
struct Deed {
  AccountEvent event;
  std::string run;
  std::string dataset;
  auto operator<=>(const Deed&) const = default;
  std::string Text() const {
    return std::string(contract::AccountEventName(event)) + " of dataset " + dataset + " for run " + run;
  }
};

std::string Field(const AuditEntry& entry, std::string_view name) {
  const auto value = entry.fields.GetString(name);
  return value ? *value : "";
}

std::optional<Deed> DeedOf(const AuditEntry& entry) {
  const std::map<std::string_view, AccountEvent> events = {{"run.reserved", AccountEvent::kReserve},
                                                           {"run.released", AccountEvent::kRelease},
                                                           {"run.settled", AccountEvent::kSettle}};
  const auto found = events.find(entry.event);
  if (found == events.end()) return std::nullopt;
  return Deed{found->second, Field(entry, "run"), Field(entry, "dataset")};
}

std::vector<Deed> DeedsOf(const Broker& broker) {
  std::vector<Deed> deeds;
  for (const AuditEntry& entry : broker.log) {
    if (auto deed = DeedOf(entry)) deeds.push_back(*std::move(deed));
  }
  return deeds;
}

// The runs for which `event` is told of a dataset with a budget. The consumer's own pipeline has none: its key goes to rooms
// that are then refused for what is in it, and nobody pays.
std::set<std::string> RunsThatCost(const AuditStory& story, std::string_view event) {
  std::set<std::string> runs;
  for (const Broker& broker : story.brokers) {
    for (const AuditEntry& entry : broker.log) {
      if (entry.event == event && !contract::IsUnmetered(Field(entry, "account"))) runs.insert(Field(entry, "run"));
    }
  }
  return runs;
}

// Reserved, and neither given back nor lapsed by now.
std::set<std::string> RunsReserved(const AuditStory& story) {
  std::set<Deed> open;
  for (const Broker& broker : story.brokers) {
    for (const AuditEntry& entry : broker.log) {
      const Deed deed{AccountEvent::kReserve, Field(entry, "run"), Field(entry, "dataset")};
      if (entry.event == "run.reserved" && !contract::IsUnmetered(Field(entry, "account"))) open.insert(deed);
      if (entry.event == "run.given-back") open.erase(deed);
    }
  }
  for (const contract::AccountEntry& entry : story.accounts.value_or(std::vector<contract::AccountEntry>{})) {
    if (entry.event == AccountEvent::kLapse) open.erase({AccountEvent::kReserve, entry.run, entry.dataset});
  }
  std::set<std::string> runs;
  for (const Deed& deed : open) runs.insert(deed.run);
  return runs;
}

bool Did(const Broker& broker, AccountEvent event, const std::string& run) {
  const auto deeds = DeedsOf(broker);
  return std::any_of(deeds.begin(), deeds.end(),
                     [&](const Deed& deed) { return deed.event == event && deed.run == run; });
}

bool Entered(const Room& room, std::string_view state) {
  return std::find(room.states.begin(), room.states.end(), state) != room.states.end();
}

std::string CompareWithLedger(const Broker& broker, const std::vector<contract::AccountEntry>& accounts) {
  const auto told = DeedsOf(broker);
  const std::set<Deed> in_log(told.begin(), told.end());
  std::set<Deed> on_ledger;
  for (const contract::AccountEntry& entry : accounts) {
    // A lapse is the ledger's to tell.
    if (entry.broker == broker.did && entry.event != AccountEvent::kLapse)
      on_ledger.insert({entry.event, entry.run, entry.dataset});
  }
  for (const Deed& deed : in_log) {
    if (!on_ledger.contains(deed))
      return "the log of " + broker.name + " tells the " + deed.Text() + ", the ledger does not";
  }
  for (const Deed& deed : on_ledger) {
    if (!in_log.contains(deed))
      return "the ledger tells the " + deed.Text() + " by " + broker.name + ", whose log does not";
  }
  return "";
}

std::string CheckOrder(const Broker& broker) {
  std::map<std::pair<std::string, std::string>, AccountEvent> last;
  for (const Deed& deed : DeedsOf(broker)) {
    const auto before = last.find({deed.run, deed.dataset});
    const bool right = deed.event == AccountEvent::kReserve ? true
                       : deed.event == AccountEvent::kRelease
                           ? before != last.end() && before->second != AccountEvent::kSettle
                           : before != last.end() && before->second != AccountEvent::kReserve;
    if (!right) return "the log of " + broker.name + " tells the " + deed.Text() + " without what comes before it";
    last[{deed.run, deed.dataset}] = deed.event;
  }
  return "";
}

std::string CompareKeysWithRooms(const AuditStory& story) {
  for (const std::string& run : RunsThatCost(story, "run.released")) {
    const bool asked = std::any_of(story.rooms.begin(), story.rooms.end(),
                                   [&](const Room& room) { return room.run == run && Entered(room, "release"); });
    if (!asked && !story.false_rooms.contains(run)) return "keys were released for run " + run + ", of which no room came to its state release";
  }
  for (const Room& room : story.rooms) {
    for (const Broker& broker : story.brokers) {
      if (Entered(room, "open") && !Did(broker, AccountEvent::kRelease, room.run)) {
        return "the room of run " + room.run + " opened data, and the log of " + broker.name + " tells no release";
      }
      if (room.came_out && !Did(broker, AccountEvent::kSettle, room.run)) {
        return "run " + room.run + " came out, and the log of " + broker.name + " tells no settlement";
      }
    }
  }
  return "";
}

// The states in a room's own log.
std::vector<std::string> StatesIn(const std::vector<AuditEntry>& log) {
  const std::set<std::string_view> others = {"room.reserved", "room.failed", "room.done"};
  std::vector<std::string> states;
  for (const AuditEntry& entry : log) {
    if (!others.contains(entry.event) && entry.event.starts_with("room.")) states.push_back(entry.event.substr(5));
  }
  return states;
}

std::string CompareRoom(const Room& room, const AuditStory& story) {
  if (!room.log) return room.done ? "run " + room.run + " ended well, and its room left no log" : "";
  const std::string whose = "the log of the room of run " + room.run;
  const std::vector<std::string> states = StatesIn(*room.log);
  // A room that is killed may have written down a state that it had no time to say.
  const bool same =
      room.killed
          ? std::equal(room.states.begin(), room.states.end(), states.begin(),
                       states.begin() + static_cast<std::ptrdiff_t>(std::min(states.size(), room.states.size())))
          : room.states == states;
  if (!same) return whose + " tells other states than the operator saw";
  const std::string_view end = room.log->empty() ? "" : std::string_view(room.log->back().event);
  if (room.done && end != "room.done") return whose + " does not tell that it ended well";
  if (!room.done && !room.killed && end != "room.failed") return whose + " does not tell that it failed";
  std::set<Deed> reserved;
  for (const Broker& broker : story.brokers) {
    for (Deed& deed : DeedsOf(broker)) reserved.insert(std::move(deed));
  }
  for (const AuditEntry& entry : *room.log) {
    const Deed deed{AccountEvent::kReserve, room.run, Field(entry, "dataset")};
    if (entry.event == "room.reserved" && story.put_back.empty() && !reserved.contains(deed))
      return whose + " tells the " + deed.Text() + ", no broker's does";
  }
  return "";
}

std::string Count(std::string_view what, std::size_t allowed, std::size_t got) {
  if (got <= allowed) return "";
  return "expected " + std::to_string(allowed) + " runs " + std::string(what) + ", the logs tell of " +
         std::to_string(got);
}

std::string CheckAllowed(const AuditStory& story) {
  const auto runs = static_cast<std::size_t>(story.allowed.runs);
  const std::size_t keys = runs + static_cast<std::size_t>(story.allowed.keys);
  const std::size_t reservations = keys + static_cast<std::size_t>(story.allowed.reservations);
  const auto out =
      std::count_if(story.rooms.begin(), story.rooms.end(), [](const Room& room) { return room.came_out; });
  std::string problem = Count("to come out", runs, static_cast<std::size_t>(out));
  if (problem.empty())
    problem = Count("whose keys were released", keys, RunsThatCost(story, "run.released").size());
  if (problem.empty())
    problem = Count("to be reserved for", reservations, RunsReserved(story).size());
  return problem;
}

// Whether `log` has a refusal with the reason that `refusal` gives.
bool TellsRefusal(const std::vector<AuditEntry>& log, const Refusal& refusal) {
  return std::any_of(log.begin(), log.end(), [&](const AuditEntry& entry) {
    std::string why = Field(entry, "why");
    if (why.ends_with("…")) why.resize(why.size() - std::string_view("…").size());
    return entry.event.ends_with(".refused") && !why.empty() && refusal.reason.find(why) != std::string::npos;
  });
}

std::string CheckRefusal(const AuditStory& story) {
  if (!story.refusal) return "";
  const std::string missing = "the log of the " + story.refusal->by + " tells no refusal for the reason that it gave";
  if (story.refusal->by == "ledger") return TellsRefusal(story.ledger, *story.refusal) ? "" : missing;
  for (const Broker& broker : story.brokers) {
    if (story.put_back.contains(broker.name)) continue;
    if (story.refusal->by == "broker of " + broker.name) return TellsRefusal(broker.log, *story.refusal) ? "" : missing;
  }
  return "";
}

}  // namespace

std::string FindContradiction(const AuditStory& story) {
  std::string problem;
  for (const Broker& broker : story.brokers) {
    if (problem.empty() && story.accounts) problem = CompareWithLedger(broker, *story.accounts);
    if (problem.empty()) problem = CheckOrder(broker);
  }
  if (problem.empty()) problem = CompareKeysWithRooms(story);
  for (const Room& room : story.rooms) {
    if (problem.empty()) problem = CompareRoom(room, story);
  }
  if (problem.empty()) problem = CheckAllowed(story);
  if (problem.empty()) problem = CheckRefusal(story);
  return problem;
}

}  // namespace cloister::demo
