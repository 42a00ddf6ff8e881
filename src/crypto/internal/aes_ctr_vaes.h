// AES-256-CTR with the processor's wide AES instructions (VAES).
#pragma once

#include <cstddef>
#include <cstdint>

namespace cloister::crypto::internal {

constexpr std::size_t kVaesRoundKeys = 15 * 16;

// k512 needs AVX-512 too, k256 AVX2.
enum class VaesWidth : std::uint8_t { k256, k512 };

// Whether this machine has the instructions.
bool Supports(VaesWidth width);

// FIPS 197 §5.2: the 15 round keys of a 32-byte key.
void ExpandKeyVaes(const std::uint8_t* key, std::uint8_t* round_keys);

// out[0, size) := keystream from counter block `first_block` on. `out` may have any size and place.
void ReadKeystreamVaes(VaesWidth width, const std::uint8_t* round_keys, std::uint64_t first_block, std::uint8_t* out,
                       std::size_t size);

}  // namespace cloister::crypto::internal
