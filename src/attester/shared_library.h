// A library that may or may not be on a machine, loaded when it is needed: collectors for hardware that most machines lack
// leave no trace in programs that only might use them.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace cloister::attester {

class SharedLibrary {
 public:
  // `name` is a path, or a name that the loader looks up, such as "libnvidia-ml.so.1". Only what the operator installed or
  // named should come here: loading runs code. kNotFound: it cannot be loaded.
  static Result<SharedLibrary> Load(const std::string& name);

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

}  // namespace cloister::attester
