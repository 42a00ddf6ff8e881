// What was verified before, kept for its next use.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "crypto/hash.h"

namespace cloister::evidence {

// Shared immutable values by digest; at most `capacity`, of which the one that was not used for longest goes first. Safe to
// use from several threads. What a digest must cover, and what has to be checked again at each use, is its owner's matter.
template <class Value>
class RecentCache {
 public:
  using Shared = std::shared_ptr<const Value>;

  // `capacity`: 1 or more.
  explicit RecentCache(std::size_t capacity) : capacity_(capacity) { CHECK(capacity >= 1); }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  // Null: not there.
  Shared Find(const crypto::Sha256Digest& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.last_use = ++uses_;
    return found->second.value;
  }

  void Keep(const crypto::Sha256Digest& key, Shared value) {
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

 private:
  struct Entry {
    Shared value;
    std::uint64_t last_use;
  };
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<crypto::Sha256Digest, Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace cloister::evidence
