// Reserve, Release and Report. The order of the checks is the one that Broker::Reserve states.
#include "broker/broker.h"
#include "broker/internal/state.h"
#include "privacy/calibrate.h"
#include "token/jwe.h"

namespace cloister::broker {
namespace {

using formats::Json;
using namespace internal;
using Asker = audit::RefusalLog::Asker;

using SharedAttested = std::shared_ptr<const Attested>;

// Everything about a run that was checked, for what comes next.
struct CheckedRun {
  SharedAttested attested;
  contract::SignedContract contract;
  contract::Verified<contract::RunRequest> request;
  contract::Verified<contract::Certification> certification;
  contract::Digest room_key;
};

const contract::Digest* OnlyContract(const RoomBinding& room) {
  return room.evidence.contracts.size() == 1 ? &room.evidence.contracts[0] : nullptr;
}

// What can be checked without the ledger and without an account.
Result<CheckedRun> CheckRun(Shelf& shelf, const SharedAttested& attested, const RoomBinding& room, ByteSpan run_request,
                            ByteSpan certification, Time now) {
  const contract::Digest* digest = OnlyContract(room);
  if (digest == nullptr) return Error(ErrorCode::kUnsupported, "run: expected one contract");
  auto contract = TRY(shelf.FindContract(*digest));
  TRY(CheckContract(contract, TRY(shelf.RevocationOf(*digest)), now));
  auto request = TRY(CheckRunRequest(run_request, contract, room, now));
  TRY(CheckInitData(room, contract, request.digest()));
  const evidence::VerifiedSnp& snp = *TRY(CheckHardware(attested->evidence, contract->compute));
  auto certified =
      TRY(CheckCertification(certification, *contract, TRY(shelf.CertificationsBy(contract->compute.certifier)),
                             snp.report().measurement, now));
  return CheckedRun{attested, std::move(contract), std::move(request), std::move(certified),
                    contract::KeyThumbprint(room.evidence.signing_key)};
}

// Our own dataset of the contract, and its key, which must fit the file that the contract names.
Result<const contract::Dataset*> OwnDataset(const contract::Contract& contract, const std::string& id,
                                            const std::string& owner) {
  const contract::Dataset* dataset = contract.DatasetById(id);
  if (dataset == nullptr || dataset->provider != owner) {
    return Error(ErrorCode::kNotFound, "dataset: expected one of the contract that this broker's owner provides");
  }
  return dataset;
}

Result<SealedKey> KeyOf(Resources& resources, const contract::Dataset& dataset) {
  SealedKey key = TRY(resources.FindSealedKey(TRY(ResourcePath::Parse(dataset.key_resource))));
  if (key.record.header_sha256 != dataset.integrity.header_sha256 ||
      key.record.file.sha256 != dataset.integrity.sha256 || key.record.file.size != dataset.integrity.size) {
    return Error(ErrorCode::kMismatch,
                 "sealed key: expected the one of the file that the contract names, it is of another");
  }
  return key;
}

// The ledger's word, asked by us: the contract is active, the run was not reported.
Result<void> CheckLedger(LedgerWatch& watch, const CheckedRun& run, Time now) {
  const auto answer = TRY(watch.Ask({{run.contract.digest()}, run.request->run, {}}, now));
  TRY(answer.CheckActive(run.contract.digest()));
  const auto& status = answer.answer().run;
  if (!status || status->run != run.request->run)
    return Error(ErrorCode::kMalformed, "ledger: expected the state of the run");
  if (status->state == contract::RunState::kReported) {
    return Error(ErrorCode::kReplayed, "run request: the run was reported, so it is over");
  }
  return {};
}

// The appraisal once more, now with the certification that the room showed.
Result<Json> ClaimsWith(const appraisal::Appraiser& appraiser, const CheckedRun& run, Time now) {
  appraisal::ReferenceValues references;
  const contract::Certification& certification = *run.certification;
  for (const crypto::Sha384Digest& measurement : certification.measurements) {
    references.Add({measurement, certification.certifier, certification.not_before, certification.not_after});
  }
  return TRY(appraiser.Appraise(run.attested->evidence, references, run.attested->bound, run.attested->nonce, now))
      .claims();
}

Json AmountJson(const Privacy& amount) { return Json::Object{{"epsilon", amount.epsilon}, {"delta", amount.delta}}; }

Json EventFields(const contract::RunRequest& request, const contract::Dataset& dataset) {
  return Json::Object{{"run", request.run}, {"dataset", dataset.id}, {"account", dataset.account}};
}

// The room's word on what it spent is not below what its own mechanisms cost by our accountant. No mechanisms and nothing
// spent: the room never opened what it got. kMismatch; kUsage, kLimit: mechanisms that cannot be accounted for.
Result<void> CheckMechanisms(const contract::Spent& spent) {
  if (spent.mechanisms.empty() && spent.epsilon == 0 && spent.delta == 0) return {};
  privacy::Composition mechanisms;
  std::uint64_t steps = 0;
  for (const contract::Mechanism& mechanism : spent.mechanisms) {
    mechanisms.push_back({privacy::MechanismKind::kSubsampledGaussian, mechanism.sigma, mechanism.q, mechanism.steps});
    steps += std::min(mechanism.steps, privacy::kMaximumSteps);
  }
  TRY_WITH("spent", privacy::CheckComposition(mechanisms));
  if (!(spent.epsilon > 0)) return Error(ErrorCode::kMismatch, "spent: expected epsilon above 0 where mechanisms ran");
  const auto settings = privacy::SettingsFor({spent.epsilon, spent.delta}, steps);
  const auto cost = TRY_WITH("spent", privacy::PrvEpsilon(mechanisms, spent.delta, settings));
  if (cost.lower <= spent.epsilon) return {};
  return Error(ErrorCode::kMismatch, "spent: expected at least what the mechanisms cost, epsilon " +
                                         Json(cost.lower).Dump() + ", got " + Json(spent.epsilon).Dump());
}

contract::Reservation ToDocument(const AccountReservation& reservation, const std::string& broker) {
  const ReservationRequest& request = reservation.request;
  return {request.run,      request.run_request,  request.contract, request.dataset,        request.account,
          broker,           reservation.sequence, reservation.head, request.amount.epsilon, request.amount.delta,
          {reservation.account_charged.epsilon, reservation.account_charged.delta}, request.deadline, request.room_key};
}

}  // namespace

// One call of a room, at one moment.
struct Broker::RoomCalls {
  State& state;
  Time now;

