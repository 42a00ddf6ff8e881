// Bytes that must not leak: moved, never copied; overwritten when they go; not printable.
#pragma once

#include "base/bytes.h"

namespace cloister {

// Overwrites `bytes` in a way that the compiler may not remove.
void Wipe(MutableByteSpan bytes);

// Memory is locked (mlock) where the process may, so that it is not swapped, and left out of core dumps.
class SecretBytes {
 public:
  SecretBytes() = default;
  // `size` zero bytes, to be filled through ExposeSecretForWriting().
  explicit SecretBytes(std::size_t size);
  static SecretBytes CopyOf(ByteSpan bytes);
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The only ways to the bytes, so that every use can be found by name.
  ByteSpan ExposeSecret() const { return {data_, size_}; }
  MutableByteSpan ExposeSecretForWriting() { return {data_, size_}; }

 private:
  void Release();
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_ = 0;
};

}  // namespace cloister
