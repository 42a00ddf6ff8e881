#include "sealed/internal/payload_opener.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace cloister::sealed {
namespace {

constexpr std::size_t kBatchChunks = 8;  // half a MiB: stays in the second-level cache
constexpr std::size_t kBatchSize = kBatchChunks * kSealedChunkSize;
constexpr std::size_t kSlots = 12;  // batches that may be opened and not yet hashed
constexpr std::size_t kMaximumThreads = 4;

// Batches are taken in order, opened by whoever took them, and finished (hashed) in order, by one thread at a time.
// Invariant: finished_ <= every batch in work < taken_ <= finished_ + kSlots, so each has a slot to itself.
class BatchOpener {
 public:
  BatchOpener(const FileKey& file_key, ByteSpan nonce, std::uint64_t sealed_size, const SealedChunks& chunks,
              crypto::Sha256Hasher* hasher, std::uint64_t plaintext_size)
      : file_key_(file_key),
        nonce_(nonce),
        sealed_size_(sealed_size),
        chunks_(chunks),
        hasher_(hasher),
        batches_((sealed_size + kBatchSize - 1) / kBatchSize),
        plaintext_(plaintext_size) {}

  Result<SecretBytes> Run() {
    const std::size_t wanted = std::min<std::size_t>({std::thread::hardware_concurrency(), kMaximumThreads, batches_});
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < wanted; ++i) {
      try {
        helpers.emplace_back([this] { Work(); });
      } catch (const std::system_error&) {
        break;  // no more threads to be had: fewer do it too
      }
    }
    Work();
    for (std::thread& helper : helpers) helper.join();
    if (failure_) return *std::move(failure_);
    return std::move(plaintext_);
  }

 private:
  struct Slot {
    Bytes buffer;
    ByteSpan sealed;
    bool opened = false;
  };
  Slot& SlotOf(std::uint64_t batch) { return slots_[batch % kSlots]; }

  void Work() {
    auto key = PayloadKey::Create(file_key_, nonce_);
    std::unique_lock lock(mutex_);
    if (!key) return Fail(0, key.error());
    while (!failure_ && finished_ < batches_) {
      if (!finishing_ && SlotOf(finished_).opened) {
        FinishNext(lock);
      } else if (taken_ < batches_ && taken_ < finished_ + kSlots) {
        OpenNext(*key, lock);
      } else {
        changed_.wait(lock);
      }
    }
  }

  // Hashing is the longest chain of work that cannot be split, so it goes before opening.
  void FinishNext(std::unique_lock<std::mutex>& lock) {
    finishing_ = true;
    Slot& slot = SlotOf(finished_);
    if (hasher_ != nullptr) {
      lock.unlock();
      hasher_->Update(slot.sealed);
      lock.lock();
    }
    slot.opened = false;
    ++finished_;
    finishing_ = false;
    changed_.notify_all();
  }

  void OpenNext(PayloadKey& key, std::unique_lock<std::mutex>& lock) {
    const std::uint64_t batch = taken_++;
    Slot& slot = SlotOf(batch);
    lock.unlock();
    auto opened = OpenBatch(key, batch, slot);
    lock.lock();
    if (!opened) return Fail(batch, opened.error());
    slot.opened = true;
    changed_.notify_all();
  }

  Result<void> OpenBatch(PayloadKey& key, std::uint64_t batch, Slot& slot) {
    const std::uint64_t start = batch * kBatchSize;
    slot.buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBatchSize, sealed_size_ - start)));
    slot.sealed = TRY(chunks_.Get(start, slot.buffer));
    for (std::size_t at = 0; at < slot.sealed.size(); at += kSealedChunkSize) {
      const ByteSpan chunk = slot.sealed.subspan(at, std::min(kSealedChunkSize, slot.sealed.size() - at));
      const std::uint64_t index = (start + at) / kSealedChunkSize;
      const ChunkPlace place = start + at + chunk.size() == sealed_size_ ? ChunkPlace::kLast : ChunkPlace::kMiddle;
      TRY(key.Open(index, place, chunk,
                   plaintext_.ExposeSecretForWriting().subspan(index * kChunkSize, chunk.size() - crypto::kAeadTagSize)));
    }
    return {};
  }

  // The first batch that fails says why, however the threads ran: all before it were taken earlier.
  void Fail(std::uint64_t batch, const Error& error) {
    if (!failure_ || batch < failed_batch_) {
      failure_ = error;
      failed_batch_ = batch;
    }
    changed_.notify_all();
  }

  const FileKey& file_key_;
  const ByteSpan nonce_;
  const std::uint64_t sealed_size_;
  const SealedChunks& chunks_;
  crypto::Sha256Hasher* const hasher_;
  const std::uint64_t batches_;
  SecretBytes plaintext_;  // each batch writes to its own part

  std::mutex mutex_;  // guards what follows; a slot belongs to who took its batch, then to who finishes it
  std::condition_variable changed_;
  std::array<Slot, kSlots> slots_;
  std::uint64_t taken_ = 0;
  std::uint64_t finished_ = 0;
  bool finishing_ = false;
  std::optional<Error> failure_;
  std::uint64_t failed_batch_ = 0;
};

}  // namespace

Result<SecretBytes> OpenChunks(const FileKey& file_key, ByteSpan nonce, std::uint64_t sealed_size,
                               const SealedChunks& chunks, crypto::Sha256Hasher* hasher) {
  const std::uint64_t plaintext_size = TRY(PlaintextSize(sealed_size));
  return BatchOpener(file_key, nonce, sealed_size, chunks, hasher, plaintext_size).Run();
}

}  // namespace cloister::sealed
