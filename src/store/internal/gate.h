// Lets one transaction run at a time, and ends the program where one begins inside another.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace cloister::store::internal {

class Gate {
 public:
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(gate) {
      CHECK(gate_.holder_.load() != std::this_thread::get_id());
      gate_.mutex_.lock();
      gate_.holder_ = std::this_thread::get_id();
    }
    ~Pass() {
      gate_.holder_ = std::thread::id();
      gate_.mutex_.unlock();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Gate& gate_;
  };

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> holder_{};
};

}  // namespace cloister::store::internal
