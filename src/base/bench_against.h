// For benchmarks: something against the bare primitive that limits it, in one run.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>

namespace cloister {

// Runs `work` and `primitive` in turns on this thread. The benchmark's time (UseManualTime) is the thread's processor
// time in `work`; the counter "ratio" is its best over the primitive's best, since what else runs on the machine only
// adds to a time.
template <class Work, class Primitive>
void BenchAgainst(benchmark::State& state, Work&& work, Primitive&& primitive) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const auto timed = [&now](auto& run) {
    const double start = now();
    run();
    return now() - start;
  };
  work();  // fills caches
  double best_work = 1e9, best_primitive = 1e9;
  for (auto _ : state) {
    const double time = timed(work);
    state.SetIterationTime(time);
    best_work = std::min(best_work, time);
    best_primitive = std::min(best_primitive, timed(primitive));
  }
  state.counters["ratio"] = best_work / best_primitive;
}

}  // namespace cloister
