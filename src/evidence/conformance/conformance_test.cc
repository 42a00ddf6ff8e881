#include "evidence/conformance/conformance.h"

#include <gtest/gtest.h>

#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json Manifest() { return *Json::Parse(*ReadTextFile(SharedVectors() / "MANIFEST.json", 1 << 20)); }

// Runs all cases, of which none may be skipped; how many they are.
int RunAll(const std::filesystem::path& manifest) {
  const auto cases = Json::Parse(*ReadTextFile(manifest, 1 << 20));
  int run = 0;
  for (const Json& manifest_case : **cases->AsArray()) {
    const CaseResult result = RunCase(manifest_case, SharedVectors());
    EXPECT_EQ(result.verdict, CaseVerdict::kPass) << *manifest_case.GetString("id") << ": " << result.message;
    ++run;
  }
  return run;
}

TEST(Conformance, EveryCaseOfTheManifestPasses) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  EXPECT_GE(RunAll(SharedVectors() / "MANIFEST.json"), 106);
}

TEST(Conformance, EveryCaseOfTrusteesManifestPasses) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  EXPECT_GE(RunAll(SharedVectors() / "trustee/MANIFEST.json"), 63);
}

TEST(Conformance, SaysOfSnpWhetherRevocationWasChecked) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Json manifest = Manifest();
  for (const Json& manifest_case : **manifest.AsArray()) {
    if (*manifest_case.GetString("tee") != "snp" || *manifest_case.GetString("expect") != "valid") continue;
    EXPECT_EQ(RunCase(manifest_case, SharedVectors()).message, manifest_case.Find("files")->Find("crl") != nullptr
                                                                   ? "verifies; revocation was checked"
                                                                   : "verifies; revocation was not checked");
  }
}

TEST(Conformance, NoticesAWrongExpectation) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Json manifest = Manifest();
  for (const Json& original : **manifest.AsArray()) {
    if (*original.GetString("id") != "snp/genoa-v3-azure") continue;
    Json changed = original;
    changed.Set("expect", "invalid");
    EXPECT_EQ(RunCase(changed, SharedVectors()).verdict, CaseVerdict::kFail);
    changed = original;
    Json claims = *changed.Find("expected_claims");
    claims.Set("product", "Milan");
    changed.Set("expected_claims", std::move(claims));
    EXPECT_EQ(RunCase(changed, SharedVectors()).verdict, CaseVerdict::kFail);
    changed.Set("files", Json::Object{{"report", "missing"}});
    EXPECT_EQ(RunCase(changed, SharedVectors()).verdict, CaseVerdict::kFail);
  }
}

}  // namespace
}  // namespace cloister::evidence
