#include <set>

#include "contract/internal/fields.h"
#include "contract/run.h"

namespace cloister::contract {
namespace {

using namespace internal;

constexpr std::size_t kMaxReservationBytes = 8 * 1024;

Result<RunReport::Input> ReadInput(const Json& json) {
  TRY(json.RefuseUnknownMembers({"dataset", "sha256"}));
  RunReport::Input input;
  input.dataset = TRY(GetUrnUuid(json, "dataset"));
  input.sha256 = TRY(GetDigest(json, "sha256"));
  return input;
}

Result<RunReport::Released> ReadReleased(const Json& json) {
  TRY(json.RefuseUnknownMembers({"name", "kind", "to", "recipient", "sha256", "size"}));
  RunReport::Released output{};
  output.name = TRY(GetText(json, "name", 64));
  output.kind = TRY(GetEnum(json, "kind", {OutputKind::kModel, OutputKind::kCard}, OutputKindName));
  output.to = TRY(GetDid(json, "to"));
  output.recipient = TRY(GetText(json, "recipient", 128));
  output.sha256 = TRY(GetDigest(json, "sha256"));
  output.size = TRY(GetCount(json, "size"));
  TRY_WITH("name", CheckOutputName(output.name));
  return output;
}

Result<RunReport::Charge> ReadCharge(const Json& json) {
  TRY(json.RefuseUnknownMembers({"dataset", "account", "epsilon", "delta", "mechanisms"}));
  RunReport::Charge out{};
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.account = TRY(GetText(json, "account", 512));
  out.epsilon = TRY(GetFinite(json, "epsilon", 0, 1e6));
  out.delta = TRY(GetFinite(json, "delta", 0, 1));
  out.mechanisms = TRY(GetList(json, "mechanisms", Mechanism::FromJson));
  return out;
}

Json WriteInput(const RunReport::Input& input) {
  return Json::Object{{"dataset", input.dataset}, {"sha256", Hex(input.sha256)}};
}

Json WriteReleased(const RunReport::Released& output) {
  return Json::Object{
      {"name", output.name},           {"kind", OutputKindName(output.kind)}, {"to", output.to},
      {"recipient", output.recipient}, {"sha256", Hex(output.sha256)},        {"size", Count(output.size)}};
}

Json WriteCharge(const RunReport::Charge& charge) {
  return Json::Object{{"dataset", charge.dataset},
                      {"account", charge.account},
                      {"epsilon", Number(charge.epsilon)},
                      {"delta", Number(charge.delta)},
                      {"mechanisms", ToList(charge.mechanisms, [](const Mechanism& m) { return m.ToJson(); })}};
}

Result<Bytes> ReadCose(const Json& json) {
  const std::string text = TRY(json.AsString());
  if (text.size() > kMaxReservationBytes) return Error(ErrorCode::kLimit, "expected at most 8192 characters, got more");
  return FromBase64Url(text);
}

// One reservation of a report: signed by a broker key of the contract it names, for this run, request and room key.
Result<std::string> VerifyOneReservation(const RunReport& report, const Bytes& cose,
                                         std::span<const Contract> contracts) {
  const UnverifiedStatement statement = TRY(StatementFromUnverified(cose));
  const Reservation claimed = TRY(Reservation::FromJson(statement.payload));
  for (const Contract& contract : contracts) {
    if (contract.digest() != claimed.contract) continue;
    const Party* party = contract.FindParty(claimed.broker);
    const Dataset* dataset = contract.DatasetById(claimed.dataset);
    if (party == nullptr || !party->broker || dataset == nullptr || dataset->provider != claimed.broker) {
      return Error(ErrorCode::kMismatch, "reservation: broker and dataset are not the contract's");
    }
    const auto verified = TRY(VerifyDocument<Reservation>(cose, party->broker->keys, party->did));
    if (verified->run != report.run || verified->run_request != report.run_request) {
      return Error(ErrorCode::kMismatch, "reservation: expected this run and run request, got another");
    }
    if (verified->room_key != KeyThumbprint(report.room_key)) {
      return Error(ErrorCode::kMismatch, "reservation: expected the key of this room, got another");
    }
    return verified->dataset;
  }
  return Error(ErrorCode::kMismatch, "reservation: names a contract that the report does not");
}

}  // namespace

Result<RunReport> RunReport::FromJson(const Json& json) {
  TRY(CheckType(json, "run-report/v1",
                {"type", "run", "run_request", "contracts", "pipeline", "room_key", "measurement", "host_data",
                 "evidence", "simulated", "inputs", "outputs", "spent", "reservations", "audit_head", "time"}));
  crypto::VerifyingKey room_key = TRY(GetPart(json, "room_key", KeyFromJwk));
  RunReport report{{}, {}, {}, {}, std::move(room_key), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  report.run = TRY(GetUuid(json, "run"));
  report.run_request = TRY(GetDigest(json, "run_request"));
  report.contracts = TRY(GetDigests(json, "contracts"));
  report.pipeline = TRY(GetDigest(json, "pipeline"));
  report.measurement = TRY(GetHexOf<48>(json, "measurement"));
  report.host_data = TRY(GetDigest(json, "host_data"));
  report.evidence = TRY(GetDigest(json, "evidence"));
  report.simulated = TRY(json.GetBool("simulated"));
  report.inputs = TRY(GetList(json, "inputs", ReadInput));
  report.outputs = TRY(GetList(json, "outputs", ReadReleased));
  report.spent = TRY(GetList(json, "spent", ReadCharge));
  report.reservations = TRY(GetList(json, "reservations", ReadCose));
  report.audit_head = TRY(GetDigest(json, "audit_head"));
  report.time = TRY(GetTime(json, "time"));
  return report;
}

Json RunReport::ToJson() const {
  return Json::Object{{"type", "run-report/v1"},
                      {"run", run},
                      {"run_request", Hex(run_request)},
                      {"contracts", HexList(contracts)},
                      {"pipeline", Hex(pipeline)},
                      {"room_key", KeyToJwk(room_key)},
                      {"measurement", Hex(measurement)},
                      {"host_data", Hex(host_data)},
                      {"evidence", Hex(evidence)},
                      {"simulated", simulated},
                      {"inputs", ToList(inputs, WriteInput)},
                      {"outputs", ToList(outputs, WriteReleased)},
                      {"spent", ToList(spent, WriteCharge)},
                      {"reservations", ToList(reservations, [](const Bytes& cose) { return Json(ToBase64Url(cose)); })},
                      {"audit_head", Hex(audit_head)},
                      {"time", ToRfc3339(time)}};
}

Result<Verified<RunReport>> VerifyRunReport(ByteSpan cose, std::span<const Contract> contracts) {
  const UnverifiedStatement statement = TRY(StatementFromUnverified(cose));
  const RunReport claimed = TRY(RunReport::FromJson(statement.payload));
  auto report = TRY(VerifyDocument<RunReport>(cose, claimed.room_key, RoomIssuer(claimed.run)));

  std::set<Digest> named(report->contracts.begin(), report->contracts.end());
  std::set<std::string> wanted;
  for (const Contract& contract : contracts) {
    if (named.erase(contract.digest()) != 1)
      return Error(ErrorCode::kMismatch, "run report: does not name one of the contracts");
    for (const Dataset& dataset : contract.datasets) wanted.insert(dataset.id);
  }
  if (!named.empty()) return Error(ErrorCode::kMismatch, "run report: names a contract that is not at hand");

  for (const Bytes& reservation : report->reservations) {
    const std::string dataset = TRY_WITH("run report", VerifyOneReservation(*report, reservation, contracts));
    if (wanted.erase(dataset) != 1) return Error(ErrorCode::kMismatch, "run report: two reservations for one dataset");
  }
  if (!wanted.empty()) return Error(ErrorCode::kUntrusted, "run report: no reservation for dataset " + *wanted.begin());
  return report;
}

}  // namespace cloister::contract
