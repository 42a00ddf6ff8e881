// Where an audit log's lines are kept.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "base/bytes.h"

namespace cloister::audit {

inline constexpr std::size_t kMaxLogBytes = std::size_t{1} << 30;  // a longer log is closed, and another one begun

// Where lines go.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Adds `line` (with its newline) and makes it durable. After a failure the line is not there.
  virtual Result<void> Append(std::string_view line) = 0;
  // All lines so far.
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

// A JSON Lines file, mode 0600, locked against a second writer; fsync after each line.
class FileAuditSink final : public AuditSink {
 public:
  // Opens or makes the file. A last line without a newline (a write that a crash cut off, so never reported as done) is
  // removed. kConflict: another process or sink writes it; kIo.
  static Result<std::unique_ptr<FileAuditSink>> Open(const std::filesystem::path& path);
  ~FileAuditSink() override;
  Result<void> Append(std::string_view line) override;
  Result<Bytes> ReadAll() override;

 private:
  explicit FileAuditSink(int descriptor) : descriptor_(descriptor) {}
  std::mutex mutex_;
  int descriptor_;
  std::uint64_t size_ = 0;
  bool broken_ = false;  // half a line may stand at the end, and could not be taken away
};

}  // namespace cloister::audit
