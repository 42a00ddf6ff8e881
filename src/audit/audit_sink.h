// Where an audit log's lines are kept.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/bytes.h"

namespace cloister::audit {

inline constexpr std::size_t kMaxLogBytes = std::size_t{1} << 30;  // of one file that is read
inline constexpr std::size_t kFullFile = std::size_t{16} << 20;     // a file so long is closed, and another one begun

// Where lines go.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Adds `line` (with its newline) and makes it durable. After a failure the line is not there.
  virtual Result<void> Append(std::string_view line) = 0;
  // All lines so far; of a log in several files, those of the last, whose first line is the last of the one before.
  virtual Result<Bytes> ReadAll() = 0;
};

class MemoryAuditSink final : public AuditSink {
 public:
  Result<void> Append(std::string_view line) override;
  Result<Bytes> ReadAll() override;

 private:
  std::mutex mutex_;
  Bytes lines_;
};

// A JSON Lines file, mode 0600, locked against a second writer; fsync after each line. When it is full it goes on under the
// name FILE.N, N counting from 1, and FILE begins anew with its last line, so that the chain can be followed and nothing
// that grows has to be read at a start. Closed files are the owner's to archive.
class FileAuditSink final : public AuditSink {
 public:
  // Opens or makes the file. A last line without a newline (a write that a crash cut off, so never reported as done) is
  // removed. kConflict: another process or sink writes it; kIo.
  static Result<std::unique_ptr<FileAuditSink>> Open(const std::filesystem::path& path, std::size_t full = kFullFile);
  ~FileAuditSink() override;
  Result<void> Append(std::string_view line) override;
  Result<Bytes> ReadAll() override;

 private:
  FileAuditSink(int descriptor, std::filesystem::path path, std::size_t full)
      : descriptor_(descriptor), path_(std::move(path)), full_(full) {}
  Result<void> BeginNewFile();

  std::mutex mutex_;
  int descriptor_;
  const std::filesystem::path path_;
  const std::size_t full_;
  std::uint64_t size_ = 0;
  std::string last_line_;
  bool broken_ = false;  // half a line may stand at the end, and could not be taken away
};

}  // namespace cloister::audit
