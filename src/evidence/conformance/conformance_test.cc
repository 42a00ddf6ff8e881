#include "evidence/conformance/conformance.h"

#include <gtest/gtest.h>

#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json Manifest() { return *Json::Parse(*ReadTextFile(SharedVectors() / "MANIFEST.json", 1 << 20)); }

TEST(Conformance, EverySnpCaseOfTheManifestPasses) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const Json manifest = Manifest();
  int run = 0;
  for (const Json& manifest_case : **manifest.AsArray()) {
    const CaseResult result = RunCase(manifest_case, SharedVectors());
    EXPECT_NE(result.verdict, CaseVerdict::kFail) << *manifest_case.GetString("id") << ": " << result.message;
    if (*manifest_case.GetString("tee") != "snp") continue;
    ++run;
    const Json& files = *manifest_case.Find("files");
    if (*manifest_case.GetString("expect") == "valid") {
      EXPECT_EQ(result.message, files.Find("crl") != nullptr ? "verifies; revocation was checked"
                                                             : "verifies; revocation was not checked");
    }
  }
  EXPECT_GE(run, 18);
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
