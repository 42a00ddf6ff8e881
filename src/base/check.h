// CHECK(condition): what must hold if our code is right. A bug ends the program, because going on could release something.
#pragma once

namespace cloister {

[[noreturn]] void FailCheck(const char* condition, const char* file, int line);

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::cloister::FailCheck(#condition, __FILE__, __LINE__))

}  // namespace cloister
