#include "attester/event_logs.h"

#include "base/file.h"

namespace cloister::attester {
namespace {

Result<std::optional<Bytes>> ReadWhereThere(const std::filesystem::path& file) {
  auto content = ReadFile(file, kMaxEventLog);
  if (content) return std::optional(*std::move(content));
  if (content.error().code() == ErrorCode::kNotFound) return std::optional<Bytes>();
  return std::move(content).error();
}

}  // namespace

Result<std::optional<Bytes>> ReadCcel(const std::filesystem::path& root) {
  return ReadWhereThere(root / "sys/firmware/acpi/tables/data/CCEL");
}

Result<std::optional<Bytes>> ReadTpmLog(const std::filesystem::path& root) {
  return ReadWhereThere(root / "sys/kernel/security/tpm0/binary_bios_measurements");
}

}  // namespace cloister::attester
