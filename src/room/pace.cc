#include <thread>

#include "room/peers.h"

namespace cloister::room {

std::chrono::milliseconds SteadyPace::Now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void SteadyPace::WaitUntil(std::chrono::milliseconds time) {
  std::this_thread::sleep_until(std::chrono::steady_clock::time_point(time));
}

}  // namespace cloister::room
