#include "broker/account.h"

namespace cloister::broker {
namespace {

using formats::Json;

Json ToJsonAmount(const Privacy& privacy) {
  return Json::Object{{"epsilon", privacy.epsilon}, {"delta", privacy.delta}};
}

Result<Privacy> FromJsonAmount(const Json& json, std::string_view key) {
  const Json& amount = *TRY(json.GetObject(key));
  TRY(amount.RefuseUnknownMembers({"epsilon", "delta"}));
  return Privacy{TRY(amount.GetNumber("epsilon")), TRY(amount.GetNumber("delta"))};
}

Result<contract::Digest> DigestOf(const Json& json, std::string_view key) {
  return contract::DigestFromHex(TRY(json.GetString(key)));
}

Result<ReservationStage> StageFromName(std::string_view name) {
  for (const auto stage : {ReservationStage::kReserved, ReservationStage::kReleased, ReservationStage::kSettled,
                           ReservationStage::kLapsed}) {
    if (ReservationStageName(stage) == name) return stage;
  }
  return Error(ErrorCode::kMalformed, "stage: expected reserved, released, settled or lapsed, got another");
}

}  // namespace

std::string_view ReservationStageName(ReservationStage stage) {
  switch (stage) {
    case ReservationStage::kReserved:
      return "reserved";
    case ReservationStage::kReleased:
      return "released";
    case ReservationStage::kSettled:
      return "settled";
    case ReservationStage::kLapsed:
      return "lapsed";
  }
  return "unknown";
}

Json AccountReservation::ToJson() const {
  return Json::Object{{"run", request.run},
                      {"run_request", ToHex(request.run_request)},
                      {"contract", ToHex(request.contract)},
                      {"dataset", request.dataset},
                      {"account", request.account},
                      {"amount", ToJsonAmount(request.amount)},
                      {"total", ToJsonAmount(request.total)},
                      {"deadline", ToRfc3339(request.deadline)},
                      {"room_key", ToHex(request.room_key)},
                      {"stage", ReservationStageName(stage)},
                      {"charged", ToJsonAmount(charged)},
                      {"sequence", sequence},
                      {"head", ToHex(head)},
                      {"account_charged", ToJsonAmount(account_charged)}};
}

Result<AccountReservation> AccountReservation::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"run", "run_request", "contract", "dataset", "account", "amount", "total", "deadline",
                                 "room_key", "stage", "charged", "sequence", "head",
                                 "account_charged"}));
  AccountReservation reservation;
  reservation.request.run = TRY(json.GetString("run"));
  reservation.request.run_request = TRY(DigestOf(json, "run_request"));
  reservation.request.contract = TRY(DigestOf(json, "contract"));
  reservation.request.dataset = TRY(json.GetString("dataset"));
  reservation.request.account = TRY(json.GetString("account"));
  reservation.request.amount = TRY(FromJsonAmount(json, "amount"));
  reservation.request.total = TRY(FromJsonAmount(json, "total"));
  reservation.request.deadline = TRY(FromRfc3339(TRY(json.GetString("deadline"))));
  reservation.request.room_key = TRY(DigestOf(json, "room_key"));
  reservation.stage = TRY(StageFromName(TRY(json.GetString("stage"))));
  reservation.charged = TRY(FromJsonAmount(json, "charged"));
  reservation.sequence = static_cast<std::uint64_t>(TRY(json.GetIntIn("sequence", 1, INT64_MAX)));
  reservation.head = TRY(DigestOf(json, "head"));
  reservation.account_charged = TRY(FromJsonAmount(json, "account_charged"));
  return reservation;
}

Json AccountStatus::ToJson() const {
  return Json::Object{{"account", account},
                      {"sequence", sequence},
                      {"head", ToHex(head)},
                      {"charged", Json::Object{{"epsilon", charged.epsilon}, {"delta", charged.delta}}}};
}

Result<AccountStatus> AccountStatus::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"account", "sequence", "head", "charged"}));
  const Json& charged = *TRY(json.GetObject("charged"));
  AccountStatus status;
  status.account = TRY(json.GetString("account"));
  status.sequence = static_cast<std::uint64_t>(TRY(json.GetIntIn("sequence", 0, INT64_MAX)));
  status.head = TRY(DigestOf(json, "head"));
  status.charged.epsilon = TRY(charged.GetIntIn("epsilon", 0, INT64_MAX));
  status.charged.delta = TRY(charged.GetIntIn("delta", 0, INT64_MAX));
  return status;
}

}  // namespace cloister::broker
