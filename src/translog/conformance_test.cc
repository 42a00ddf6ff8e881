#include "translog/conformance.h"

#include <gtest/gtest.h>

#include <map>

#include "base/file.h"

namespace cloister::translog {
namespace {

TEST(LedgerConformance, EveryCaseOfOurKindsGivesTheStatedAnswer) {
  const std::filesystem::path folder = std::filesystem::path(CLOISTER_SHARED_DIR) / "vectors" / "ledger";
  const auto text = ReadTextFile(folder / "MANIFEST.json", std::size_t{8} << 20);
  if (!text) GTEST_SKIP() << "no ledger vectors at " << folder;
  const auto cases = ParseLedgerManifest(*text);
  ASSERT_TRUE(cases) << cases.error().ToText();
  std::map<std::string, int> passed;
  for (const formats::Json& test_case : *cases) {
    const CaseResult result = RunLedgerCase(test_case, folder);
    EXPECT_NE(result.outcome, CaseOutcome::kFailed) << result.id << ": " << result.detail;
    if (result.outcome == CaseOutcome::kPassed) ++passed[result.kind];
  }
  const std::map<std::string, int> expected = {{"cose-consistency", 3}, {"cose-receipt", 14},        {"cose-sign1", 15},
                                               {"checkpoint", 19},      {"merkle-consistency", 43}, {"merkle-inclusion", 53},
                                               {"note", 3}};
  EXPECT_EQ(passed, expected);
}

TEST(LedgerConformance, FailsCasesThatCannotBeRead) {
  const auto cases = ParseLedgerManifest(R"([{"id": "a", "kind": "note", "expect": "reject", "files": {}}, {}, 1])");
  ASSERT_TRUE(cases);
  for (const formats::Json& test_case : *cases) {
    EXPECT_EQ(RunLedgerCase(test_case, "/nonexistent").outcome, CaseOutcome::kFailed);
  }
}

TEST(LedgerConformance, KeepsIntegersBeyondInt64AsDigits) {
  const auto cases = ParseLedgerManifest(R"([{"a": 18446744073709551615, "b": "\"18446744073709551615"}])");
  ASSERT_TRUE(cases);
  EXPECT_EQ(*(*cases)[0].GetString("a"), "18446744073709551615");
  EXPECT_EQ(*(*cases)[0].GetString("b"), "\"18446744073709551615");
}

}  // namespace
}  // namespace cloister::translog
