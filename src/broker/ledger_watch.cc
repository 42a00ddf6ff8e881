#include "broker/ledger_watch.h"

#include "base/byte_reader.h"

namespace cloister::broker {
namespace {

constexpr std::string_view kTable = "ledger";
constexpr std::string_view kHead = "head";

}  // namespace

LedgerWatch::LedgerWatch(store::Store& store, ledger::Client& client, ledger::LedgerTrust trust, Seconds max_age,
                         crypto::RandomSource& random)
    : store_(store), client_(client), trust_(std::move(trust)), max_age_(max_age), random_(random) {}

Bytes LedgerWatch::Encode(const Seen& seen) {
  Bytes out;
  AppendBe(out, seen.head.size);
  out.insert(out.end(), seen.head.root.begin(), seen.head.root.end());
  AppendBe(out, static_cast<std::uint64_t>(ToUnixSeconds(seen.time)));
  return out;
}

Result<LedgerWatch::Seen> LedgerWatch::Decode(ByteSpan bytes) {
  ByteReader reader(bytes);
  Seen seen{};
  seen.head.size = TRY(reader.Be<std::uint64_t>());
  seen.head.root = TRY(reader.TakeArray<32>());
  seen.time = FromUnixSeconds(static_cast<std::int64_t>(TRY(reader.Be<std::uint64_t>())));
  TRY(reader.Finish());
  return seen;
}

Result<std::optional<LedgerWatch::Seen>> LedgerWatch::Known() {
  const auto bytes = TRY(store_.Get(kTable, AsBytes(kHead)));
  if (!bytes) return std::optional<Seen>();
  return std::optional(TRY_WITH("the ledger head that was seen last", Decode(*bytes)));
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::AskWith(const LedgerQuestion& question,
                                                         std::vector<translog::TreeHead> known, Time now) {
  const auto known_before = TRY(Known());
  const translog::TreeHead* const seen = known_before ? &known_before->head : nullptr;
  const auto differs = [&](const translog::TreeHead& head) { return !seen || head.size != seen->size; };
  std::erase_if(known, [&](const translog::TreeHead& head) { return seen && head == *seen; });
  for (const translog::TreeHead& head : known) {
    if (!differs(head))
      return Error(ErrorCode::kUntrusted, "ledger: expected one history, it shows two trees of the same size");
  }
  if (seen) known.push_back(*seen);
  contract::FreshRequest request{};
  random_.Fill(request.nonce);
  request.contracts = question.contracts;
  request.run = question.run;
  request.accounts = question.accounts;
  for (const translog::TreeHead& head : known) request.consistency_from.push_back(head.size);
  const Bytes cose = TRY_WITH("ledger", client_.Fresh(request));
  auto answer = TRY_WITH("ledger", ledger::VerifyFreshAnswer(cose, trust_, request, known, {now, max_age_, max_age_}));
  if (!seen || answer.checkpoint().size() > seen->size) {
    TRY(store_.Put(kTable, AsBytes(kHead), Encode({answer.checkpoint().head(), answer.time()})));
  }
  return answer;
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::Ask(const LedgerQuestion& question, Time now) {
  const std::lock_guard lock(mutex_);
  return AskWith(question, {}, now);
}

// A log only grows. What the ledger said to somebody later than to us, and is smaller, was said of another log.
Result<void> LedgerWatch::CheckNotBehind(const ledger::VerifiedFreshAnswer& shown) {
  const auto seen = TRY(Known());
  if (!seen || shown.checkpoint().size() >= seen->head.size || shown.time() <= seen->time) return {};
  return Error(ErrorCode::kUntrusted, "the ledger shows two histories: " + std::to_string(shown.checkpoint().size()) +
                                          " entries at " + ToRfc3339(shown.time()) + ", and to us " +
                                          std::to_string(seen->head.size) + " at " + ToRfc3339(seen->time) + " already");
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::CheckShown(ByteSpan shown, std::span<const contract::Digest> contracts,
                                                            Time now) {
  auto answer = TRY_WITH("the ledger's answer to the room",
                         ledger::VerifyShownFreshAnswer(shown, trust_, contracts, {now, max_age_, max_age_}));
  const std::lock_guard lock(mutex_);
  TRY_WITH("the ledger's answer to the room", CheckNotBehind(answer));
  // Our ledger must have grown from the tree that the room was shown, or the two of us were told different stories.
  TRY_WITH("the ledger's answer to the room", AskWith({}, {answer.checkpoint().head()}, now));
  return answer;
}

}  // namespace cloister::broker
