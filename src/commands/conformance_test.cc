#include "commands/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "commands/temporary_folder.h"
#include "formats/json.h"

namespace cloister::commands {
namespace {

namespace fs = std::filesystem;

const fs::path kVectors = fs::path(CLOISTER_SHARED_DIR) / "vectors";

struct Ran {
  Result<ConformanceCounts> counts = Error(ErrorCode::kInternal, "not run");
  std::string out;
};

Ran RunManifest(const fs::path& manifest, std::vector<std::string> only, bool json = false) {
  std::ostringstream out;
  Ran ran;
  ran.counts = RunConformance({manifest, std::move(only), json}, out);
  ran.out = out.str();
  return ran;
}

class OnSharedVectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kVectors / "MANIFEST.json")) GTEST_SKIP() << "no vectors in " << kVectors;
  }
  // Everything that `only` selects passes.
  void ExpectGood(const fs::path& manifest, std::vector<std::string> only, std::size_t at_least) {
    const Ran ran = RunManifest(kVectors / manifest, std::move(only));
    ASSERT_TRUE(ran.counts) << ran.counts.error().ToText();
    EXPECT_TRUE(ran.counts->Good()) << ran.out;
    EXPECT_GE(ran.counts->passed, at_least) << ran.out;
  }
};

TEST_F(OnSharedVectors, SnpEvidencePasses) { ExpectGood("MANIFEST.json", {"snp/*"}, 10); }

TEST_F(OnSharedVectors, LedgerKindsPass) {
  ExpectGood("ledger/MANIFEST.json",
             {"cose-sign1", "cose-receipt", "cose-consistency", "note", "checkpoint", "merkle-inclusion", "merkle-consistency"}, 20);
}

TEST_F(OnSharedVectors, AgeKitFailsNowhere) { ExpectGood("age/MANIFEST.json", {}, 30); }

TEST_F(OnSharedVectors, AccountingPasses) { ExpectGood("dp/accounting.json", {}, 10); }

TEST_F(OnSharedVectors, PrintsJsonLinesAndCounts) {
  const Ran ran = RunManifest(kVectors / "MANIFEST.json", {"snp/milan-v2-virtee"}, true);
  ASSERT_TRUE(ran.counts) << ran.counts.error().ToText();
  std::istringstream lines(ran.out);
  std::string line;
  std::size_t count = 0;
  while (std::getline(lines, line)) {
    EXPECT_TRUE(formats::Json::Parse(line)) << line;
    ++count;
  }
  EXPECT_EQ(count, 2u);
}

// An answer is the verifier's own, not what the manifest would have.
TEST_F(OnSharedVectors, PrintsWhatTheVerifierAnswered) {
  const Ran refused = RunManifest(kVectors / "MANIFEST.json", {"snp/neg-genoa-measurement-flip"}, true);
  EXPECT_THAT(refused.out, testing::HasSubstr(R"("answer":"invalid")"));
  const Ran verified = RunManifest(kVectors / "MANIFEST.json", {"snp/milan-v2-virtee"}, true);
  EXPECT_THAT(verified.out, testing::HasSubstr(R"("answer":"valid")"));
  const Ran not_asked = RunManifest(kVectors / "age/MANIFEST.json", {"x25519"}, true);
  EXPECT_THAT(not_asked.out, testing::Not(testing::HasSubstr("answer")));
}

TEST_F(OnSharedVectors, RefusesAGlobThatSelectsNothing) {
  const Ran ran = RunManifest(kVectors / "MANIFEST.json", {"no-such-case"});
  ASSERT_FALSE(ran.counts);
  EXPECT_EQ(ran.counts.error().code(), ErrorCode::kUsage);
}

TEST(Conformance, RefusesWhatIsNoManifest) {
  const auto folder = TemporaryFolder::Make();
  ASSERT_TRUE(folder);
  for (const char* text : {"", "{", "7", "{}", "[1]", "[{}]", R"([{"id": "a"}])", R"([{"id": "a", "kind": 5}])", R"({"rows": [[]]})"}) {
    const fs::path manifest = folder->path() / "MANIFEST.json";
    ASSERT_TRUE(WriteFile(manifest, AsBytes(text), FileMode::kPublic));
    const Ran ran = RunManifest(manifest, {});
    ASSERT_FALSE(ran.counts) << text;
    EXPECT_EQ(ran.counts.error().code(), ErrorCode::kMalformed) << text << ": " << ran.counts.error().ToText();
  }
  EXPECT_EQ(RunManifest(folder->path() / "absent", {}).counts.error().code(), ErrorCode::kNotFound);
}

TEST(Conformance, SkipsWhatItCannotVerifyAndIsNotGoodWhereThatIsNamed) {
  const auto folder = TemporaryFolder::Make();
  ASSERT_TRUE(folder);
  const fs::path manifest = folder->path() / "MANIFEST.json";
  ASSERT_TRUE(WriteFile(manifest, AsBytes(R"([{"id": "a", "tee": "hardware-to-come", "files": {}, "expect": "valid", "expected_claims": {}}])"),
                        FileMode::kPublic));
  EXPECT_EQ(RunManifest(manifest, {}).counts->skipped, 1u);
  EXPECT_TRUE(RunManifest(manifest, {}).counts->Good());
  EXPECT_FALSE(RunManifest(manifest, {"hardware-to-come"}).counts->Good());
}

// A file that is missing is a failed case, not a pass and not the end of the others.
TEST(Conformance, CountsACaseWithoutItsFileAsFailed) {
  const auto folder = TemporaryFolder::Make();
  ASSERT_TRUE(folder);
  const fs::path manifest = folder->path() / "MANIFEST.json";
  ASSERT_TRUE(WriteFile(manifest, AsBytes(R"([{"id": "a", "file": "absent", "features": []}])"), FileMode::kPublic));
  const Ran ran = RunManifest(manifest, {});
  ASSERT_TRUE(ran.counts) << ran.counts.error().ToText();
  EXPECT_EQ(ran.counts->failed, 1u);
  EXPECT_FALSE(ran.counts->Good());
}

}  // namespace
}  // namespace cloister::commands
