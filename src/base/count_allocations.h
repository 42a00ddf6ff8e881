// Counts what a thread allocates, in tests and benchmarks. One file of a program includes this: it replaces the
// program's malloc, which operator new and the libraries in C use too. Under a sanitizer nothing is replaced and
// nothing counted.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLOISTER_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CLOISTER_SANITIZED 1
#endif

namespace cloister {

inline thread_local std::uint64_t thread_allocations = 0;

#ifdef CLOISTER_SANITIZED
inline constexpr bool kAllocationsAreCounted = false;
#else
inline constexpr bool kAllocationsAreCounted = true;
#endif

// How often `work` allocates on this thread.
template <class Work>
std::uint64_t CountAllocations(Work&& work) {
  const std::uint64_t before = thread_allocations;
  work();
  return thread_allocations - before;
}

}  // namespace cloister

#ifndef CLOISTER_SANITIZED
// glibc's own, under the names that stay when malloc is replaced.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* old, std::size_t size);

extern "C" void* malloc(std::size_t size) noexcept {
  ++cloister::thread_allocations;
  return __libc_malloc(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) noexcept {
  ++cloister::thread_allocations;
  return __libc_calloc(count, size);
}
extern "C" void* realloc(void* old, std::size_t size) noexcept {
  ++cloister::thread_allocations;
  return __libc_realloc(old, size);
}
#endif
