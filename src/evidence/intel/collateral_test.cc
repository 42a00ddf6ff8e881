#include "evidence/intel/collateral.h"

#include "evidence/intel/testing.h"

namespace cloister::evidence {
namespace {

std::string Info(IntelTee tee) { return TestIntel().Publish(TestIntel().DescribeTcb(tee)); }
std::string Identity() { return TestIntel().Publish(TestIntel().DescribeQe(IntelTee::kTdx)); }

TEST(IntelCollateral, IsReadBack) {
  const auto info = ParseTcbInfo(Info(IntelTee::kTdx));
  ASSERT_TRUE(info.has_value()) << info.error().ToText();
  EXPECT_EQ(info->content.levels.size(), 3U);
  EXPECT_EQ(info->content.tdx_module_identities.size(), 2U);
  EXPECT_EQ(TestIntel().Publish(info->content).size(), Info(IntelTee::kTdx).size());
  EXPECT_EQ(ParseQeIdentity(Identity())->content.levels[1].standing.status, TcbStatus::kOutOfDate);
}

TEST(IntelCollateral, GivesExactlyTheInnerObject) {
  const std::string body = Info(IntelTee::kSgx);
  const auto plain = ParseTcbInfo(body);
  ASSERT_TRUE(plain.has_value());
  const std::string inner(plain->signed_bytes);
  EXPECT_EQ(body.substr(11, inner.size()), inner);
  const std::string signature = body.substr(11 + inner.size());  // ,"signature":"…"}
  const std::string spaced = " {\n \"tcbInfo\" :\t" + inner + " \r\n" + signature + "\n";
  EXPECT_EQ(ParseTcbInfo(spaced)->signed_bytes, inner);
  const std::string reversed = "{" + signature.substr(1, signature.size() - 2) + ",\"tcbInfo\":" + inner + "}";
  EXPECT_EQ(ParseTcbInfo(reversed)->signed_bytes, inner);
}

TEST(IntelCollateral, RefusesOtherEnvelopes) {
  const std::string body = Info(IntelTee::kSgx);
  const std::string inner(ParseTcbInfo(body)->signed_bytes);
  const std::string signature = "\"signature\":\"" + std::string(128, '0') + "\"";
  const auto code = [](const std::string& text) { return CodeOf(ParseTcbInfo(text)); };
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + "," + signature + "}"), "accepted");
  EXPECT_EQ(code("{\"tcb\\u0049nfo\":" + inner + "," + signature + "}"), "malformed");  // escaped name
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + "}"), "malformed");
  EXPECT_EQ(code("{" + signature + "}"), "malformed");
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + ",\"tcbInfo\":" + inner + "," + signature + "}"), "malformed");
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + "," + signature + ",\"more\":1}"), "malformed");
  EXPECT_EQ(code("{\"tcbInfo\":\"x\"," + signature + "}"), "malformed");
  EXPECT_EQ(code("[" + inner + "]"), "malformed");
  EXPECT_EQ(code("{\"enclaveIdentity\":" + inner + "," + signature + "}"), "malformed");
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + ",\"signature\":\"00\"}"), "malformed");
  EXPECT_EQ(code("{\"tcbInfo\":" + inner + "," + signature + "}x"), "malformed");
  EXPECT_EQ(code(std::string(600000, ' ')), "limit");
}

TEST(IntelCollateral, RefusesWhatItDoesNotKnow) {
  const std::string info = Info(IntelTee::kTdx);
  const auto code = [&](std::string_view from, std::string_view to) {
    return CodeOf(ParseTcbInfo(Replaced(info, from, to)));
  };
  EXPECT_EQ(code("\"version\":3", "\"version\":4"), "unsupported");
  EXPECT_EQ(code("\"version\":3", "\"version\":1"), "unsupported");
  EXPECT_EQ(code("\"id\":\"TDX\"", "\"id\":\"ABC\""), "unsupported");
  EXPECT_EQ(code("\"tcbType\":0", "\"tcbType\":1"), "unsupported");
  EXPECT_EQ(code("\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"Fine\""), "unsupported");
  EXPECT_EQ(code("\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"TDRelaunchAdvised\""), "unsupported");
  EXPECT_EQ(code("\"id\":\"TDX_01\"", "\"id\":\"TDX_03\""), "malformed");
  EXPECT_EQ(code("\"svn\":8", "\"svn\":256"), "malformed");
  EXPECT_EQ(code("\"svn\":8", "\"svn\":-1"), "malformed");
  EXPECT_EQ(code("\"svn\":8", "\"svn\":8.0"), "malformed");
  EXPECT_EQ(code("{\"svn\":8},", ""), "malformed");  // 15 components
  EXPECT_EQ(code("\"fmspc\":\"51A06F000000\"", "\"fmspc\":\"51A06F0000\""), "malformed");
  const std::string identity = Identity();
  EXPECT_EQ(CodeOf(ParseQeIdentity(Replaced(identity, "TD_QE", "QVE"))), "unsupported");
  EXPECT_EQ(CodeOf(ParseQeIdentity(Replaced(identity, "\"version\":2", "\"version\":1"))), "unsupported");
  EXPECT_EQ(CodeOf(ParseQeIdentity(Replaced(identity, "\"UpToDate\"", "\"SWHardeningNeeded\""))), "unsupported");
}

TEST(IntelCollateral, ReadsTcbInfoOfVersion2) {
  TcbInfo info = TestIntel().DescribeTcb(IntelTee::kSgx);
  info.version = 2;
  for (std::size_t i = 0; i < 16; ++i) info.levels[0].sgx_components[i] = static_cast<std::uint8_t>(i);
  const std::string body = TestIntel().Publish(info);
  const auto read = ParseTcbInfo(body);
  ASSERT_TRUE(read.has_value()) << read.error().ToText();
  EXPECT_EQ(read->content.levels[0].sgx_components, info.levels[0].sgx_components);
  EXPECT_EQ(CodeOf(ParseTcbInfo(Replaced(body, "sgxtcbcomp16svn", "sgxtcbcomp17svn"))), "malformed");
}

}  // namespace
}  // namespace cloister::evidence
