#include "room/verify.h"

#include <algorithm>
#include <set>

namespace cloister::room {
namespace {

contract::FreshRequest Ask(const Given& given, crypto::RandomSource& random) {
  contract::FreshRequest request{};
  random.Fill(request.nonce);
  request.contracts = {given.contract().digest()};
  request.run = given.run();
  return request;
}

// The heads under which the ledger gave its receipts, each size once.
Result<std::vector<translog::TreeHead>> VerifyReceipts(const Given& given, const ledger::LedgerTrust& trust) {
  std::vector<translog::TreeHead> heads;
  std::set<std::uint64_t> sizes;
  const auto& signatures = given.contract().signatures();
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const auto receipt = TRY_WITH("receipt of the signature of " + signatures[i].issuer(),
                                  ledger::VerifyReceipt(given.receipts()[i], signatures[i].cose(), trust));
    if (sizes.insert(receipt.head().size).second) heads.push_back(receipt.head());
  }
  return heads;
}

}  // namespace

Result<ledger::VerifiedFreshAnswer> VerifyAgainstLedger(const Given& given, ledger::Client& ledger,
                                                        crypto::RandomSource& random) {
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(given.contract()->ledger));
  const auto heads = TRY(VerifyReceipts(given, trust));
  contract::FreshRequest request = Ask(given, random);
  for (const translog::TreeHead& head : heads) request.consistency_from.push_back(head.size);
  const Bytes cose = TRY_WITH("ledger", ledger.Fresh(request));
  auto answer = TRY_WITH("ledger", ledger::VerifyFreshAnswerByNonceOnly(cose, trust, request, heads));
  TRY(answer.CheckActive(given.contract().digest()));
  if (!answer.answer().run || answer.answer().run->state != contract::RunState::kUnused) {
    return Error(ErrorCode::kReplayed, "run request: expected one that was never used, the ledger has entries of run " +
                                           given.run() + "; the consumer signs a new one");
  }
  TRY_WITH("contract", given.contract()->CheckDates(answer.time()));
  TRY_WITH("run request", given.run_request()->CheckTime(answer.time()));
  TRY_WITH("certification", given.certification()->CheckTime(answer.time()));
  return answer;
}

namespace {

// A new answer to `request` that extends `before`, by which the contract is still active and the run not over.
Result<ledger::VerifiedFreshAnswer> AskAgain(const Given& given, const ledger::VerifiedFreshAnswer& before,
                                             contract::FreshRequest request, ledger::Client& ledger) {
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(given.contract()->ledger));
  const translog::TreeHead known = before.checkpoint().head();
  request.consistency_from = {known.size};
  const Bytes cose = TRY_WITH("ledger", ledger.Fresh(request));
  auto answer = TRY_WITH("ledger", ledger::VerifyFreshAnswerByNonceOnly(cose, trust, request, {&known, 1}));
  if (answer.time() < before.time()) return Error(ErrorCode::kStale, "ledger: expected an answer after its last one");
  if (!answer.answer().run || answer.answer().run->state == contract::RunState::kReported) {
    return Error(ErrorCode::kReplayed, "run request: expected a run that was not reported, the ledger has a report");
  }
  TRY(answer.CheckActive(given.contract().digest()));
  TRY_WITH("contract", given.contract()->CheckDates(answer.time()));
  return answer;
}

// Other runs may have gone on with the account meanwhile; none can come before the entry.
bool HasEntry(const contract::FreshAnswer::AccountHead* head, const contract::Reservation& reservation) {
  if (head == nullptr || head->sequence < reservation.sequence) return false;
  return head->sequence > reservation.sequence || head->head == reservation.head;
}

}  // namespace

Result<ledger::VerifiedFreshAnswer> CheckReserved(const Given& given, const ledger::VerifiedFreshAnswer& before,
                                                  std::span<const Bytes> reservations, ledger::Client& ledger,
                                                  crypto::RandomSource& random) {
  std::vector<contract::Reservation> documents;
  contract::FreshRequest request = Ask(given, random);
  for (const Bytes& cose : reservations) {
    documents.push_back(TRY(contract::Reservation::FromJson(TRY(contract::StatementFromUnverified(cose)).payload)));
    const contract::AccountName name{documents.back().broker, documents.back().account};
    if (std::find(request.accounts.begin(), request.accounts.end(), name) == request.accounts.end()) request.accounts.push_back(name);
  }
  auto answer = TRY(AskAgain(given, before, std::move(request), ledger));
  for (const contract::Reservation& reservation : documents) {
    if (HasEntry(answer.answer().HeadOf({reservation.broker, reservation.account}), reservation)) continue;
    return Error(ErrorCode::kUntrusted, "ledger: expected the reservation that " + reservation.broker +
                                            " put on it, it has none: it shows us an older or another history");
  }
  return answer;
}

Result<ledger::VerifiedFreshAnswer> CheckStillActive(const Given& given, const ledger::VerifiedFreshAnswer& before,
                                                     ledger::Client& ledger, crypto::RandomSource& random) {
  return AskAgain(given, before, Ask(given, random), ledger);
}

}  // namespace cloister::room
