#include "tables/internal/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cloister::tables::internal {
namespace {

bool WriteAt(int descriptor, ByteSpan bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

Result<MemoryFile> MemoryFile::Create(ByteSpan content) {
  const int descriptor = memfd_create("cloister-table", MFD_CLOEXEC);
  if (descriptor < 0) return Error(ErrorCode::kIo, "memory file: the system gives none");
  MemoryFile file(descriptor, content.size());
  if (!WriteAt(descriptor, content, 0)) return Error(ErrorCode::kIo, "memory file: cannot be written");
  return file;
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

MemoryFile::~MemoryFile() {
  if (descriptor_ < 0) return;
  const Bytes zeros(std::min<std::size_t>(size_, std::size_t{1} << 20), 0);
  for (std::size_t offset = 0; offset < size_; offset += zeros.size()) {
    WriteAt(descriptor_, ByteSpan(zeros).first(std::min(zeros.size(), size_ - offset)), offset);
  }
  close(descriptor_);
}

}  // namespace cloister::tables::internal
