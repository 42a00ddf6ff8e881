// Http that waits: between requests to one service, and before it tries again.
#pragma once

#include <chrono>
#include <map>

#include "collateral/http.h"
#include "crypto/random.h"

namespace cloister::collateral {

// Time that passes, lent by the program. Its zero means nothing.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual std::chrono::milliseconds Now() const = 0;
  virtual void Wait(std::chrono::milliseconds duration) = 0;
};

struct Patience {
  int attempts = 4;                              // in all
  std::chrono::milliseconds first_wait{1'000};   // doubled each time, of which a random half is kept
  std::chrono::milliseconds longest_wait{60'000};
  std::chrono::milliseconds longest_retry_after{120'000};  // what a service may ask for; more ends it
  std::chrono::milliseconds between_requests{1'000};       // to one service, from start to start
};

// Tries again what may help: no answer, and status 429, 500, 502, 503 or 504, when the service asked for it (Retry-After in
// seconds, RFC 9110 §10.2.3) or after a wait that doubles, with jitter. `inner`, `pace` and `random` are borrowed. Not to be
// shared between threads.
class PatientHttp final : public Http {
 public:
  PatientHttp(Http& inner, Pace& pace, crypto::RandomSource& random, const Patience& patience)
      : inner_(inner), pace_(pace), random_(random), patience_(patience) {}

  // As Http::Send. kUnavailable, saying what came last: every attempt failed, or the service wants a longer wait.
  Result<HttpAnswer> Send(const HttpRequest& request) override;

 private:
  void WaitForTurn(const std::string& origin);
  std::chrono::milliseconds Jittered(std::chrono::milliseconds wait);
  Http& inner_;
  Pace& pace_;
  crypto::RandomSource& random_;
  Patience patience_;
  std::map<std::string, std::chrono::milliseconds> next_turn_;  // by origin
};

}  // namespace cloister::collateral
