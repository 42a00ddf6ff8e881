// AES-256 in counter mode as a source of many random bytes that several threads read at any place.
#pragma once

#include "base/secret_bytes.h"

namespace cloister::crypto {

// The keystream of AES-256-CTR (NIST SP 800-38A §6.5) from counter block 0 on: block i is AES(key, i as 16 bytes, big-endian).
// Uses the processor's 512-bit AES where it has it, after a comparison with OpenSSL at the first use in the process; else
// OpenSSL. Reading is const and safe for several threads at once. Moved, never copied; the key is wiped.
class Keystream {
 public:
  static constexpr std::size_t kKeySize = 32;
  static constexpr std::size_t kBlockSize = 16;

  explicit Keystream(ByteSpan key);  // CHECKs the size
  // From now on the keystream of another key. Not while another thread reads.
  void SetKey(ByteSpan key);

  // Overwrites `out` with the keystream from block `first_block` on; first_block + blocks < 2^64.
  void Read(std::uint64_t first_block, MutableByteSpan out) const;

 private:
  SecretBytes keys_;  // the key; behind it 15 round keys where the processor's instructions are used
};

}  // namespace cloister::crypto
