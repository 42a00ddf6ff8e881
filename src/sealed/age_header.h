// The header of an age v1 file (C2SP age.md, "Header"): who may open it, and the file key wrapped for each of them.
#pragma once

#include "crypto/hash.h"
#include "sealed/age_keys.h"

namespace cloister::sealed {

// Which part of opening a file failed. Error codes of header functions tell it too: see FailureOfUnwrap.
enum class AgeFailure { kHeader, kNoMatch, kHmac, kPayload };

// The 16 bytes that open one file, and no other. Whoever holds them needs no identity.
class FileKey {
 public:
  static constexpr std::size_t kSize = 16;
  static FileKey Generate(crypto::RandomSource& random);
  static Result<FileKey> FromBytes(SecretBytes bytes);  // kMalformed: not 16 bytes
  const SecretBytes& secret() const { return bytes_; }

 private:
  explicit FileKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

struct AgeStanza {
  std::string type;                    // "X25519", or any other that we pass over
  std::vector<std::string> arguments;  // those after the type
  Bytes body;
};

// A header that follows the grammar. That alone proves nothing: Unwrap() and VerifyMac() say whether it is authentic.
class AgeHeader {
 public:
  // Limits of ours; the format states none.
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10;
  static constexpr std::size_t kMaxStanzas = 64;
  static constexpr std::size_t kMaxArgumentLine = 4096;
  static constexpr std::size_t kMaxBody = 4096;

  // Reads the header that `file` starts with; the payload starts at encoded().size().
  // kMalformed; kUnsupported: another version; kLimit.
  static Result<AgeHeader> ParseFront(ByteSpan file);
  // As ParseFront, and nothing follows (kMalformed).
  static Result<AgeHeader> Parse(ByteSpan header);
  // A header that gives `file_key` to each of `recipients` (1 to 64), each with an ephemeral key of its own.
  // kUsage: no recipient or too many. kUntrusted: a recipient is a point of low order.
  static Result<AgeHeader> Create(std::span<const Recipient> recipients, const FileKey& file_key,
                                  crypto::RandomSource& random);

  const std::vector<AgeStanza>& stanzas() const { return stanzas_; }
  // The bytes as received: what Digest() is over.
  ByteSpan encoded() const { return encoded_; }
  crypto::Sha256Digest Digest() const { return crypto::Sha256(encoded_); }

  // The file key, by the first X25519 stanza that is for `identity`, and after the header's MAC verified under it: so
  // the one who sealed the file wrote this very header. Never give a header to this that a stranger brings: see
  // README.md. kMalformed: a stanza of type X25519 that is not one, a share of low order, scrypt among other stanzas;
  // kUnsupported: a scrypt stanza; kMismatch: no stanza is for `identity`; kUntrusted: the MAC does not verify.
  Result<FileKey> Unwrap(const Identity& identity) const;

  // kUntrusted: the MAC does not verify under `file_key`.
  Result<void> VerifyMac(const FileKey& file_key) const;

 private:
  AgeHeader() = default;
  std::vector<AgeStanza> stanzas_;
  Bytes encoded_;
  std::size_t mac_scope_ = 0;  // from the first byte to the third '-' of the end line
  crypto::Sha256Digest mac_{};
};

// The stanza's text in its one form (argument line, wrapped body).
std::string WriteStanza(const AgeStanza& stanza);

// Which part failed when AgeHeader::Unwrap gave `error`.
AgeFailure FailureOfUnwrap(const Error& error);

}  // namespace cloister::sealed
