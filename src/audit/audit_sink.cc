#include "audit/audit_sink.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace cloister::audit {
namespace {

Error System(std::string_view what) {
  return Error(ErrorCode::kIo, "audit log: " + std::string(what) + ": " + std::generic_category().message(errno));
}

Result<Bytes> ReadDescriptor(int descriptor, std::uint64_t size) {
  if (size > kMaxLogBytes) return Error(ErrorCode::kLimit, "audit log: larger than 1 GiB");
  Bytes content(size);
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::pread(descriptor, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return System("read");
    done += static_cast<std::size_t>(got);
  }
  return content;
}

Result<void> SyncDirectory(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return System("open directory");
  const int result = ::fsync(directory);
  ::close(directory);
  if (result != 0) return System("fsync directory");
  return {};
}

}  // namespace

Result<void> MemoryAuditSink::Append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  lines_.insert(lines_.end(), line.begin(), line.end());
  return {};
}

Result<Bytes> MemoryAuditSink::ReadAll() {
  const std::lock_guard lock(mutex_);
  return lines_;
}

Result<std::unique_ptr<FileAuditSink>> FileAuditSink::Open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return System("open " + path.string());
  std::unique_ptr<FileAuditSink> sink(new FileAuditSink(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error(ErrorCode::kConflict, "audit log: another process or sink writes " + path.string());
    return System("lock");
  }
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return System("stat");
  const Bytes content = TRY(ReadDescriptor(descriptor, static_cast<std::uint64_t>(status.st_size)));
  const auto last_newline = std::find(content.rbegin(), content.rend(), '\n');
  sink->size_ = static_cast<std::uint64_t>(content.rend() - last_newline);
  if (sink->size_ != content.size() && ::ftruncate(descriptor, static_cast<off_t>(sink->size_)) != 0) {
    return System("remove an unfinished line");
  }
  if (::fsync(descriptor) != 0) return System("fsync");
  TRY(SyncDirectory(path));
  return sink;
}

FileAuditSink::~FileAuditSink() { ::close(descriptor_); }

Result<void> FileAuditSink::Append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (broken_) return Error(ErrorCode::kIo, "audit log: a write has failed before; open it again");
  Result<void> result;
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      result = System("write");
      break;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (result && ::fdatasync(descriptor_) != 0) result = System("fsync");
  if (result) {
    size_ += line.size();
    return result;
  }
  broken_ = ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0 || ::fsync(descriptor_) != 0;
  return result;
}

Result<Bytes> FileAuditSink::ReadAll() {
  const std::lock_guard lock(mutex_);
  return ReadDescriptor(descriptor_, size_);
}

}  // namespace cloister::audit
