// The C interface of the Rust library in rust/: src/lib.rs there says what each function does.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cloister::policy::internal {

struct RawPolicy;

struct Slice {
  const std::uint8_t* data;
  std::size_t size;
};

struct Buffer {
  std::uint8_t* data;
  std::size_t size;
};

struct RawModule {
  Slice name;
  Slice text;
  std::uint8_t rego_v0;
};

struct RawLimits {
  std::uint64_t time_milliseconds;
  std::size_t policy_bytes;
  std::size_t result_bytes;
};

enum Status : std::int32_t {
  kOk = 0,
  kUndefined = 1,
  kMalformed = 2,
  kUnsupported = 3,
  kLimit = 4,
  kNotFound = 5,
  kEvaluation = 6,
  kInternal = 7,
};

extern "C" {
std::int32_t cloister_policy_compile(const RawModule* modules, std::size_t count, Slice data, const RawLimits* limits,
                                     RawPolicy** policy, Buffer* error);
std::int32_t cloister_policy_evaluate(const RawPolicy* policy, Slice rule, Slice input, Slice data,
                                      const std::int64_t* now, Buffer* result, Buffer* prints, Buffer* error);
void cloister_policy_free(RawPolicy* policy);
void cloister_policy_free_buffer(Buffer buffer);
}

}  // namespace cloister::policy::internal
