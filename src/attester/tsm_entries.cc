#include "attester/tsm_entries.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cloister::attester {
namespace {

Error FromErrno(const std::string& what, int number) {
  const std::string message = "configfs-tsm: " + what + ": " + std::strerror(number);
  switch (number) {
    case ENOENT: return Error(ErrorCode::kNotFound, message);
    case ENXIO:  // no guest driver is registered
    case EBUSY:
    case ETIMEDOUT:
    case EINTR: return Error(ErrorCode::kUnavailable, message);
    default: return Error(ErrorCode::kIo, message);
  }
}

// An open attribute. The kernel refuses O_RDWR, so it is opened for one direction.
class File {
 public:
  static Result<File> Open(const std::filesystem::path& path, int flags) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return FromErrno("open " + path.filename().string(), errno);
    return File(descriptor);
  }
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int descriptor() const { return descriptor_; }
  // Closing is what hands inblob to the driver.
  int Close() { return close(std::exchange(descriptor_, -1)); }

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace

Result<void> ConfigfsTsm::Make(const std::string& entry) {
  if (mkdir((folder_ / entry).c_str(), 0700) != 0) return FromErrno("make an entry in " + folder_.string(), errno);
  return {};
}

Result<void> ConfigfsTsm::Remove(const std::string& entry) {
  if (rmdir((folder_ / entry).c_str()) != 0) return FromErrno("remove an entry", errno);
  return {};
}

Result<Bytes> ConfigfsTsm::Read(const std::string& entry, const std::string& attribute, std::size_t maximum) {
  const File file = TRY(File::Open(folder_ / entry / attribute, O_RDONLY));
  Bytes content;
  while (true) {
    std::uint8_t buffer[4096];
    const ssize_t count = read(file.descriptor(), buffer, sizeof buffer);
    if (count < 0) return FromErrno("read " + attribute, errno);
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > maximum) {
      return Error(ErrorCode::kLimit, "configfs-tsm: " + attribute + " has over " + std::to_string(maximum) + " bytes");
    }
    content.insert(content.end(), buffer, buffer + count);
  }
}

Result<void> ConfigfsTsm::Write(const std::string& entry, const std::string& attribute, ByteSpan content) {
  File file = TRY(File::Open(folder_ / entry / attribute, O_WRONLY));
  const ssize_t count = write(file.descriptor(), content.data(), content.size());
  if (count < 0) return FromErrno("write " + attribute, errno);
  if (static_cast<std::size_t>(count) != content.size()) {
    return Error(ErrorCode::kIo, "configfs-tsm: wrote " + std::to_string(count) + " of " +
                                     std::to_string(content.size()) + " bytes of " + attribute);
  }
  if (file.Close() != 0) return FromErrno("close " + attribute, errno);
  return {};
}

}  // namespace cloister::attester
