// A store that forgets when it goes: for tests, and for what need not outlive the process.
#pragma once

#include <memory>

#include "store/store.h"

namespace cloister::store {

// A transaction works on a copy of everything, so it is for small stores.
class MemoryStore final : public Store {
 public:
  MemoryStore();
  ~MemoryStore() override;

  Result<void> Transact(const Work& work) override;
  Result<void> Read(const ReadWork& work) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cloister::store
