#include "contract/lint.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "contract/sample_for_tests.h"

namespace cloister::contract {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

bool HasError(const LintReport& report, std::string_view pointer) {
  for (const Finding& finding : report.findings) {
    if (finding.severity == Severity::kError && finding.pointer == pointer) return true;
  }
  return false;
}

TEST(Lint, LetsTheSamplePassWithANoteOnSignatures) {
  const LintReport report = Lint(Sample::MakeContract().ToCanonical(), kNow);
  EXPECT_TRUE(report.CanBecomeActive()) << report.ToText();
  ASSERT_EQ(report.findings.size(), 1u) << report.ToText();
  EXPECT_THAT(report.findings[0].expected, testing::HasSubstr(Sample::kOperator));
}

TEST(Lint, NeverPassesWhatTheReaderRefuses) {
  const Json whole = Sample::MakeContract().ToJson();
  for (const auto& [name, value] : **whole.AsObject()) {
    if (name == "jurisdiction" || name == "supersedes") continue;
    Json json = whole;
    json.Remove(name);
    EXPECT_FALSE(Lint(json.Dump(), kNow).CanBecomeActive()) << name;
  }
}

TEST(Lint, NamesWhatIsWrongAndWhere) {
  Contract contract = Sample::MakeContract();
  contract.datasets[0].schema->fields[1].bounds.reset();
  contract.datasets[0].schema->fields[1].typical.reset();
  EXPECT_TRUE(HasError(Lint(contract.ToCanonical(), kNow), "/datasets/0/schema/fields/1/bounds"));

  contract = Sample::MakeContract();
  contract.privacy[0].delta = 0.01;
  contract.privacy[0].total_delta = 0.02;
  EXPECT_TRUE(HasError(Lint(contract.ToCanonical(), kNow), "/constraints/0/privacy/0/delta"));

  contract = Sample::MakeContract();
  EXPECT_TRUE(HasError(Lint(contract.ToCanonical(), contract.expiry), "/expiryTime"));

  Json unsigned_party = contract.ToJson();
  const_cast<Json&>(**unsigned_party.At("/parties/0")).Set("signs", false);
  EXPECT_TRUE(HasError(Lint(unsigned_party.Dump(), kNow), "/parties/0/signs"));
}

TEST(Lint, SaysSoWhenItIsNoContract) {
  for (const char* text : {"", "[]", "{", "{}", "{\"schemaVersion\":\"7\"}", "null"}) {
    EXPECT_FALSE(Lint(text, kNow).CanBecomeActive()) << text;
  }
}

std::string ReadDepa(const std::string& name) {
  const auto text = ReadTextFile(std::string(CLOISTER_SHARED_DIR) + "/data/depa-contracts/" + name, 1 << 20);
  return text ? *text : "";
}

TEST(Lint, ReadsEveryContractOfDepaAndSaysWhyItCannotBecomeActive) {
  for (const char* name :
       {"brats/contract.json", "cifar10/contract.json", "covid/contract.json", "credit-risk/contract.json",
        "mnist/contract.json", "contract-ledger-demo.json", "contract-service-template.json"}) {
    const std::string text = ReadDepa(name);
    if (text.empty()) GTEST_SKIP() << "needs data/depa-contracts in CLOISTER_SHARED_DIR";
    const LintReport report = Lint(text, kNow);
    EXPECT_EQ(report.schema_version, "0.1") << name;
    EXPECT_FALSE(report.CanBecomeActive()) << name;
    for (const char* pointer : {"/expiryTime", "/parties", "/ledger", "/datasets/0/schema", "/datasets/0/integrity"}) {
      EXPECT_TRUE(HasError(report, pointer)) << name << " " << pointer << "\n" << report.ToText();
    }
    EXPECT_TRUE(Json::Parse(report.ToJson().Dump())) << name;
  }
}

TEST(Lint, JudgesDepasNumbersAndPlaceholders) {
  const std::string covid = ReadDepa("covid/contract.json");
  if (covid.empty()) GTEST_SKIP() << "needs data/depa-contracts in CLOISTER_SHARED_DIR";
  const LintReport report = Lint(covid, kNow);
  EXPECT_TRUE(HasError(report, "/tdps"));
  EXPECT_TRUE(HasError(report, "/tdc"));
  EXPECT_TRUE(HasError(report, "/ccrp"));
  EXPECT_TRUE(HasError(report, "/datasets/0/url"));
  EXPECT_TRUE(HasError(report, "/constraints/0/privacy/0/delta"));
  EXPECT_FALSE(HasError(report, "/constraints/0/privacy/0/epsilon_threshold"));  // "1.5" is read as a number
  EXPECT_THAT(report.ToText(), testing::HasSubstr("fewer than 100 rows"));
  EXPECT_TRUE(HasError(Lint(ReadDepa("mnist/contract.json"), kNow), "/constraints"));
}

}  // namespace
}  // namespace cloister::contract
