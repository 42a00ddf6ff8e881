// What a store holds, and what of it ends soon: for people and for monitoring, before something fails.
#pragma once

#include "collateral/store.h"

namespace cloister::collateral {

// kFresh: holds for longer than the warning time. kSoon: ends within it. kExpired: holds no more, or not yet. kCorrupt: cannot
// be used at all, see `problem`.
enum class ItemState { kFresh, kSoon, kExpired, kCorrupt };
std::string_view ItemStateName(ItemState state);  // "fresh", "soon", "expired", "corrupt"

struct ItemStatus {
  Entry entry;
  ItemState state = ItemState::kFresh;
  std::string problem;  // where kCorrupt
};

struct StoreStatus {
  std::vector<ItemStatus> items;  // what ends first is first; corrupt items before all
  std::optional<Time> first_end;  // the earliest end of what holds

  // Whether every item can be used now.
  bool Good() const;
  std::size_t Count(ItemState state) const;
  formats::Json ToJson(Time at) const;
};

// Reads and checks every item. `soon` is how long before its end an item is warned of.
StoreStatus StatusOf(const Store& store, Time at, Seconds soon);

}  // namespace cloister::collateral
