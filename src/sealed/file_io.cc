#include "sealed/internal/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace cloister::sealed {
namespace {

Error IoError(const std::filesystem::path& path, std::string_view doing) {
  const int number = errno;
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error(code, path.string() + ": " + std::string(doing) + ": " + std::strerror(number));
}

}  // namespace

Descriptor::~Descriptor() { Close(); }

void Descriptor::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Result<InputFile> InputFile::Open(const std::filesystem::path& path) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return IoError(path, "cannot open");
  struct stat info;
  if (fstat(file.get(), &info) != 0) return IoError(path, "cannot read");
  if (S_ISDIR(info.st_mode)) return Error(ErrorCode::kIo, path.string() + ": expected a file, found a folder");
  return InputFile(path, std::move(file), static_cast<std::uint64_t>(info.st_size));
}

Result<std::size_t> InputFile::Read(MutableByteSpan out) {
  std::size_t used = 0;
  while (used < out.size()) {
    const ssize_t got = read(file_.get(), out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return IoError(path_, "cannot read");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

Result<std::size_t> InputFile::ReadAt(std::uint64_t offset, MutableByteSpan out) const {
  std::size_t used = 0;
  while (used < out.size()) {
    const ssize_t got = pread(file_.get(), out.data() + used, out.size() - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return IoError(path_, "cannot read");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

Result<OutputFile> OutputFile::Create(const std::filesystem::path& destination) {
  std::string name = destination.string() + ".XXXXXX";
  Descriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) return IoError(destination, "cannot write beside it");
  OutputFile out(destination, std::move(name), std::move(file));
  if (fchmod(out.file_.get(), 0644) != 0) return IoError(destination, "cannot set its mode");  // ciphertext is public
  return out;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : destination_(std::move(other.destination_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)) {}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<void> OutputFile::Write(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(file_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return IoError(destination_, "cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<void> OutputFile::Commit() {
  if (fsync(file_.get()) != 0) return IoError(destination_, "cannot write");
  file_.Close();
  if (rename(temporary_.c_str(), destination_.c_str()) != 0) return IoError(destination_, "cannot rename");
  temporary_.clear();
  const std::filesystem::path folder = destination_.has_parent_path() ? destination_.parent_path() : ".";
  const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) return IoError(folder, "cannot make the new name durable");
  return {};
}

}  // namespace cloister::sealed
