// A few threads that do the parts of one job together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace cloister::training::internal {

// Idle threads look for work for some microseconds, then sleep in the kernel: a step of training has two jobs, one right behind
// the other, and whoever shares the processors must not pay for our waiting. A thread that doesn't get a processor delays
// nothing, since the others take its parts.
class Pool {
 public:
  // `threads` >= 1, the caller included.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Calls work(i) once for each i < count < 2^32, in any order, on any thread; returns when all are done. One job at a time.
  template <class Work>
  void Run(std::size_t count, const Work& work) {
    if (workers_.empty() || count <= 1) {
      for (std::size_t i = 0; i < count; ++i) work(i);
      return;
    }
    RunJob(count, [](const void* context, std::size_t i) { (*static_cast<const Work*>(context))(i); }, &work);
  }

 private:
  using Function = void (*)(const void* context, std::size_t i);
  void RunJob(std::size_t count, Function function, const void* context);
  void Work();
  void Drain(std::uint32_t job);

  // ticket_ = number of the job << 32 | parts that nobody has taken. Whoever takes a part of a job by lowering it may read the
  // job's function: RunJob does not return, and so starts no other job, before every part that was taken is done.
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<std::uint32_t> job_{0};
  std::atomic<std::uint32_t> done_{0};
  std::atomic<bool> stop_{false};
  std::uint32_t count_ = 0;
  Function function_ = nullptr;
  const void* context_ = nullptr;
  std::vector<std::thread> workers_;
};

}  // namespace cloister::training::internal