  // What the owner's policy says; its data is the contract, the run request and the account.
  Result<void> CheckPolicy(const CheckedRun& run, const contract::Dataset& dataset) {
    const Json claims = TRY(ClaimsWith(*state.appraiser(), run, now));
    const AccountStatus account = TRY(state.accounts.Status(dataset.account));
    const Privacy total = TRY(state.TotalOf(*run.contract, dataset));
    const Json data = Json::Object{{"contract", run.contract->ToJson()},
                                   {"run", run.request->ToJson()},
                                   {"account", Json::Object{{"account", dataset.account},
                                                            {"dataset", dataset.id},
                                                            {"charged", AmountJson(account.charged.ToPrivacy())},
                                                            {"total", AmountJson(total)},
                                                            {"asked", AmountJson(SpendOn(*run.request, dataset))}}}};
    const auto decision = TRY_WITH("release policy", state.policies.Allows(PolicyKind::kRelease, claims, data, now));
    if (!decision.allowed) return Error(ErrorCode::kRefused, "release policy: " + decision.reason);
    return {};
  }

  Result<Json> Reserve(const SharedAttested& attested, const RoomBinding& room, const contract::ReserveCall& call) {
    if (call.contracts != room.evidence.contracts) {
      return Error(ErrorCode::kMismatch, "call: expected the contracts that the evidence names, got others");
    }
    const CheckedRun run = TRY(CheckRun(state.shelf, attested, room, call.run_request, call.certification, now));
    TRY(CheckReceipts(run.contract, call.receipts, state.parts.ledger_trust));
    const contract::Dataset& dataset = *TRY(OwnDataset(*run.contract, call.dataset, state.parts.owner.did));
    TRY(KeyOf(state.resources, dataset));
    const Privacy amount = SpendOn(*run.request, dataset);
    if (amount.epsilon != call.epsilon || amount.delta != call.delta) {
      return Error(ErrorCode::kMismatch, "call: expected the amounts of the run request, got others");
    }
    TRY(CheckRunLimits(*run.contract, dataset, amount));
    TRY(TRY(state.watch.CheckShown(call.ledger_answer, std::span(&run.contract.digest(), 1), now))
            .CheckActive(run.contract.digest()));
    TRY(CheckLedger(state.watch, run, now));
    TRY(CheckPolicy(run, dataset));
    const Privacy total = TRY(state.TotalOf(*run.contract, dataset));
    const auto reservation = TRY(state.accounts.Reserve(
        {run.request->run, run.request.digest(), run.contract.digest(), dataset.id, dataset.account, amount, total,
         std::min(run.request->deadline, run.contract->expiry), run.room_key},
        now));
    TRY(state.shelf.PutRunPapers(run.request->run, {call.run_request, call.certification}));
    Json fields = EventFields(*run.request, dataset);
    fields.Set("amount", AmountJson(amount));
    fields.Set("sequence", reservation.sequence);
    TRY(state.parts.audit.Append("run.reserved", fields, now));
    const std::string& owner = state.parts.owner.did;
    return contract::AnswerWith(
        "reservation", TRY(contract::SignDocument(ToDocument(reservation, owner), state.parts.key, owner, now)));
  }

