// Who signed an item, and when it holds. What the store, bundles and verifications take can only be made here.
#pragma once

#include "collateral/item.h"
#include "evidence/anchors.h"

namespace cloister::collateral {

// From `not_before` to the second before `not_after`.
struct Window {
  Time not_before;
  Time not_after;
  bool operator==(const Window&) const = default;
};

class CheckedItem {
 public:
  const Item& item() const { return item_; }
  // When all that signed it and it itself are in force.
  const Window& window() const { return window_; }
  // When it was made: what is issued later replaces what was issued earlier.
  Time issued() const { return issued_; }
  bool simulated() const { return simulated_; }
  // kExpired, naming it: `at` is outside the window.
  Result<void> CheckAt(Time at) const;

 private:
  friend Result<CheckedItem> CheckItem(Item, const evidence::TrustAnchors&, Time);
  explicit CheckedItem(Item item) : item_(std::move(item)) {}
  Item item_;
  Window window_{};
  Time issued_;
  bool simulated_ = false;
};

// Success proves that the item is of its kind's form and size, that it is what its key says, and that its signature leads to
// a root among `anchors` that vouches for this kind. The path is judged at the moment of its window that is nearest to `at`,
// so that what has expired can still be shown: CheckAt() says whether it holds now. Messages name the item.
// Errors: kLimit, kMalformed, kUnsupported, kUntrusted, kMismatch (another key), kExpired (at no moment all parts are valid;
// NVIDIA's, whose dates stand behind their signatures: not at `at`), kRevoked.
Result<CheckedItem> CheckItem(Item item, const evidence::TrustAnchors& anchors, Time at);

// "amd-crl vcek/Milan", as messages and people name an item.
std::string NameOf(Kind kind, std::string_view key);

}  // namespace cloister::collateral
