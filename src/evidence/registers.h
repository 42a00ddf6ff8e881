// Measurement registers (PCRs) by their numbers, held in place.
#pragma once

#include "base/bounded_vector.h"

namespace cloister::evidence {

// Those of 0 to N - 1 that are there, each once; ascending.
template <class Value, unsigned N>
class Registers {
 public:
  using Entry = std::pair<unsigned, Value>;

  // Value{} where it is not there yet. `index` below N (CHECK).
  Value& operator[](unsigned index) {
    CHECK(index < N);
    auto* const place = std::ranges::lower_bound(entries_, index, {}, &Entry::first);
    if (place != entries_.end() && place->first == index) return place->second;
    entries_.push_back({index, Value{}});
    std::rotate(place, entries_.end() - 1, entries_.end());
    return place->second;
  }
  // It is there (CHECK).
  const Value& at(unsigned index) const {
    const Value* const value = Find(index);
    CHECK(value != nullptr);
    return *value;
  }
  // Null where it is not there.
  const Value* Find(unsigned index) const {
    const auto* const place = std::ranges::lower_bound(entries_, index, {}, &Entry::first);
    return place != entries_.end() && place->first == index ? &place->second : nullptr;
  }
  bool contains(unsigned index) const { return Find(index) != nullptr; }

  std::size_t size() const { return entries_.size(); }
  const Entry* begin() const { return entries_.begin(); }
  const Entry* end() const { return entries_.end(); }
  bool operator==(const Registers&) const = default;

 private:
  BoundedVector<Entry, N> entries_;
};

}  // namespace cloister::evidence
