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

Result<void> WriteAll(int descriptor, std::string_view line) {
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return System("write");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> Lock(int descriptor, const std::filesystem::path& path) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return System("lock");
  return Error(ErrorCode::kConflict, "audit log: another process or sink writes " + path.string());
}

// FILE.N for the next N. A file that a crash left under its closed name and its own keeps the closed one.
Result<void> GiveClosedName(const std::filesystem::path& path) {
  for (unsigned number = 1; number < 1'000'000; ++number) {
    const std::filesystem::path closed = path.string() + "." + std::to_string(number);
    if (::link(path.c_str(), closed.c_str()) == 0) return {};
    std::error_code error;
    if (errno != EEXIST) return System("close " + path.string());
    if (std::filesystem::equivalent(path, closed, error)) return {};
  }
  return Error(ErrorCode::kLimit, "audit log: too many closed files beside " + path.string());
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

Result<std::unique_ptr<FileAuditSink>> FileAuditSink::Open(const std::filesystem::path& path, std::size_t full) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return System("open " + path.string());
  std::unique_ptr<FileAuditSink> sink(new FileAuditSink(descriptor, path, full));
  TRY(Lock(descriptor, path));
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return System("stat");
  const Bytes content = TRY(ReadDescriptor(descriptor, static_cast<std::uint64_t>(status.st_size)));
  const auto last_newline = std::find(content.rbegin(), content.rend(), '\n');
  sink->size_ = static_cast<std::uint64_t>(content.rend() - last_newline);
  if (sink->size_ != content.size() && ::ftruncate(descriptor, static_cast<off_t>(sink->size_)) != 0) {
    return System("remove an unfinished line");
  }
  const std::string_view whole = AsText(content).substr(0, sink->size_);
  if (!whole.empty()) sink->last_line_ = whole.substr(whole.find_last_of('\n', whole.size() - 2) + 1);
  if (::fsync(descriptor) != 0) return System("fsync");
  TRY(SyncDirectory(path));
  return sink;
}

FileAuditSink::~FileAuditSink() { ::close(descriptor_); }

Result<void> FileAuditSink::Append(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (broken_) return Error(ErrorCode::kIo, "audit log: a write has failed before; open it again");
  if (size_ > last_line_.size() && size_ + line.size() > full_) TRY(BeginNewFile());
  Result<void> result = WriteAll(descriptor_, line);
  if (result && ::fdatasync(descriptor_) != 0) result = System("fsync");
  if (result) {
    size_ += line.size();
    last_line_ = line;
    return result;
  }
  broken_ = ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0 || ::fsync(descriptor_) != 0;
  return result;
}

Result<void> FileAuditSink::BeginNewFile() {
  const std::filesystem::path next = path_.string() + ".next";
  TRY(GiveClosedName(path_));
  ::unlink(next.c_str());
  const int descriptor = ::open(next.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return System("open " + next.string());
  auto begun = Lock(descriptor, next);
  if (begun) begun = WriteAll(descriptor, last_line_);
  if (begun && (::fsync(descriptor) != 0 || ::rename(next.c_str(), path_.c_str()) != 0)) begun = System("begin a file");
  if (begun) begun = SyncDirectory(path_);
  if (!begun) {
    ::close(descriptor);
    return begun;
  }
  ::close(descriptor_);
  descriptor_ = descriptor;
  size_ = last_line_.size();
  return {};
}

Result<Bytes> FileAuditSink::ReadAll() {
  const std::lock_guard lock(mutex_);
  return ReadDescriptor(descriptor_, size_);
}

}  // namespace cloister::audit
