// Whole files: read with a limit, written so that a reader never sees half of one.
#pragma once

#include <filesystem>

#include "base/secret_bytes.h"

namespace cloister {

enum class FileMode { kPublic, kPrivate };  // 0644, 0600

// kNotFound, kIo; kLimit: larger than `maximum` bytes.
Result<Bytes> ReadFile(const std::filesystem::path& path, std::size_t maximum);
Result<std::string> ReadTextFile(const std::filesystem::path& path, std::size_t maximum);
// Reads into memory that wipes itself.
Result<SecretBytes> ReadSecretFile(const std::filesystem::path& path, std::size_t maximum);

// Writes a file beside `path`, makes it durable (fsync), then renames it into place: on any failure what was there stays.
Result<void> WriteFile(const std::filesystem::path& path, ByteSpan content, FileMode mode);

}  // namespace cloister
