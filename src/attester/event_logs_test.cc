#include "attester/event_logs.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace cloister::attester {
namespace {

TEST(EventLogs, AreAbsentWhereThereAreNone) {
  EXPECT_FALSE(*ReadCcel("/nowhere"));
  EXPECT_FALSE(*ReadTpmLog("/nowhere"));
}

TEST(EventLogs, AreReadToAMaximum) {
  std::string name = (std::filesystem::temp_directory_path() / "cloister-logs-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const std::filesystem::path root = name;
  std::filesystem::create_directories(root / "sys/firmware/acpi/tables/data");
  const auto file = root / "sys/firmware/acpi/tables/data/CCEL";
  ASSERT_TRUE(WriteFile(file, Bytes(1000, 1), FileMode::kPublic));
  EXPECT_EQ((*ReadCcel(root))->size(), 1000u);
  ASSERT_TRUE(WriteFile(file, Bytes(kMaxEventLog + 1), FileMode::kPublic));
  EXPECT_EQ(ReadCcel(root).error().code(), ErrorCode::kLimit);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace cloister::attester
