#include "contract/run.h"

#include "contract/internal/fields.h"

namespace cloister::contract {
namespace {

using namespace internal;

constexpr double kMostEpsilon = 1e6;

Result<RunRequest::Spend> ReadSpend(const Json& json) {
  TRY(json.RefuseUnknownMembers({"dataset", "epsilon", "delta"}));
  RunRequest::Spend spend{};
  spend.dataset = TRY(GetUrnUuid(json, "dataset"));
  spend.epsilon = TRY(GetFinite(json, "epsilon", 0, kMostEpsilon));
  spend.delta = TRY(GetFinite(json, "delta", 0, 1));
  return spend;
}

template <class T>
Json WriteSpend(const T& spend) {
  return Json::Object{{"dataset", spend.dataset}, {"epsilon", Number(spend.epsilon)}, {"delta", Number(spend.delta)}};
}

Json::Array WriteMechanisms(const std::vector<Mechanism>& mechanisms) {
  return ToList(mechanisms, [](const Mechanism& mechanism) { return mechanism.ToJson(); });
}

Result<void> CheckWindow(std::string_view what, Time now, Time begin, Time end) {
  if (now >= begin && now < end) return {};
  return Error(ErrorCode::kExpired, std::string(what) + ": valid from " + ToRfc3339(begin) + " until " +
                                        ToRfc3339(end) + ", it is " + ToRfc3339(now));
}

}  // namespace

std::string RoomIssuer(std::string_view run) { return "urn:cloister:room:" + std::string(run); }

Result<RunRequest> RunRequest::FromJson(const Json& json) {
  TRY(CheckType(json, "run-request/v1",
                {"type", "run", "contracts", "pipeline", "spend", "consumer", "notBefore", "deadline"}));
  RunRequest request;
  request.run = TRY(GetUuid(json, "run"));
  request.contracts = TRY(GetDigests(json, "contracts"));
  request.pipeline = TRY(GetDigest(json, "pipeline"));
  request.spend = TRY(GetList(json, "spend", ReadSpend));
  request.consumer = TRY(GetDid(json, "consumer"));
  request.not_before = TRY(GetTime(json, "notBefore"));
  request.deadline = TRY(GetTime(json, "deadline"));
  if (request.contracts.empty()) return Malformed("contracts", "one or more", "none");
  if (!(request.not_before < request.deadline)) return Malformed("deadline", "a time after notBefore", "otherwise");
  if (!AllUnique(request.spend, [](const Spend& spend) -> std::string_view { return spend.dataset; })) {
    return Malformed("spend", "each dataset once", "one twice");
  }
  return request;
}

Json RunRequest::ToJson() const {
  return Json::Object{{"type", "run-request/v1"},
                      {"run", run},
                      {"contracts", HexList(contracts)},
                      {"pipeline", Hex(pipeline)},
                      {"spend", ToList(spend, WriteSpend<Spend>)},
                      {"consumer", consumer},
                      {"notBefore", ToRfc3339(not_before)},
                      {"deadline", ToRfc3339(deadline)}};
}

const RunRequest::Spend* RunRequest::SpendOn(std::string_view dataset) const {
  const auto found =
      std::find_if(spend.begin(), spend.end(), [dataset](const Spend& s) { return s.dataset == dataset; });
  return found == spend.end() ? nullptr : &*found;
}

Result<void> RunRequest::CheckTime(Time now) const { return CheckWindow("run request", now, not_before, deadline); }

Result<Certification> Certification::FromJson(const Json& json) {
  TRY(CheckType(json, "certification/v1",
                {"type", "certifier", "subject", "measurements", "algorithms", "claims", "notBefore", "notAfter"}));
  if (TRY(json.GetString("subject")) != "room") return Malformed("subject", "room", "another text");
  Certification certification;
  certification.certifier = TRY(GetDid(json, "certifier"));
  certification.measurements = TRY(GetList(json, "measurements", [](const Json& item) -> Result<crypto::Sha384Digest> {
    const std::string hex = TRY(item.AsString());
    const Bytes bytes = TRY(FromHex(hex));
    return ToArray<48>(bytes);
  }));
  certification.algorithms = TRY(GetTexts(json, "algorithms"));
  certification.claims = TRY(GetTexts(json, "claims"));
  certification.not_before = TRY(GetTime(json, "notBefore"));
  certification.not_after = TRY(GetTime(json, "notAfter"));
  if (certification.measurements.empty()) return Malformed("measurements", "one or more", "none");
  return certification;
}

Json Certification::ToJson() const {
  return Json::Object{{"type", "certification/v1"},
                      {"certifier", certifier},
                      {"subject", "room"},
                      {"measurements", HexList(measurements)},
                      {"algorithms", TextList(algorithms)},
                      {"claims", TextList(claims)},
                      {"notBefore", ToRfc3339(not_before)},
                      {"notAfter", ToRfc3339(not_after)}};
}

bool Certification::Covers(ByteSpan measurement) const {
  return std::any_of(measurements.begin(), measurements.end(),
                     [measurement](const crypto::Sha384Digest& good) { return Equal(good, measurement); });
}

Result<void> Certification::CheckTime(Time now) const {
  return CheckWindow("certification", now, not_before, not_after);
}

Result<Reservation> Reservation::FromJson(const Json& json) {
  TRY(CheckType(json, "reservation/v1",
                {"type", "run", "run_request", "contract", "dataset", "account", "broker", "sequence", "head",
                 "epsilon", "delta", "charged", "deadline", "room_key"}));
  Reservation out{};
  out.run = TRY(GetUuid(json, "run"));
  out.run_request = TRY(GetDigest(json, "run_request"));
  out.contract = TRY(GetDigest(json, "contract"));
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.account = TRY(GetText(json, "account", 512));
  out.broker = TRY(GetDid(json, "broker"));
  out.sequence = TRY(GetCount(json, "sequence", 1));
  out.head = TRY(GetDigest(json, "head"));
  out.epsilon = TRY(GetFinite(json, "epsilon", 0, kMostEpsilon));
  out.delta = TRY(GetFinite(json, "delta", 0, 1));
  out.charged = TRY(GetPart(json, "charged", Charged::FromJson));
  out.deadline = TRY(GetTime(json, "deadline"));
  out.room_key = TRY(GetDigest(json, "room_key"));
  return out;
}

Json Reservation::ToJson() const {
  return Json::Object{{"type", "reservation/v1"},
                      {"run", run},
                      {"run_request", Hex(run_request)},
                      {"contract", Hex(contract)},
                      {"dataset", dataset},
                      {"account", account},
                      {"broker", broker},
                      {"sequence", Count(sequence)},
                      {"head", Hex(head)},
                      {"epsilon", Number(epsilon)},
                      {"delta", Number(delta)},
                      {"charged", charged.ToJson()},
                      {"deadline", ToRfc3339(deadline)},
                      {"room_key", Hex(room_key)}};
}

Result<Mechanism> Mechanism::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"mechanism", "sigma", "q", "steps"}));
  if (TRY(json.GetString("mechanism")) != "subsampled-gaussian") {
    return Malformed("mechanism", "subsampled-gaussian", "another text");
  }
  const Mechanism mechanism{TRY(GetFinite(json, "sigma", 0, 1e9)), TRY(GetFinite(json, "q", 0, 1)),
                            TRY(GetCount(json, "steps"))};
  if (!(mechanism.sigma > 0) || !(mechanism.q > 0)) return Malformed("sigma, q", "more than 0", "0");
  return mechanism;
}

