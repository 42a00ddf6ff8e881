// Whom the room talks to. `service` fills these over HTTP; tests fill them in the same process.
#pragma once

#include <chrono>
#include <memory>

#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "formats/json.h"
#include "room/state.h"

namespace cloister::room {

// One TLS connection to one broker. Evidence names its exporter, so it is never silently replaced by another.
class BrokerConnection {
 public:
  virtual ~BrokerConnection() = default;
  // SHA-256 of the SPKI of the key that the broker showed, which is the one the init-data names.
  virtual const contract::Digest& peer_key() const = 0;
  virtual const std::array<std::uint8_t, contract::kExporterSize>& exporter() const = 0;
  // POSTs JSON and gives the JSON of a 200; the session cookie is kept. Errors: what the broker's error object says
  // (kRefused, kUntrusted, kExhausted and so on), kUnavailable, kMalformed.
  virtual Result<formats::Json> Post(std::string_view path, const formats::Json& body) = 0;
};

class BrokerDialer {
 public:
  virtual ~BrokerDialer() = default;
  // kUntrusted: somebody else's key answered.
  virtual Result<std::unique_ptr<BrokerConnection>> Dial(const contract::InitData::Broker& broker) = 0;
};

// Hears how far the room is. Gets state names only, never details.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void Entered(State state) = 0;
};

// A clock that only goes forward, and waiting by it: for answers that are held.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual std::chrono::milliseconds Now() = 0;
  virtual void WaitUntil(std::chrono::milliseconds time) = 0;
};

// The kernel's. A host that slows it down only makes itself wait.
class SteadyPace final : public Pace {
 public:
  std::chrono::milliseconds Now() override;
  void WaitUntil(std::chrono::milliseconds time) override;
};

}  // namespace cloister::room
