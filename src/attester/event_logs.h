// Logs of what was measured at boot, as the kernel shows them. Whoever verifies replays them: by themselves they prove nothing.
#pragma once

#include <filesystem>
#include <optional>

#include "base/bytes.h"

namespace cloister::attester {

inline constexpr std::size_t kMaxEventLog = std::size_t{1} << 20;

// Under `root`, "/" in production. None where the machine has none. kLimit, kIo (not allowed to read it).
Result<std::optional<Bytes>> ReadCcel(const std::filesystem::path& root);     // /sys/firmware/acpi/tables/data/CCEL
Result<std::optional<Bytes>> ReadTpmLog(const std::filesystem::path& root);  // …/tpm0/binary_bios_measurements

}  // namespace cloister::attester
