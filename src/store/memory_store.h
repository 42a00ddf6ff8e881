// A store that forgets when it goes: for tests, and for what need not outlive the process.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "store/store.h"

namespace cloister::store {

class MemoryStore final : public Store {
 public:
  using Table = std::map<Bytes, Bytes>;
  using Tables = std::map<std::string, Table, std::less<>>;

  Result<void> Transact(const Work& work) override;
  Result<void> Read(const ReadWork& work) override;

 private:
  std::mutex mutex_;
  std::atomic<std::thread::id> holder_{};
  Tables tables_;
};

}  // namespace cloister::store
