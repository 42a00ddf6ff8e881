// Whole age v1 files: sealed in memory or as a stream, opened all or not at all.
#pragma once

#include <filesystem>

#include "sealed/record.h"

namespace cloister::sealed {

// Seals `plaintext` to `recipients` (1 to 64), with a fresh file key. Errors as AgeHeader::Create.
Result<Bytes> Seal(std::span<const Recipient> recipients, ByteSpan plaintext, crypto::RandomSource& random);

// Seals file `source` to `destination` in constant memory; `destination` appears complete and durable, or not at all.
// Errors as AgeHeader::Create; kNotFound, kIo.
Result<SealingRecord> SealFile(std::span<const Recipient> recipients, const std::filesystem::path& source,
                               const std::filesystem::path& destination, crypto::RandomSource& random);

// The record of a file that is sealed already, maybe by another tool. The header is parsed, nothing is opened.
Result<SealingRecord> Describe(ByteSpan file);
Result<SealingRecord> DescribeFile(const std::filesystem::path& path);

// The plaintext of `file`. Success proves that it is complete and in order, as sealed by someone who had its file key.
// Whoever knows a recipient can seal to it: compare the file's SHA-256 (OpenPrivately) to know that it is the one
// meant. The failing part can be told by opening in the same steps: AgeHeader::ParseFront, AgeHeader::Unwrap
// (FailureOfUnwrap), OpenPayload. As AgeHeader::ParseFront and AgeHeader::Unwrap; kMalformed, kUntrusted: the payload
// is cut, longer, or changed.
Result<SecretBytes> Open(const Identity& identity, ByteSpan file);
// As above with the file key, after the header's MAC verified under it (kUntrusted).
Result<SecretBytes> Open(const FileKey& file_key, ByteSpan file);

// The plaintext of what follows the header: 16 bytes of nonce, then the chunks. kMalformed, kUntrusted.
Result<SecretBytes> OpenPayload(const FileKey& file_key, ByteSpan payload);

// As Open for the file at `path`, without reading all of it into memory first. kNotFound, kIo; kLimit: over 4 GiB.
Result<SecretBytes> OpenFile(const Identity& identity, const std::filesystem::path& path);

// The plaintext of the file at `path`, which others may write to while we read: what is hashed is what is decrypted,
// from one reading. The plaintext is given out only after the hash of the whole file is `expected.sha256`, and every
// chunk verified. Memory: the plaintext and about 6 MiB. Uses up to four threads while it runs, as all opening does.
// kMismatch: another size or hash. Others as Open; kNotFound, kIo.
Result<SecretBytes> OpenPrivately(const std::filesystem::path& path, const SealedFile& expected,
                                  const FileKey& file_key);

}  // namespace cloister::sealed
