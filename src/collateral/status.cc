#include "collateral/status.h"

#include <algorithm>
#include <tuple>

namespace cloister::collateral {
namespace {

ItemStatus StatusOfItem(const Store& store, const Entry& entry, Time at, Seconds soon) {
  ItemStatus status{.entry = entry, .state = ItemState::kFresh, .problem = {}};
  const auto item = store.Read(entry, at);
  if (!item && item.error().code() == ErrorCode::kExpired) {
    status.state = ItemState::kExpired;
  } else if (!item) {
    status.state = ItemState::kCorrupt;
    status.problem = item.error().message();
  } else if (!item->CheckAt(at)) {
    status.state = ItemState::kExpired;
  } else if (item->window().not_after - at <= soon) {
    status.state = ItemState::kSoon;
  }
  return status;
}

}  // namespace

std::string_view ItemStateName(ItemState state) {
  switch (state) {
    case ItemState::kFresh: return "fresh";
    case ItemState::kSoon: return "soon";
    case ItemState::kExpired: return "expired";
    case ItemState::kCorrupt: return "corrupt";
  }
  CHECK(false);
}

std::size_t StoreStatus::Count(ItemState state) const {
  return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const auto& item) { return item.state == state; }));
}

bool StoreStatus::Good() const { return Count(ItemState::kExpired) == 0 && Count(ItemState::kCorrupt) == 0; }

formats::Json StoreStatus::ToJson(Time at) const {
  formats::Json::Array list;
  for (const ItemStatus& item : items) {
    formats::Json json = item.entry.ToJson();
    json.Set("state", ItemStateName(item.state));
    if (!item.problem.empty()) json.Set("problem", item.problem);
    list.push_back(std::move(json));
  }
  formats::Json json = formats::Json::Object{{"at", ToRfc3339(at)}, {"good", Good()}, {"items", std::move(list)}};
  if (first_end) json.Set("first_end", ToRfc3339(*first_end));
  return json;
}

StoreStatus StatusOf(const Store& store, Time at, Seconds soon) {
  StoreStatus status;
  for (const Entry& entry : store.index().entries.all()) status.items.push_back(StatusOfItem(store, entry, at, soon));
  std::stable_sort(status.items.begin(), status.items.end(), [](const ItemStatus& a, const ItemStatus& b) {
    return std::make_tuple(a.state != ItemState::kCorrupt, a.entry.window.not_after) < std::make_tuple(b.state != ItemState::kCorrupt, b.entry.window.not_after);
  });
  for (const ItemStatus& item : status.items) {
    if ((item.state == ItemState::kFresh || item.state == ItemState::kSoon) && !status.first_end) {
      status.first_end = item.entry.window.not_after;
    }
  }
  return status;
}

}  // namespace cloister::collateral