Json Mechanism::ToJson() const {
  return Json::Object{
      {"mechanism", "subsampled-gaussian"}, {"sigma", Number(sigma)}, {"q", Number(q)}, {"steps", Count(steps)}};
}

Result<Spent> Spent::FromJson(const Json& json) {
  TRY(CheckType(json, "spent/v1", {"type", "run", "dataset", "account", "epsilon", "delta", "mechanisms"}));
  Spent out{};
  out.run = TRY(GetUuid(json, "run"));
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.account = TRY(GetText(json, "account", 512));
  out.epsilon = TRY(GetFinite(json, "epsilon", 0, kMostEpsilon));
  out.delta = TRY(GetFinite(json, "delta", 0, 1));
  out.mechanisms = TRY(GetList(json, "mechanisms", Mechanism::FromJson));
  return out;
}

Json Spent::ToJson() const {
  Json json = WriteSpend(*this);
  json.Set("type", "spent/v1");
  json.Set("run", run);
  json.Set("account", account);
  json.Set("mechanisms", WriteMechanisms(mechanisms));
  return json;
}

Result<Settlement> Settlement::FromJson(const Json& json) {
  TRY(CheckType(json, "settlement/v1",
                {"type", "run", "dataset", "account", "broker", "sequence", "head", "epsilon", "delta", "charged"}));
  Settlement out{};
  out.run = TRY(GetUuid(json, "run"));
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.account = TRY(GetText(json, "account", 512));
  out.broker = TRY(GetDid(json, "broker"));
  out.sequence = TRY(GetCount(json, "sequence", 1));
  out.head = TRY(GetDigest(json, "head"));
  out.epsilon = TRY(GetFinite(json, "epsilon", 0, kMostEpsilon));
  out.delta = TRY(GetFinite(json, "delta", 0, 1));
  out.charged = TRY(GetPart(json, "charged", Charged::FromJson));
  return out;
}

Json Settlement::ToJson() const {
  Json json = WriteSpend(*this);
  json.Set("type", "settlement/v1");
  json.Set("run", run);
  json.Set("account", account);
  json.Set("broker", broker);
  json.Set("sequence", Count(sequence));
  json.Set("head", Hex(head));
  json.Set("charged", charged.ToJson());
  return json;
}

Result<Scrub> Scrub::FromJson(const Json& json) {
  TRY(CheckType(json, "scrub/v1", {"type", "run", "wiped", "bytes", "report", "time"}));
  Scrub out{};
  out.run = TRY(GetUuid(json, "run"));
  out.wiped = TRY(GetTexts(json, "wiped"));
  out.bytes = TRY(GetCount(json, "bytes"));
  out.report = TRY(GetDigest(json, "report"));
  out.time = TRY(GetTime(json, "time"));
  return out;
}

Json Scrub::ToJson() const {
  return Json::Object{{"type", "scrub/v1"},       {"run", run},
                      {"wiped", TextList(wiped)}, {"bytes", Count(bytes)},
                      {"report", Hex(report)},    {"time", ToRfc3339(time)}};
}

}  // namespace cloister::contract
