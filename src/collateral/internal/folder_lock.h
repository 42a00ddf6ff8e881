// Keeps other processes from changing a folder.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace cloister::collateral::internal {

// Held while it lives. Taking it waits until nobody else holds it.
class FolderLock {
 public:
  static Result<FolderLock> Take(const std::filesystem::path& file);  // kIo
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace cloister::collateral::internal
