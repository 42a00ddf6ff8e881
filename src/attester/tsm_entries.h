// The kernel's report interface (configfs-tsm, Documentation/ABI/testing/configfs-tsm-report): entries, each a folder of
// attributes.
#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace cloister::attester {

inline constexpr std::string_view kTsmReportFolder = "/sys/kernel/config/tsm/report";
// What `provider` says.
inline constexpr std::string_view kSevGuest = "sev_guest";
inline constexpr std::string_view kTdxGuest = "tdx_guest";
inline constexpr std::string_view kArmCcaGuest = "arm_cca_guest";

// Errors of all: kUnavailable (no driver, busy, timed out), kNotFound (no such entry or attribute), kIo (all else).
class TsmEntries {
 public:
  virtual ~TsmEntries() = default;
  virtual Result<void> Make(const std::string& entry) = 0;
  virtual Result<void> Remove(const std::string& entry) = 0;
  // All of an attribute; kLimit: over `maximum` bytes.
  virtual Result<Bytes> Read(const std::string& entry, const std::string& attribute, std::size_t maximum) = 0;
  // In one write. For inblob success says nothing about acceptance: the kernel throws that result away.
  virtual Result<void> Write(const std::string& entry, const std::string& attribute, ByteSpan content) = 0;
};

// The entries of a mounted configfs, or of anything with the same layout.
class ConfigfsTsm final : public TsmEntries {
 public:
  // `folder` is kTsmReportFolder in production.
  explicit ConfigfsTsm(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<void> Make(const std::string& entry) override;
  Result<void> Remove(const std::string& entry) override;
  Result<Bytes> Read(const std::string& entry, const std::string& attribute, std::size_t maximum) override;
  Result<void> Write(const std::string& entry, const std::string& attribute, ByteSpan content) override;

 private:
  std::filesystem::path folder_;
};

}  // namespace cloister::attester
