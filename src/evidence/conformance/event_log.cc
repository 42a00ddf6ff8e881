#include "evidence/conformance/case.h"
#include "evidence/tpm/event_json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::string_view kRegisters[] = {"rtmr_0", "rtmr_1", "rtmr_2", "rtmr_3"};

// The whole log as another implementation's policies see it, where the case has that.
Result<void> CheckExpectedJson(const Case& loaded, const EventLog& log) {
  const auto file = loaded.files.find("expected");
  if (file == loaded.files.end()) return {};
  const Json expected = TRY(Json::Parse(AsText(file->second)));
  const Json ours = UefiEventLogs(log);
  const Json::Array& theirs = *TRY(expected.GetArray("uefi_event_logs"));
  const Json::Array& found = *TRY(ours.AsArray());
  if (theirs.size() != found.size()) return Error(ErrorCode::kMismatch, "another number of events than expected");
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (theirs[i] == found[i]) continue;
    return Error(ErrorCode::kMismatch,
                 "event " + std::to_string(i) + ": expected " + theirs[i].Dump() + ", got " + found[i].Dump());
  }
  return {};
}

// Registers that somebody says hardware has: `given_rtmr_0` and so on.
Result<void> CheckGiven(const Json& claims, const Json& replayed) {
  for (const std::string_view name : kRegisters) {
    const auto given = TRY(claims.FindString("given_" + std::string(name)));
    if (given && *given != TRY(replayed.GetString(name))) {
      return Error(ErrorCode::kMismatch, "event log: its replay is not the given " + std::string(name));
    }
  }
  return {};
}

}  // namespace

Result<CaseAnswer> RunEventLog(const Case& loaded) {
  const Bytes& bytes = *TRY(loaded.File(loaded.files.contains("log") ? "log" : "event_log"));
  const EventLog log = TRY(ParseEventLog(bytes));
  TRY(CheckExpectedJson(loaded, log));
  Json claims = Json::Object{{"events", log.events.size()}};
  if (loaded.mode != "replay") return CaseAnswer{std::move(claims), "its digests were not compared with registers"};
  const auto registers = TRY(ReplayCcel(log));
  for (std::size_t i = 0; i < registers.size(); ++i) claims.Set(kRegisters[i], ToHex(registers[i]));
  TRY(CheckGiven(*TRY(loaded.entry.GetObject("expected_claims")), claims));
  return CaseAnswer{std::move(claims), "replayed"};
}

}  // namespace cloister::evidence
