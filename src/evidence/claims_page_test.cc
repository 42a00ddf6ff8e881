// docs/claims.md has a row for each claim that a verifier gives.
#include <gtest/gtest.h>

#include <set>

#include "evidence/azure/testing.h"
#include "evidence/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

// The names in the first cells of all tables, and in which TEEs' tables they stand.
std::set<std::string> NamesOnPage() {
  const std::string page = *ReadTextFile(std::filesystem::path(CLOISTER_TESTDATA_DIR) / "../../docs/claims.md", 1 << 20);
  std::set<std::string> names;
  std::size_t start = 0;
  while (start < page.size()) {
    const std::size_t end = std::min(page.find('\n', start), page.size());
    const std::string line = page.substr(start, end - start);
    start = end + 1;
    if (!line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    for (std::size_t open = cell.find('`'); open != std::string::npos; open = cell.find('`', open)) {
      const std::size_t close = cell.find('`', open + 1);
      names.insert(cell.substr(open + 1, close - open - 1));
      open = close + 1;
    }
  }
  return names;
}

// Digits of a name count as 0, so that one row stands for pcr00 to pcr23.
std::string WithoutNumbers(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) out.push_back(c);
    else if (out.empty() || out.back() != '0') out.push_back('0');
  }
  return out;
}

bool HasRow(const std::set<std::string>& page, const std::string& name) {
  if (page.contains(name) || page.contains(WithoutNumbers(name))) return true;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (page.contains(name.substr(0, dot) + ".*")) return true;
  }
  return false;
}

// Claims without a row, as a.b.c.
void FindMissing(const std::set<std::string>& page, const Json& claims, const std::string& prefix, std::set<std::string>& missing) {
  for (const auto& [name, value] : **claims.AsObject()) {
    const std::string full = prefix.empty() ? name : prefix + "." + name;
    if (HasRow(page, full)) continue;
    if (value.is_object() && !(*value.AsObject())->empty()) FindMissing(page, value, full, missing);
    else missing.insert(full);
  }
}

std::set<std::string> Missing(const Json& claims) {
  std::set<std::string> missing;
  FindMissing(NamesOnPage(), claims, "", missing);
  return missing;
}

TEST(ClaimsPage, NoticesAClaimWithoutARow) {
  EXPECT_EQ(Missing(Json::Object{{"tee", "snp"}, {"no_such", 1}, {"a", Json::Object{{"b", 1}}}}), (std::set<std::string>{"no_such", "a.b"}));
}

TEST(ClaimsPage, HasARowForEachClaimOfTpmsAndAzuresMachines) {
  EXPECT_EQ(Missing(VerifySnpMachine(TestAzure().OnSnp(TestProcessor(), TpmTestNonce()))->Claims()), std::set<std::string>());
  EXPECT_EQ(Missing(VerifyTdxMachine(TestAzure().OnTdx(TestIntel(), TpmTestNonce()))->Claims()), std::set<std::string>());
  TpmEvidence evidence = TestTpm().Evidence(TpmTestNonce());
  evidence.event_log = SerializeEventLog(TestTpm().log);
  evidence.ak_certificate = TestAuthority(VtpmCloud::kGoogle).Certify(TestTpm().key.Public())->Der();
  EvidenceCollateral collateral;
  collateral.vtpm = TestAuthority(VtpmCloud::kGoogle).Collateral();
  const auto verified = VerifyEvidence({EvidenceKind::kGcpVtpm, ToBytes(TpmEvidenceToJson(evidence).Dump())}, collateral,
                                       AnchorsNaming(TestAuthority(VtpmCloud::kGoogle)),
                                       {ChosenNonce::Exactly(TpmTestNonce()), ChosenInitData::AnyInitData()}, kTpmNow);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(Missing(verified->parts()[0].claims), std::set<std::string>());
}

TEST(ClaimsPage, HasARowForEachClaimOfSnp) {
  for (const std::uint32_t version : {2u, 3u, 5u}) {
    SnpReport report = TestProcessor().Report({}, TestNonce(), 0);
    report.version = version;
    if (version < 3) report.cpuid.reset();
    const auto verified = VerifySnp({TestProcessor().Sign(report), TestProcessor().Certificates()}, {}, AnchorsNaming(TestProcessor()),
                                    Expecting(TestNonce()), kTestNow);
    ASSERT_TRUE(verified) << verified.error().ToText();
    EXPECT_EQ(Missing(verified->Claims()), std::set<std::string>());
  }
}

}  // namespace
}  // namespace cloister::evidence
