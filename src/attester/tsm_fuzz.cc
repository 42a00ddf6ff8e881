// A guest's writes to the simulated report device, one a line: ATTRIBUTE=VALUE. Whatever a guest writes, what it reads back is
// a report of its own, or refused.
#include "attester/simulated_tsm.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using attester::SimulatedTsm;
  SimulatedTsm tsm([](const attester::ReportData& nonce, std::uint32_t vmpl) {
    CHECK(vmpl <= 3);
    return ToBytes(ByteSpan(nonce));
  }, ToBytes("table"));
  CHECK(tsm.Make("entry") == 0);
  std::string_view text = AsText({data, size});
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view name = line.substr(0, line.find('='));
    const std::string_view value = line.substr(std::min(name.size() + 1, line.size()));
    const auto* attribute = SimulatedTsm::FindAttribute(name);
    if (attribute == nullptr) continue;
    Bytes content;
    if (attribute->access == SimulatedTsm::Access::kWriteText) (void)tsm.WriteText("entry", name, value);
    if (attribute->access == SimulatedTsm::Access::kWriteBinary && value.size() <= attester::kTsmInblobSize) {
      tsm.CommitInblob("entry", AsBytes(value));
    }
    if (tsm.Read("entry", name, &content) == 0 && name == "outblob") CHECK(content.size() == 64);
  }
  return 0;
}