  // The reservation that we signed must be among those shown, for each dataset; whose stage says that it stands is
  // ours.
  Result<std::string> Release(const SharedAttested& attested, const RoomBinding& room,
                              const contract::ReleaseCall& call) {
    const Shelf::RunPapers papers = TRY(state.shelf.FindRunPapers(room.evidence.run));
    const CheckedRun run = TRY(CheckRun(state.shelf, attested, room, papers.run_request, papers.certification, now));
    const contract::Dataset& dataset = *TRY(OwnDataset(*run.contract, call.dataset, state.parts.owner.did));
    const SealedKey sealed = TRY(KeyOf(state.resources, dataset));
    TRY(CheckReservations(call.reservations, run.contract, run.request, run.room_key, now));
    TRY(CheckLedger(state.watch, run, now));
    TRY(CheckPolicy(run, dataset));
    const auto header = TRY_WITH("sealed key", sealed::AgeHeader::Parse(sealed.record.header));
    const sealed::FileKey file_key = TRY_WITH("sealed key", header.Unwrap(sealed.identity));

    TRY(state.accounts.Release(run.request->run, dataset.id, run.room_key, now));
    TRY(state.parts.audit.Append("run.released", EventFields(*run.request, dataset), now));
    const contract::FileKey answer{run.request->run, run.contract.digest(), dataset.id, dataset.integrity.header_sha256,
                                   SecretBytes::CopyOf(file_key.secret().ExposeSecret())};
    return token::EncryptJwe(attested->tee_key, answer.ToCanonical().ExposeSecret());
  }

  // A room hands nothing over before every broker settled, so the owner's word still stops it here; what was reserved stays
  // spent. A room that never opened what it got may say so all the same.
  Result<void> CheckNotTakenBack(const AccountReservation& reservation, const contract::Spent& spent) {
    if (spent.mechanisms.empty()) return {};
    const auto revocation = TRY(state.shelf.RevocationOf(reservation.request.contract));
    if (!revocation) return {};
    return Error(ErrorCode::kRevoked, "contract: its owner here took it back at " + ToRfc3339(revocation->time));
  }

