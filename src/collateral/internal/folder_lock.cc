#include "collateral/internal/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cloister::collateral::internal {

Result<FolderLock> FolderLock::Take(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0) return Error(ErrorCode::kIo, file.string() + ": cannot open: " + std::strerror(errno));
  FolderLock lock(descriptor);
  while (flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) return Error(ErrorCode::kIo, file.string() + ": cannot lock: " + std::strerror(errno));
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace cloister::collateral::internal
