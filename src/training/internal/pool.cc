#include "training/internal/pool.h"

#include "base/check.h"

namespace cloister::training::internal {
namespace {

constexpr int kLooks = 500;  // about 10 microseconds

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Returns when `value` is no longer `old`.
void WaitForChange(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < kLooks; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Pool::Pool(int threads) {
  CHECK(threads >= 1);
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { Work(); });
}

Pool::~Pool() {
  stop_.store(true, std::memory_order_relaxed);
  job_.fetch_add(1, std::memory_order_release);
  job_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Pool::Work() {
  for (std::uint32_t seen = 0;;) {
    WaitForChange(job_, seen);
    seen = job_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    Drain(seen);
  }
}

void Pool::Drain(std::uint32_t job) {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (ticket >> 32 == job && static_cast<std::uint32_t>(ticket) != 0) {
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    const std::uint32_t count = count_;
    function_(context_, static_cast<std::uint32_t>(ticket) - 1);
    if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == count) done_.notify_one();
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void Pool::RunJob(std::size_t count, Function function, const void* context) {
  CHECK(count < std::size_t{1} << 32);
  count_ = static_cast<std::uint32_t>(count);
  function_ = function;
  context_ = context;
  done_.store(0, std::memory_order_relaxed);
  const std::uint32_t job = job_.load(std::memory_order_relaxed) + 1;
  ticket_.store(std::uint64_t{job} << 32 | count_, std::memory_order_release);
  job_.store(job, std::memory_order_release);
  job_.notify_all();
  Drain(job);
  for (std::uint32_t done = done_.load(std::memory_order_acquire); done != count_; done = done_.load(std::memory_order_acquire)) {
    WaitForChange(done_, done);
  }
}

}  // namespace cloister::training::internal
