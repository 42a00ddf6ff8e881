// A file that exists in memory only, under a name that DuckDB can open.
#pragma once

#include <string>

#include "base/bytes.h"

namespace cloister::tables::internal {

// Overwritten with zeros before it is let go.
class MemoryFile {
 public:
  // kIo: the operating system refused.
  static Result<MemoryFile> Create(ByteSpan content);
  ~MemoryFile();
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&&) = delete;

  // "/proc/self/fd/N", valid while this object lives.
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  MemoryFile(int descriptor, std::size_t size) : descriptor_(descriptor), size_(size) {}
  int descriptor_;
  std::size_t size_;
};

}  // namespace cloister::tables::internal
