// AES-256-CTR with the processor's 512-bit AES instructions (VAES, AVX-512).
#pragma once

#include <cstddef>
#include <cstdint>

namespace cloister::crypto::internal {

constexpr std::size_t kVaesRoundKeys = 15 * 16;

// Whether this machine has the instructions.
bool HasVaes();

// FIPS 197 §5.2: the 15 round keys of a 32-byte key.
void ExpandKeyVaes(const std::uint8_t* key, std::uint8_t* round_keys);

// out[0, size) := keystream from counter block `first_block` on. `out` may have any size and place.
void ReadKeystreamVaes(const std::uint8_t* round_keys, std::uint64_t first_block, std::uint8_t* out, std::size_t size);

}  // namespace cloister::crypto::internal
