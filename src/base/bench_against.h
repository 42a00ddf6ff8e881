// For benchmarks: something against the bare primitive that limits it, in one run.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <chrono>

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

// Seconds of the clock that `work` takes. What it returns is let go of afterwards.
template <class Work>
double SecondsOf(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  [[maybe_unused]] const auto kept = work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The same for work of several threads or processes, by the clock: `work` and `other` return the seconds that count. The
// counter "other_ms" is the other's best.
template <class Work, class Other>
void BenchAgainstByTheClock(benchmark::State& state, Work&& work, Other&& other) {
  double best_work = 1e9, best_other = 1e9;
  for (auto _ : state) {
    best_other = std::min(best_other, other());
    const double time = work();
    state.SetIterationTime(time);
    best_work = std::min(best_work, time);
  }
  state.counters["ratio"] = best_work / best_other;
  state.counters["other_ms"] = best_other * 1e3;
}

}  // namespace cloister
