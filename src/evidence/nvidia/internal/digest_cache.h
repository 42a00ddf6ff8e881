// What was computed from bytes, found again by their digest.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "crypto/hash.h"

namespace cloister::evidence::internal {

// Keeps at most `capacity` values, the least recently used goes first. Safe to use from several threads.
template <class T>
class DigestCache {
 public:
  explicit DigestCache(std::size_t capacity) : capacity_(capacity) { CHECK(capacity >= 1); }

  std::shared_ptr<const T> Find(const crypto::Sha256Digest& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.last_use = ++uses_;
    return found->second.value;
  }
  void Keep(const crypto::Sha256Digest& key, std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(key, Entry{std::move(value), ++uses_});
    if (entries_.size() <= capacity_) return;
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
  void Drop(const crypto::Sha256Digest& key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    std::shared_ptr<const T> value;
    std::uint64_t last_use;
  };
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<crypto::Sha256Digest, Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace cloister::evidence::internal
