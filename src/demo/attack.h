// Attacks on a whole clean-room job: each is a real run with real processes, with one thing changed, and has to be refused by
// the component that should refuse it. One file each in attacks/.
#pragma once

#include <span>

#include "demo/stage.h"

namespace cloister::demo {

struct Attack {
  std::string_view name;        // as its file, with dashes: "flipped-ciphertext"
  std::string_view what;        // who does what, one sentence for people
  std::string_view refused_by;  // "room", "broker of hospital-a", "ledger", "researcher", …
  std::string_view reason;      // what the refusal's own words must contain
  // Plays it on `stage`. An Error: it could not be played. kRefused with no Refusal: nobody refused.
  Result<Refusal> (*play)(Stage& stage);
};

// All attacks, by file name.
std::span<const Attack> AllAttacks();

struct AttackOutcome {
  std::string name;
  std::string what;
  std::string refused_by;  // who did refuse
  std::string reason;      // its words
  bool ok = false;         // the right one refused for the right reason, nothing came out, nobody was billed, audits agree
  std::string problem;     // why it isn't ok
  double seconds = 0;

  formats::Json ToJson() const;
};

// Plays one attack and judges it: never an Error, since an attack that could not be played shows nothing and is not ok.
AttackOutcome PlayAttack(const Attack& attack, Stage& stage);

// kUsage: no attack of that name. "all": every one.
Result<std::vector<const Attack*>> FindAttacks(std::string_view name);

}  // namespace cloister::demo
