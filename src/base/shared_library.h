// A library that is loaded when it is needed, not when the program starts: one that most machines lack, or a large one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace cloister {

class SharedLibrary {
 public:
  // When the library's own calls of others are looked up: all at once, or each when it is first made.
  enum class Binding : std::uint8_t { kNow, kLazy };

  // `name` is a path, or a name that the loader looks up, such as "libnvidia-ml.so.1". Only what the operator installed or
  // named should come here: loading runs code. kNotFound: it cannot be loaded.
  static Result<SharedLibrary> Load(const std::string& name, Binding binding = Binding::kNow);

  // Finds `symbol` as `*function`. kUnsupported: the library has none.
  template <class Function>
  Result<void> Find(const char* symbol, Function** function) const {
    *function = reinterpret_cast<Function*>(TRY(Address(symbol)));
    return {};
  }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  explicit SharedLibrary(void* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  Result<void*> Address(const char* symbol) const;
  std::unique_ptr<void, Close> handle_;
  std::string name_;
};

}  // namespace cloister
