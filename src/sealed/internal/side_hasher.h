// SHA-256 on a thread beside the one that reads and decrypts: the digest costs twice what the cipher does.
#pragma once

#include <future>

#include "crypto/hash.h"

namespace cloister::sealed {

// Not to be shared between threads. Where no thread can be had, hashing happens at the next call.
class SideHasher {
 public:
  // Returns at once; `data` must stay as it is until the next call of any function returns.
  void Update(ByteSpan data) {
    Wait();
    running_ = std::async(std::launch::async | std::launch::deferred, [this, data] { hasher_.Update(data); });
  }
  // Returns when all data was hashed.
  void Wait() {
    if (running_.valid()) running_.get();
  }
  crypto::Sha256Digest Finish() {
    Wait();
    return hasher_.Finish();
  }

  SideHasher() = default;
  SideHasher(const SideHasher&) = delete;
  SideHasher& operator=(const SideHasher&) = delete;

 private:
  crypto::Sha256Hasher hasher_;
  std::future<void> running_;  // its destructor waits, so `hasher_` and the data outlive the thread
};

}  // namespace cloister::sealed
