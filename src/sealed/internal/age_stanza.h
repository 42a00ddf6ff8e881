// The X25519 stanza (C2SP age.md, "X25519 recipient stanza").
#pragma once

#include "sealed/age_header.h"

namespace cloister::sealed {

inline constexpr std::string_view kX25519Type = "X25519";
inline constexpr std::size_t kBodyColumns = 64;

// `file_key` wrapped for `recipient`, with a fresh ephemeral key. kUntrusted: the recipient is a point of low order.
Result<AgeStanza> WrapX25519(const Recipient& recipient, const FileKey& file_key, crypto::RandomSource& random);

// kMalformed: not the form of this type, or a share of low order. kMismatch: for somebody else.
Result<FileKey> UnwrapX25519(const AgeStanza& stanza, const Identity& identity);

}  // namespace cloister::sealed
