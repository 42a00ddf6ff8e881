// Files as streams: read once from start to end, written so that nobody sees half of one.
#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace cloister::sealed {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }
  void Close();

 private:
  int fd_;
};

class InputFile {
 public:
  static Result<InputFile> Open(const std::filesystem::path& path);
  // Bytes in the file at the time it was opened.
  std::uint64_t size() const { return size_; }
  // Fills `out` as far as the file reaches; fewer bytes mean its end. kIo.
  Result<std::size_t> Read(MutableByteSpan out);
  // The same from `offset` on, wherever Read is. Many threads may call it.
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan out) const;

 private:
  InputFile(std::filesystem::path path, Descriptor file, std::uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}
  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t size_;
};

// A file beside its destination until Commit(); removed if that never comes.
class OutputFile {
 public:
  static Result<OutputFile> Create(const std::filesystem::path& destination);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;

  Result<void> Write(ByteSpan bytes);
  // Makes the content durable, then the name.
  Result<void> Commit();

 private:
  OutputFile(std::filesystem::path destination, std::string temporary, Descriptor file)
      : destination_(std::move(destination)), temporary_(std::move(temporary)), file_(std::move(file)) {}
  std::filesystem::path destination_;
  std::string temporary_;  // empty: nothing to remove
  Descriptor file_;
};

}  // namespace cloister::sealed
