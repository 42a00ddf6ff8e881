#include "crypto/internal/aes_ctr_vaes.h"

#include <cstring>

#include "base/cpu.h"
#include "base/secret_bytes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define CLOISTER_AES __attribute__((target("aes,avx2")))
#define CLOISTER_VAES256 __attribute__((target("aes,vaes,avx2")))
#define CLOISTER_VAES512 __attribute__((target("aes,vaes,avx2,avx512f,avx512bw,avx512dq,avx512vl")))

namespace cloister::crypto::internal {
namespace {

// The next round key from the one two before and what AESKEYGENASSIST made of the last.
CLOISTER_AES __m128i NextKey(__m128i before, __m128i assisted) {
  before = _mm_xor_si128(before, _mm_slli_si128(before, 4));
  before = _mm_xor_si128(before, _mm_slli_si128(before, 8));
  return _mm_xor_si128(before, assisted);
}

template <int kRoundConstant>
CLOISTER_AES void NextPair(__m128i& even, __m128i& odd, __m128i* out, bool last) {
  even = NextKey(even, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(odd, kRoundConstant), 0xFF));
  _mm_storeu_si128(out, even);
  if (last) return;
  odd = NextKey(odd, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(even, 0), 0xAA));
  _mm_storeu_si128(out + 1, odd);
}

// Round keys in registers of one width, and kStride bytes at once: eight registers, which hides the latency of a round.
struct Wide512 {
  static constexpr std::size_t kStride = 512;
  __m512i keys[15];

  CLOISTER_VAES512 explicit Wide512(const __m128i* round_keys) {
    for (int i = 0; i < 15; ++i) keys[i] = _mm512_broadcast_i32x4(_mm_loadu_si128(round_keys + i));
  }

  // From counter block `block` on.
  CLOISTER_VAES512 void Encrypt(std::uint64_t block, std::uint8_t* out) const {
    const __m512i to_big_endian =
        _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512i four = _mm512_set_epi64(0, 4, 0, 4, 0, 4, 0, 4);
    __m512i counter = _mm512_add_epi64(_mm512_broadcast_i32x4(_mm_set_epi64x(0, static_cast<long long>(block))),
                                       _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
    __m512i state[8];
    for (__m512i& part : state) {
      part = _mm512_xor_si512(_mm512_shuffle_epi8(counter, to_big_endian), keys[0]);
      counter = _mm512_add_epi64(counter, four);
    }
#pragma GCC unroll 13
    for (int round = 1; round < 14; ++round) {
      for (__m512i& part : state) part = _mm512_aesenc_epi128(part, keys[round]);
    }
    for (int i = 0; i < 8; ++i) _mm512_storeu_si512(out + 64 * i, _mm512_aesenclast_epi128(state[i], keys[14]));
  }
};

struct Wide256 {
  static constexpr std::size_t kStride = 256;
  __m256i keys[15];

  CLOISTER_VAES256 explicit Wide256(const __m128i* round_keys) {
    for (int i = 0; i < 15; ++i) keys[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128(round_keys + i));
  }

  CLOISTER_VAES256 void Encrypt(std::uint64_t block, std::uint8_t* out) const {
    const __m256i to_big_endian =
        _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m256i two = _mm256_set_epi64x(0, 2, 0, 2);
    __m256i counter = _mm256_add_epi64(_mm256_broadcastsi128_si256(_mm_set_epi64x(0, static_cast<long long>(block))),
                                       _mm256_set_epi64x(0, 1, 0, 0));
    __m256i state[8];
    for (__m256i& part : state) {
      part = _mm256_xor_si256(_mm256_shuffle_epi8(counter, to_big_endian), keys[0]);
      counter = _mm256_add_epi64(counter, two);
    }
#pragma GCC unroll 13
    for (int round = 1; round < 14; ++round) {
      for (__m256i& part : state) part = _mm256_aesenc_epi128(part, keys[round]);
    }
    for (int i = 0; i < 8; ++i) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), _mm256_aesenclast_epi128(state[i], keys[14]));
    }
  }
};

template <class Wide>
void Read(const std::uint8_t* round_keys, std::uint64_t first_block, std::uint8_t* out, std::size_t size) {
  Wide wide(reinterpret_cast<const __m128i*>(round_keys));
  for (; size >= Wide::kStride; size -= Wide::kStride) {
    wide.Encrypt(first_block, out);
    first_block += Wide::kStride / 16;
    out += Wide::kStride;
  }
  if (size != 0) {
    alignas(64) std::uint8_t rest[Wide::kStride];
    wide.Encrypt(first_block, rest);
    std::memcpy(out, rest, size);
    Wipe(rest);
  }
  Wipe({reinterpret_cast<std::uint8_t*>(&wide), sizeof(wide)});
}

}  // namespace

bool Supports(VaesWidth width) {
  const VectorPath path = width == VaesWidth::k512 ? VectorPath::kAvx512 : VectorPath::kAvx2;
  return Supports(path) && __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes");
}

CLOISTER_AES void ExpandKeyVaes(const std::uint8_t* key, std::uint8_t* round_keys) {
  auto* const out = reinterpret_cast<__m128i*>(round_keys);
  __m128i even = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key));
  __m128i odd = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key) + 1);
  _mm_storeu_si128(out, even);
  _mm_storeu_si128(out + 1, odd);
  NextPair<0x01>(even, odd, out + 2, false);
  NextPair<0x02>(even, odd, out + 4, false);
  NextPair<0x04>(even, odd, out + 6, false);
  NextPair<0x08>(even, odd, out + 8, false);
  NextPair<0x10>(even, odd, out + 10, false);
  NextPair<0x20>(even, odd, out + 12, false);
  NextPair<0x40>(even, odd, out + 14, true);
}

void ReadKeystreamVaes(VaesWidth width, const std::uint8_t* round_keys, std::uint64_t first_block, std::uint8_t* out,
                       std::size_t size) {
  if (width == VaesWidth::k512) return Read<Wide512>(round_keys, first_block, out, size);
  Read<Wide256>(round_keys, first_block, out, size);
}

}  // namespace cloister::crypto::internal

#else

namespace cloister::crypto::internal {

bool Supports(VaesWidth) { return false; }
void ExpandKeyVaes(const std::uint8_t*, std::uint8_t*) {}
void ReadKeystreamVaes(VaesWidth, const std::uint8_t*, std::uint64_t, std::uint8_t*, std::size_t) {}

}  // namespace cloister::crypto::internal

#endif
