#include "collateral/refresh.h"

#include <algorithm>

namespace cloister::collateral {
namespace {

bool HoldsFor(const Store& store, const Wanted& wanted, Time now, Seconds ahead) {
  const Entry* entry = store.index().entries.Find(wanted.kind, wanted.key);
  if (entry == nullptr) return false;
  const auto item = store.Read(*entry, now);
  return item && item->CheckAt(now) && item->CheckAt(now + ahead);
}

// What brings the issuers of others along goes before them: kinds stand in that order.
std::vector<Wanted> WithIssuers(const Store& store, std::vector<Wanted> wanted) {
  const auto need = [&](Kind kind, const std::string& key) {
    if (store.index().entries.Find(kind, key) == nullptr) wanted.push_back({kind, key});
  };
  const std::vector<Wanted> asked = wanted;
  for (const Wanted& one : asked) {
    if (one.kind == Kind::kAmdCrl) need(Kind::kAmdChain, one.key);
    if (one.kind == Kind::kAmdVcek) need(Kind::kAmdChain, "vcek/" + one.key.substr(0, one.key.find('/')));
    if (one.kind == Kind::kIntelRootCrl) need(Kind::kIntelQeIdentity, "sgx");
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

Result<void> FetchOne(Store& store, Fetcher& fetcher, const Wanted& wanted, Time now) {
  Item item = TRY(fetcher.Fetch(wanted.kind, wanted.key, store));
  const CheckedItem checked = TRY(CheckItem(std::move(item), store.anchors(), now));
  return store.Put({&checked, 1}, now);
}

}  // namespace

std::vector<Fetched> Refresh(Store& store, Fetcher& fetcher, std::vector<Wanted> wanted, Time now, Seconds ahead) {
  std::vector<Fetched> out;
  for (const Wanted& one : WithIssuers(store, std::move(wanted))) {
    Fetched fetched{.wanted = one};
    if (!HoldsFor(store, one, now, ahead)) {
      const auto done = FetchOne(store, fetcher, one, now);
      if (done) {
        fetched.outcome = FetchOutcome::kFetched;
      } else if (done.error().code() != ErrorCode::kStale) {
        fetched.outcome = FetchOutcome::kFailed;
        fetched.failure = done.error();
      }
    }
    out.push_back(std::move(fetched));
  }
  return out;
}

std::vector<Wanted> AllOf(const Store& store) {
  std::vector<Wanted> out;
  for (const Entry& entry : store.index().entries.all()) {
    const bool by_name = entry.kind != Kind::kNvidiaOcsp && entry.kind != Kind::kAzureCa && entry.kind != Kind::kGoogleCa;
    if (by_name) out.push_back({entry.kind, entry.key});
  }
  return out;
}

}  // namespace cloister::collateral
