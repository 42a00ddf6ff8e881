#include "broker/resources.h"

#include <gtest/gtest.h>

#include "sealed/age_file.h"
#include "store/memory_store.h"

namespace cloister::broker {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

TEST(ResourcePath, HasThreeSegmentsOfPlainCharacters) {
  for (const char* good : {"a/b/c", "repo/type/tag-1.2", "_a/-b/c."}) EXPECT_TRUE(ResourcePath::Parse(good)) << good;
  for (const char* bad :
       {"", "a", "a/b", "a/b/c/d", "a//c", "/a/b", "a/b/", "a/b/.c", "../b/c", "a/b/c d", "a/b/c%", "a/b/\xC3\xA4"}) {
    EXPECT_EQ(ResourcePath::Parse(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
  EXPECT_FALSE(ResourcePath::Parse("a/b/" + std::string(129, 'c')));
  EXPECT_EQ(ResourcePath::Parse("a/b/c")->Segments(), (std::vector<std::string>{"a", "b", "c"}));
}

struct Fixture {
  std::unique_ptr<store::Store> store = std::make_unique<store::MemoryStore>();
  Resources resources{*store};
  Policies policies{*store};
  ResourcePath path = *ResourcePath::Parse("data/loans/v1");
  sealed::Identity identity = sealed::Identity::Generate(crypto::SystemRandom());
  sealed::SealingRecord Record(const sealed::Identity& to) {
    const sealed::Recipient recipient = to.recipient();
    return *sealed::Describe(*sealed::Seal(std::span(&recipient, 1), AsBytes("rows"), crypto::SystemRandom()));
  }
};

TEST(Resources, NeverGiveOutAContractBoundKey) {
  Fixture f;
  ASSERT_TRUE(f.resources.AddSealedKey(f.path, f.Record(f.identity), f.identity));
  EXPECT_EQ(f.resources.Get(f.path).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.resources.Set(f.path, AsBytes("x")).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(f.resources.Delete(f.path).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(f.resources.FindSealedKey(f.path)->identity.recipient(), f.identity.recipient());
}

TEST(Resources, KeepOneKeyForOnePathAndOnlyOneThatOpens) {
  Fixture f;
  const auto other = sealed::Identity::Generate(crypto::SystemRandom());
  const auto record = f.Record(f.identity);
  EXPECT_EQ(f.resources.AddSealedKey(f.path, record, other).error().code(), ErrorCode::kMismatch);
  ASSERT_TRUE(f.resources.AddSealedKey(f.path, record, f.identity));
  EXPECT_TRUE(f.resources.AddSealedKey(f.path, record, f.identity));
  EXPECT_EQ(f.resources.AddSealedKey(f.path, f.Record(f.identity), f.identity).error().code(), ErrorCode::kConflict);
  const auto plain = *ResourcePath::Parse("data/plain/v1");
  ASSERT_TRUE(f.resources.Set(plain, AsBytes("x")));
  EXPECT_EQ(f.resources.AddSealedKey(plain, record, f.identity).error().code(), ErrorCode::kConflict);
}

TEST(Resources, SetGetAndDelete) {
  Fixture f;
  EXPECT_EQ(f.resources.Get(f.path).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(f.resources.Set(f.path, AsBytes("one")));
  ASSERT_TRUE(f.resources.Set(f.path, AsBytes("two")));
  EXPECT_EQ(AsText(f.resources.Get(f.path)->ExposeSecret()), "two");
  ASSERT_TRUE(f.resources.Delete(f.path));
  EXPECT_EQ(f.resources.Delete(f.path).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(f.resources.Set(f.path, Bytes(kMaxResourceBytes + 1)).error().code(), ErrorCode::kLimit);
}

// Claims of one CPU as an EAR has them.
Json Claims(std::string_view status, bool simulated, int executables) {
  const Json snp = Json::Object{{"simulated", simulated}, {"root_sha256", std::string(64, 'a')}};
  const Json trust = Json::Object{{"executables", executables}, {"hardware", simulated ? 32 : 2}, {"configuration", 2}};
  const Json cpu = Json::Object{{"ear.status", status},
                                {"ear.trustworthiness-vector", trust},
                                {"ear.veraison.annotated-evidence", Json::Object{{"snp", snp}}}};
  return Json::Object{{"submods", Json::Object{{"cpu0", cpu}}}};
}

Json ContractNaming(const std::string& root) {
  const Json compute = Json::Object{{"roots", Json::Array{root}}};
  const Json contract = Json::Object{{"constraints", Json::Array{Json(Json::Object{{"compute", compute}})}}};
  return Json::Object{{"contract", contract}, {"run", Json::Object{}}, {"account", Json::Object{}}};
}

bool Releases(Policies& policies, const Json& claims, const Json& data) {
  const auto decision = policies.Allows(PolicyKind::kRelease, claims, data, kNow);
  EXPECT_TRUE(decision) << decision.error().ToText();
  return decision && decision->allowed;
}

TEST(DefaultReleasePolicy, DemandsAffirmingOrASimulatedRootThatTheContractNames) {
  Fixture f;
  const Json named = ContractNaming(std::string(64, 'a'));
  const Json other = ContractNaming(std::string(64, 'b'));
  EXPECT_TRUE(Releases(f.policies, Claims("affirming", false, 2), other));
  EXPECT_FALSE(Releases(f.policies, Claims("warning", false, 2), named));
  EXPECT_FALSE(Releases(f.policies, Claims("contraindicated", false, 2), named));
  EXPECT_TRUE(Releases(f.policies, Claims("warning", true, 2), named));
  EXPECT_FALSE(Releases(f.policies, Claims("warning", true, 2), other));
  EXPECT_FALSE(Releases(f.policies, Claims("warning", true, 33), named));  // a room that nobody certified
  EXPECT_FALSE(Releases(f.policies, Json::Object{}, named));
  Json two = Claims("affirming", false, 2);
  Json submods = *two.Find("submods");
  submods.Set("gpu0", *submods.Find("cpu0"));
  two.Set("submods", submods);
  EXPECT_FALSE(Releases(f.policies, two, named));  // a device that nobody asked for
}

// Trustee's default gives resources to whatever was appraised, well or badly.
TEST(TrusteeDefects, Defect6_TheDefaultPolicyForResourcesDemandsThatEveryPartIsAffirming) {
  Fixture f;
  const Json data =
      Json::Object{{"plugin", "resource"}, {"resource-path", Json::Array{"a", "b", "c"}}, {"query", Json::Object{}}};
  const auto allows = [&](const Json& claims) {
    return f.policies.Allows(PolicyKind::kResource, claims, data, kNow)->allowed;
  };
  EXPECT_TRUE(allows(Claims("affirming", false, 2)));
  for (const char* status : {"warning", "contraindicated", "none", "Affirming", ""}) {
    EXPECT_FALSE(allows(Claims(status, false, 2))) << status;
  }
  EXPECT_FALSE(allows(Claims("warning", true, 2)));
  Json two = Claims("affirming", false, 2);
  Json submods = *two.Find("submods");
  submods.Set("gpu0", **Claims("contraindicated", false, 2).At("/submods/cpu0"));
  two.Set("submods", submods);
  EXPECT_FALSE(allows(two));
  EXPECT_FALSE(allows(Json::Object{{"submods", Json::Object{}}}));
  EXPECT_FALSE(allows(Json::Object{}));
}

TEST(Policies, KeepWhatTheOwnerSetIfItCompiles) {
  Fixture f;
  EXPECT_EQ(f.policies.Set(PolicyKind::kResource, "package policy\nallow if {").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(*f.policies.Text(PolicyKind::kResource), DefaultResourcePolicy());
  const std::string open = "package policy\n\nallow := true\n";
  ASSERT_TRUE(f.policies.Set(PolicyKind::kResource, open));
  EXPECT_EQ(*f.policies.Text(PolicyKind::kResource), open);
  EXPECT_TRUE(f.policies.Allows(PolicyKind::kResource, Json::Object{}, Json::Object{}, kNow)->allowed);
  EXPECT_EQ(*f.policies.Text(PolicyKind::kRelease), DefaultReleasePolicy());
}

}  // namespace
}  // namespace cloister::broker
