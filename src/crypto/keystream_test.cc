#include "crypto/keystream.h"

#include <gtest/gtest.h>

#include "crypto/internal/aes_ctr_vaes.h"
#include "crypto/internal/openssl.h"
#include "crypto/random.h"

namespace cloister::crypto {
namespace {

// The library's AES-256-CTR from counter block `first` on.
Bytes Expected(ByteSpan key, std::uint64_t first, std::size_t size) {
  std::uint8_t counter[16] = {};
  for (std::size_t i = 0; i < 8; ++i) counter[15 - i] = static_cast<std::uint8_t>(first >> (8 * i));
  const internal::OwnedCipherContext context(EVP_CIPHER_CTX_new());
  CHECK(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_ctr(), key.data(), counter, nullptr) == 1);
  const Bytes zeros(size);
  Bytes out(size);
  int written = 0;
  CHECK(EVP_EncryptUpdate(context.get(), out.data(), &written, zeros.data(), static_cast<int>(size)) == 1);
  return out;
}

TEST(Keystream, IsAes256InCounterMode) {
  DeterministicRandom random(21);
  for (int i = 0; i < 200; ++i) {
    const Bytes key = RandomBytes(random, 32), word = RandomBytes(random, 9);
    std::uint64_t first = 0;
    for (std::size_t j = 0; j < 8; ++j) first = first << 8 | word[j];
    first >>= word[8] % 56;  // places of every size, so that carries reach each byte of the counter
    const std::size_t size = 1 + 7 * static_cast<std::size_t>(i);
    Bytes out(size + 1, 0xAA);
    Keystream(key).Read(first, std::span(out).first(size));
    EXPECT_EQ(out.back(), 0xAA);
    out.pop_back();
    EXPECT_EQ(out, Expected(key, first, size)) << first;
  }
}

// Each width that this machine has, not only the one that it would take.
TEST(Keystream, IsTheSameInRegistersOfEachWidth) {
  for (const auto width : {internal::VaesWidth::k256, internal::VaesWidth::k512}) {
    if (!internal::Supports(width)) continue;
    DeterministicRandom random(22);
    for (std::size_t size = 1; size < 1600; size += 37) {
      const Bytes key = RandomBytes(random, 32);
      const std::uint64_t first = 0xFFFFFFFF - size;
      std::uint8_t round_keys[internal::kVaesRoundKeys];
      internal::ExpandKeyVaes(key.data(), round_keys);
      Bytes out(size);
      internal::ReadKeystreamVaes(width, round_keys, first, out.data(), size);
      EXPECT_EQ(out, Expected(key, first, size)) << size;
    }
  }
}

// FIPS 197 appendix C.3, whose plaintext stands in for the counter.
TEST(Keystream, AgreesWithFips197) {
  Bytes key;
  for (std::uint8_t i = 0; i < 32; ++i) key.push_back(i);
  if (internal::Supports(internal::VaesWidth::k256)) {
    std::uint8_t round_keys[internal::kVaesRoundKeys];
    internal::ExpandKeyVaes(key.data(), round_keys);
    // FIPS 197 appendix A.3's last words belong to another key; the last round key of this one is in C.3, round 14.
    EXPECT_EQ(ToHex(ByteSpan(round_keys).last(16)), "24fc79ccbf0979e9371ac23c6d68de36");
  }
  Bytes zero(16);
  Keystream(key).Read(0, zero);
  EXPECT_EQ(ToHex(zero), ToHex(Expected(key, 0, 16)));
}

TEST(Keystream, TakesAnotherKey) {
  const Bytes a(32, 1), b(32, 2);
  Keystream stream(a);
  Bytes first(64), second(64), fresh(64);
  stream.Read(3, first);
  stream.SetKey(b);
  stream.Read(3, second);
  Keystream(b).Read(3, fresh);
  EXPECT_EQ(second, fresh);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace cloister::crypto
