// A log that is read, written again, is read as the same; its replays keep to the registers that can be extended.
#include "base/check.h"
#include "evidence/tpm/event_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const auto log = evidence::ParseEventLog({data, size});
  if (!log) return 0;
  const Bytes written = evidence::SerializeEventLog(*log);
  const auto again = evidence::ParseEventLog(written);
  CHECK(again && evidence::SerializeEventLog(*again) == written);
  CHECK((**evidence::UefiEventLogs(*log).AsArray()).size() == log->events.size());
  (void)evidence::ReplayCcel(*log);
  for (const evidence::PcrBank bank : log->banks) {
    for (const std::uint32_t index : {evidence::kSecureBootPcr, evidence::kSecureBootCcRegister}) {
      (void)evidence::MeasuredSecureBoot(*log, bank, index);
    }
    const auto registers = evidence::ReplayPcrs(*log, bank);
    if (!registers) continue;
    for (const auto& [index, value] : *registers) CHECK(index < 24);
    CHECK(evidence::CheckReplay(*log, bank, *registers));
  }
  return 0;
}
