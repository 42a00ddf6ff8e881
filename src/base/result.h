// Result<T>: a value, or the reason why there is none. Shaped after std::expected (GCC 12 has none).
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace cloister {

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}       // NOLINT: implicit, so `return value;` works
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // The value. Calling these on a failure is a bug and ends the program.
  T& operator*() & { return Get(); }
  const T& operator*() const& { return const_cast<Result*>(this)->Get(); }
  T&& operator*() && { return std::move(Get()); }
  T* operator->() { return &Get(); }
  const T* operator->() const { return &const_cast<Result*>(this)->Get(); }

  // The failure. Calling these on a value is a bug and ends the program.
  const Error& error() const& {
    CHECK(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    CHECK(!has_value());
    return std::get<1>(std::move(state_));
  }

 private:
  T& Get() {
    CHECK(has_value());
    return std::get<0>(state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  struct Nothing {};
  using Value = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit, so `return Error(…);` works

  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  Nothing operator*() const { return {}; }
  const Error& error() const& {
    CHECK(error_.has_value());
    return *error_;
  }
  Error&& error() && {
    CHECK(error_.has_value());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

// auto quote = TRY(ParseQuote(raw)); gives the value, or returns the failure to our caller. May be nested. Not for
// coroutines.
#define TRY(...) CLOISTER_TRY_NAMED(CLOISTER_TRY_NAME(__COUNTER__), , __VA_ARGS__)

// As TRY, and says in which part it failed: TRY_WITH("init-data", ParseToml(text)).
#define TRY_WITH(context, ...) CLOISTER_TRY_NAMED(CLOISTER_TRY_NAME(__COUNTER__), .With(context), __VA_ARGS__)

#define CLOISTER_TRY_NAME(number) CLOISTER_TRY_NAME_(number)
#define CLOISTER_TRY_NAME_(number) try_result_##number
#define CLOISTER_TRY_NAMED(name, with, ...)                                 \
  __extension__({                                                           \
    auto name = (__VA_ARGS__);                                              \
    if (!name) [[unlikely]] return std::move(name).error() with;            \
    *std::move(name);                                                       \
  })

}  // namespace cloister
