#include "base/shared_library.h"

#include <dlfcn.h>

namespace cloister {

void SharedLibrary::Close::operator()(void* handle) const { dlclose(handle); }

Result<SharedLibrary> SharedLibrary::Load(const std::string& name, Binding binding) {
  void* const handle = dlopen(name.c_str(), (binding == Binding::kNow ? RTLD_NOW : RTLD_LAZY) | RTLD_LOCAL);
  if (handle == nullptr) return Error(ErrorCode::kNotFound, name + " cannot be loaded");
  return SharedLibrary(handle, name);
}

Result<void*> SharedLibrary::Address(const char* symbol) const {
  void* const address = dlsym(handle_.get(), symbol);
  if (address == nullptr) return Error(ErrorCode::kUnsupported, name_ + " has no " + symbol);
  return address;
}

}  // namespace cloister
