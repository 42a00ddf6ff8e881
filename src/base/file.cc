#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cloister {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error IoError(const std::filesystem::path& path, std::string_view doing) {
  const int number = errno;
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error(code, path.string() + ": " + std::string(doing) + ": " + std::strerror(number));
}

template <class Buffer, class MakeBuffer>
Result<Buffer> ReadInto(const std::filesystem::path& path, std::size_t maximum, MakeBuffer make) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return IoError(path, "cannot open");
  struct stat info;
  if (fstat(file.get(), &info) != 0) return IoError(path, "cannot read");
  if (S_ISDIR(info.st_mode)) return Error(ErrorCode::kIo, path.string() + ": expected a file, found a folder");
  // Pipes and FUSE files may state no size, so the end is found by reading.
  Buffer out = make(0);
  std::size_t capacity = std::min<std::size_t>(maximum, info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : 4096);
  Buffer chunk = make(capacity + 1);
  std::size_t used = 0;
  for (;;) {
    auto room = [&]() -> MutableByteSpan {
      if constexpr (std::is_same_v<Buffer, SecretBytes>) return chunk.ExposeSecretForWriting();
      else return chunk;
    }();
    const ssize_t got = read(file.get(), room.data() + used, room.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return IoError(path, "cannot read");
    used += static_cast<std::size_t>(got);
    if (used > maximum) {
      return Error(ErrorCode::kLimit,
                   path.string() + ": expected at most " + std::to_string(maximum) + " bytes, the file has more");
    }
    if (got == 0) {
      Buffer exact = make(used);
      MutableByteSpan to = [&]() -> MutableByteSpan {
        if constexpr (std::is_same_v<Buffer, SecretBytes>) return exact.ExposeSecretForWriting();
        else return exact;
      }();
      if (used > 0) std::memcpy(to.data(), room.data(), used);
      return exact;
    }
    if (used == room.size()) {
      Buffer larger = make(std::min(maximum + 1, room.size() * 2));
      MutableByteSpan to = [&]() -> MutableByteSpan {
        if constexpr (std::is_same_v<Buffer, SecretBytes>) return larger.ExposeSecretForWriting();
        else return larger;
      }();
      std::memcpy(to.data(), room.data(), used);
      chunk = std::move(larger);
    }
  }
}

}  // namespace

Result<Bytes> ReadFile(const std::filesystem::path& path, std::size_t maximum) {
  return ReadInto<Bytes>(path, maximum, [](std::size_t size) { return Bytes(size); });
}

Result<std::string> ReadTextFile(const std::filesystem::path& path, std::size_t maximum) {
  const Bytes bytes = TRY(ReadFile(path, maximum));
  return std::string(AsText(bytes));
}

Result<SecretBytes> ReadSecretFile(const std::filesystem::path& path, std::size_t maximum) {
  return ReadInto<SecretBytes>(path, maximum, [](std::size_t size) { return SecretBytes(size); });
}

Result<void> WriteFile(const std::filesystem::path& path, ByteSpan content, FileMode mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return IoError(path, "cannot write");
  const auto fail = [&](std::string_view doing) {
    const Error error = IoError(path, doing);
    unlink(temporary.c_str());
    return error;
  };
  if (fchmod(file.get(), mode == FileMode::kPrivate ? 0600 : 0644) != 0) return fail("cannot set its mode");
  while (!content.empty()) {
    const ssize_t wrote = write(file.get(), content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail("cannot write");
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
  if (fsync(file.get()) != 0) return fail("cannot make it durable");
  if (rename(temporary.c_str(), path.c_str()) != 0) return fail("cannot put it in place");
  std::filesystem::path folder = path.parent_path();
  if (folder.empty()) folder = ".";
  const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0 && fsync(directory.get()) != 0) return IoError(folder, "cannot make it durable");
  return {};
}

}  // namespace cloister
