#include "broker/admin.h"

#include <gtest/gtest.h>

namespace cloister::broker {
namespace {

using formats::Json;

const Time kNow = *FromRfc3339("2026-06-01T00:00:00Z");

struct Fixture {
  crypto::SigningKey key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  AdminAccess access = *AdminAccess::Create({{"owner", "KBS", {{"", key.Public()}}}},
                                            {{"admin", {"POST", "DELETE"}, "^/kbs/v0/resource/[^/]+/[^/]+/[^/]+$"},
                                             {"reader", {"GET"}, "^/kbs/v0/resource-policy$"}});

  std::string Token(std::string_view role, Time expires, std::string_view issuer = "owner") const {
    return "Bearer " + token::SignJwt(key, {},
                                      Json::Object{{"iss", issuer},
                                                   {"aud", Json::Array{"KBS"}},
                                                   {"sub", "alice"},
                                                   {"role", role},
                                                   {"exp", ToUnixSeconds(expires)}});
  }
};

TEST(AdminAccess, RefusesWithoutATokenOfAKnownIssuer) {
  Fixture f;
  const std::string path = "/kbs/v0/resource/a/b/c";
  const std::string good = f.Token("admin", kNow + Seconds(60));
  EXPECT_EQ(f.access.Authorize("POST", path, "", kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(f.access.Authorize("POST", path, good.substr(7), kNow).error().code(), ErrorCode::kUntrusted);
  EXPECT_FALSE(f.access.Authorize("POST", path, good + "x", kNow));
  EXPECT_FALSE(f.access.Authorize("POST", path, f.Token("admin", kNow + Seconds(60), "stranger"), kNow));
  EXPECT_EQ(f.access.Authorize("POST", path, f.Token("admin", kNow - Seconds(61)), kNow).error().code(),
            ErrorCode::kExpired);
  const auto other = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  const std::string forged =
      "Bearer " +
      token::SignJwt(
          other, {},
          Json::Object{{"iss", "owner"}, {"aud", "KBS"}, {"role", "admin"}, {"exp", ToUnixSeconds(kNow + Seconds(9))}});
  EXPECT_EQ(f.access.Authorize("POST", path, forged, kNow).error().code(), ErrorCode::kUntrusted);
  const std::string endless =
      "Bearer " + token::SignJwt(f.key, {}, Json::Object{{"iss", "owner"}, {"aud", "KBS"}, {"role", "admin"}});
  EXPECT_FALSE(f.access.Authorize("POST", path, endless, kNow));
  const auto nobody = *AdminAccess::Create({}, {});
  EXPECT_EQ(nobody.Authorize("POST", path, good, kNow).error().code(), ErrorCode::kUntrusted);
}

TEST(AdminAccess, LetsARoleDoWhatItsRuleSaysAndNoMore) {
  Fixture f;
  const std::string admin = f.Token("admin", kNow + Seconds(60));
  const auto identity = f.access.Authorize("POST", "/kbs/v0/resource/a/b/c", admin, kNow);
  ASSERT_TRUE(identity) << identity.error().ToText();
  EXPECT_EQ(identity->subject, "alice");
  EXPECT_EQ(f.access.Authorize("GET", "/kbs/v0/resource/a/b/c", admin, kNow).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.access.Authorize("POST", "/kbs/v0/resource/a/b/c/d", admin, kNow).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.access.Authorize("POST", "/x/kbs/v0/resource/a/b/c", admin, kNow).error().code(), ErrorCode::kRefused);
  EXPECT_EQ(f.access.Authorize("GET", "/kbs/v0/resource-policy", admin, kNow).error().code(), ErrorCode::kRefused);
  EXPECT_TRUE(f.access.Authorize("GET", "/kbs/v0/resource-policy", f.Token("reader", kNow + Seconds(1)), kNow));
}

TEST(AdminAccess, RefusesRulesThatAreNone) {
  for (const char* path : {"/kbs/v0/x", "^/kbs/v0/x", "^/other$", "^/kbs/($"}) {
    EXPECT_EQ(AdminAccess::Create({}, {{"admin", {"GET"}, path}}).error().code(), ErrorCode::kUsage) << path;
  }
  EXPECT_FALSE(AdminAccess::Create({}, {{"admin", {"PATCH"}, "^/kbs$"}}));
  EXPECT_FALSE(AdminAccess::Create({}, {{"", {"GET"}, "^/kbs$"}}));
}

}  // namespace
}  // namespace cloister::broker
