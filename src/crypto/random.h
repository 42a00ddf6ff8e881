// Random bytes, as an argument: whoever needs some takes a RandomSource&.
#pragma once

#include <memory>

#include "base/secret_bytes.h"

namespace cloister::crypto {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Overwrites all of `out` with random bytes. Cannot fail: a source that runs dry ends the program.
  virtual void Fill(MutableByteSpan out) = 0;
};

// The operating system's generator (through OpenSSL's DRBG). Safe for many threads. For keys, nonces and ids.
RandomSource& SystemRandom();

Bytes RandomBytes(RandomSource& random, std::size_t count);
SecretBytes RandomSecret(RandomSource& random, std::size_t count);
// RFC 9562 §5.4, lower case with dashes.
std::string NewUuidV4(RandomSource& random);

// A generator for bulk: AES-256-CTR, keyed once from `seed_source`. Each 64 KiB block begins with the key of the next
// ("fast key erasure"), so that what was given out cannot be found again from what is in memory now.
// Not to be shared between threads: each takes its own.
class RandomStream : public RandomSource {
 public:
  explicit RandomStream(RandomSource& seed_source);
  ~RandomStream() override;
  RandomStream(RandomStream&&) noexcept;
  RandomStream& operator=(RandomStream&&) noexcept;
  void Fill(MutableByteSpan out) override;

 protected:
  explicit RandomStream(ByteSpan key);  // 32 bytes

 private:
  class Generator;
  std::unique_ptr<Generator> generator_;
};

// FOR TESTS ONLY: the same bytes for the same seed, always. Nothing that it gives is secret.
class DeterministicRandom final : public RandomStream {
 public:
  explicit DeterministicRandom(std::uint64_t seed);
};

}  // namespace cloister::crypto
