#include "broker/ledger_watch.h"

#include "base/byte_reader.h"

namespace cloister::broker {
namespace {

constexpr std::string_view kTable = "ledger";
constexpr std::string_view kHead = "head";

Bytes Encode(const translog::TreeHead& head) {
  Bytes out;
  AppendBe(out, head.size);
  out.insert(out.end(), head.root.begin(), head.root.end());
  return out;
}

Result<translog::TreeHead> Decode(ByteSpan bytes) {
  ByteReader reader(bytes);
  translog::TreeHead head{};
  head.size = TRY(reader.Be<std::uint64_t>());
  head.root = TRY(reader.TakeArray<32>());
  TRY(reader.Finish());
  return head;
}

}  // namespace

LedgerWatch::LedgerWatch(store::Store& store, ledger::Client& client, ledger::LedgerTrust trust, Seconds max_age,
                         crypto::RandomSource& random)
    : store_(store), client_(client), trust_(std::move(trust)), max_age_(max_age), random_(random) {}

Result<std::optional<translog::TreeHead>> LedgerWatch::Known() {
  const auto bytes = TRY(store_.Get(kTable, AsBytes(kHead)));
  if (!bytes) return std::optional<translog::TreeHead>();
  return std::optional(TRY_WITH("the ledger head that was seen last", Decode(*bytes)));
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::AskWith(const LedgerQuestion& question,
                                                         std::vector<translog::TreeHead> known, Time now) {
  const auto seen = TRY(Known());
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
    TRY(store_.Put(kTable, AsBytes(kHead), Encode(answer.checkpoint().head())));
  }
  return answer;
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::Ask(const LedgerQuestion& question, Time now) {
  const std::lock_guard lock(mutex_);
  return AskWith(question, {}, now);
}

Result<ledger::VerifiedFreshAnswer> LedgerWatch::CheckShown(ByteSpan shown, std::span<const contract::Digest> contracts,
                                                            Time now) {
  auto answer = TRY_WITH("the ledger's answer to the room",
                         ledger::VerifyShownFreshAnswer(shown, trust_, contracts, {now, max_age_, max_age_}));
  const std::lock_guard lock(mutex_);
  // Our ledger must have grown from the tree that the room was shown, or the two of us were told different stories.
  TRY_WITH("the ledger's answer to the room", AskWith({}, {answer.checkpoint().head()}, now));
  return answer;
}

}  // namespace cloister::broker
