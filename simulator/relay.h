// Carries bytes between a socket in the guest and a host address, as the network of a hostile host would: nothing that goes
// through is trusted, TLS is end to end.
#pragma once

#include "base/bytes.h"
#include "simulator/descriptor.h"

namespace cloister::simulator {

// `--relay NAME=HOST:PORT`: /net/NAME.sock in the guest leads to HOST:PORT.
struct Relay {
  std::string name;  // letters, digits, '-', '_'; at most 64
  std::string host;
  std::string port;
};

// kUsage.
Result<Relay> ParseRelay(std::string_view text);

// Accepts connections of `listener` in detached threads until the process ends.
void ServeRelay(Descriptor listener, Relay relay);

}  // namespace cloister::simulator
