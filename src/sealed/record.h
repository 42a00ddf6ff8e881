// What the owner's broker keeps of a sealed file, so that it can hand out its file key later without having the file.
#pragma once

#include "formats/json.h"
#include "sealed/age_header.h"

namespace cloister::sealed {

// A sealed file's integrity, as a contract has it.
struct SealedFile {
  crypto::Sha256Digest sha256{};  // of the whole ciphertext file
  std::uint64_t size = 0;         // bytes
  bool operator==(const SealedFile&) const = default;
};

struct SealingRecord {
  Bytes header;                          // the age header, as it stands in the file
  crypto::Sha256Digest header_sha256{};  // of `header`
  SealedFile file;

  // {"encryption": "age-v1", "header": base64, "header_sha256": hex, "sha256": hex, "size": bytes}
  formats::Json ToJson() const;
  // Success proves that `header` is an age header with the stated digest; not that it belongs to the file.
  // kMalformed, kUnsupported: another encryption, kMismatch: the digest is of another header.
  static Result<SealingRecord> FromJson(const formats::Json& json);

  bool operator==(const SealingRecord&) const = default;
};

}  // namespace cloister::sealed