  Result<Json> Report(const RoomBinding& room, const contract::ReportCall& call) {
    const std::string& run = room.evidence.run;
    const auto spent = TRY_WITH("spent", contract::VerifyDocument<contract::Spent>(
                                             call.spent, room.evidence.signing_key, contract::RoomIssuer(run)));
    if (spent->run != run)
      return Error(ErrorCode::kMismatch, "spent: expected the run that the evidence names, got another");
    const auto reservation = TRY(state.accounts.Find(run, spent->dataset));
    if (!reservation) return Error(ErrorCode::kNotFound, "spent: expected a reservation of this run, there is none");
    if (reservation->request.account != spent->account) {
      return Error(ErrorCode::kMismatch, "spent: expected the account that was reserved on, got another");
    }
    TRY(CheckNotTakenBack(*reservation, *spent));
    TRY(CheckMechanisms(*spent));
    const contract::Digest room_key = contract::KeyThumbprint(room.evidence.signing_key);
    const Privacy amount{spent->epsilon, spent->delta};
    const bool gives_back = reservation->stage == ReservationStage::kReserved && amount == Privacy{};
    auto settled = gives_back ? state.accounts.GiveBack(run, spent->dataset, room_key, now)
                              : state.accounts.Settle(run, spent->dataset, room_key, amount, now);
    const contract::AccountEntry entry = TRY(std::move(settled));
    TRY(state.parts.audit.Append(
        gives_back ? "run.given-back" : "run.settled",
        Json::Object{{"run", run}, {"dataset", spent->dataset}, {"spent", AmountJson(amount)}},
        now));
    const std::string& owner = state.parts.owner.did;
    const contract::Settlement settlement{run,          spent->dataset, spent->account, owner, entry.sequence,
                                          entry.Head(), amount.epsilon, amount.delta,   entry.charged};
    return contract::AnswerWith("settlement", TRY(contract::SignDocument(settlement, state.parts.key, owner, now)));
  }

  // Which session it is, what it asked for, and what became of that: a refusal leaves a trace too. What the trace says goes
  // to the room anyway.
  struct Caller {
    SharedAttested attested;
    const RoomBinding* room = nullptr;
    std::string dataset;
  };
  Result<void> Identify(std::string_view session, const Connection& connection, Caller& caller) {
    caller.attested = TRY(state.sessions.Find(session, now));
    if (caller.attested->room) caller.room = &*caller.attested->room;
    TRY(CheckSameConnection(*caller.attested, connection));
    return {};
  }
  Error Refused(std::string_view call, const Caller& caller, const Error& why) {
    Json fields = Json::Object{};
    if (caller.room != nullptr) fields.Set("run", caller.room->evidence.run);
    if (caller.room != nullptr && OnlyContract(*caller.room)) fields.Set("contract", ToHex(*OnlyContract(*caller.room)));
    if (!caller.dataset.empty()) fields.Set("dataset", caller.dataset);
    return state.refusals.Write(caller.attested ? Asker::kAttested : Asker::kStranger, call, std::move(fields), why, now);
  }

  Result<Json> Reserve(std::string_view session, const Json& call, const Connection& connection, Caller& caller) {
    TRY(Identify(session, connection, caller));
    const auto read = TRY(contract::ReserveCall::FromJson(call));
    caller.dataset = read.dataset;
    return Reserve(caller.attested, *caller.room, read);
  }
  Result<std::string> Release(std::string_view session, const Json& call, const Connection& connection, Caller& caller) {
    TRY(Identify(session, connection, caller));
    const auto read = TRY(contract::ReleaseCall::FromJson(call));
    caller.dataset = read.dataset;
    return Release(caller.attested, *caller.room, read);
  }
  Result<Json> Report(std::string_view session, const Json& call, const Connection& connection, Caller& caller) {
    TRY(Identify(session, connection, caller));
    return Report(*caller.room, TRY(contract::ReportCall::FromJson(call)));
  }
};

Result<Json> Broker::Reserve(std::string_view session, const Json& call, const Connection& connection) {
  RoomCalls calls{*state_, state_->Now()};
  RoomCalls::Caller caller;
  auto answer = calls.Reserve(session, call, connection, caller);
  if (!answer) return calls.Refused("reserve", caller, answer.error());
  return answer;
}

Result<std::string> Broker::Release(std::string_view session, const Json& call, const Connection& connection) {
  RoomCalls calls{*state_, state_->Now()};
  RoomCalls::Caller caller;
  auto answer = calls.Release(session, call, connection, caller);
  if (!answer) return calls.Refused("release", caller, answer.error());
  return answer;
}

Result<Json> Broker::Report(std::string_view session, const Json& call, const Connection& connection) {
  RoomCalls calls{*state_, state_->Now()};
  RoomCalls::Caller caller;
  auto answer = calls.Report(session, call, connection, caller);
  if (!answer) return calls.Refused("report", caller, answer.error());
  return answer;
}

}  // namespace cloister::broker
