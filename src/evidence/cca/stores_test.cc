#include <gtest/gtest.h>

#include "evidence/cca/simulated.h"
#include "evidence/snp/testing.h"
#include "token/jwk.h"

namespace cloister::evidence {
namespace {

using formats::Json;

const SimulatedCca& Platform() {
  static const SimulatedCca* const platform = new SimulatedCca(SimulatedCca::Make({}));
  return *platform;
}

// One entry changed.
std::string Changed(const Json& store, const char* member, Json value) {
  Json entry = (**store.AsArray())[0];
  entry.Set(member, std::move(value));
  return Json(Json::Array{entry}).Dump();
}

TEST(CcaPlatformKeys, ReadsTrusteesStore) {
  const auto keys = CcaPlatformKeys::ParseTrusteeStore(Platform().TrustAnchorStore().Dump());
  ASSERT_TRUE(keys) << keys.error().ToText();
  const auto found = keys->Find(Platform().implementation_id, Platform().instance_id);
  ASSERT_TRUE(found);
  EXPECT_TRUE((*found)->key == Platform().platform_key.Public());
  EXPECT_TRUE((*found)->simulated);
  EXPECT_FALSE(keys->Find({}, Platform().instance_id));
  EXPECT_FALSE(keys->Find(Platform().implementation_id, {}));
}

TEST(CcaPlatformKeys, RefusesStoresThatAreNot) {
  const Json store = Platform().TrustAnchorStore();
  const auto code = [](const std::string& text) {
    const auto keys = CcaPlatformKeys::ParseTrusteeStore(text);
    return keys ? ErrorCode::kInternal : keys.error().code();
  };
  EXPECT_EQ(code("{}"), ErrorCode::kMalformed);
  EXPECT_EQ(code(Changed(store, "instance-id", "00")), ErrorCode::kMalformed);
  EXPECT_EQ(code(Changed(store, "implementation-id", "zz")), ErrorCode::kMalformed);
  EXPECT_EQ(code(Changed(store, "unknown", 1)), ErrorCode::kMalformed);
  const auto ed25519 = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEdDsa);
  EXPECT_EQ(code(Changed(store, "pkey", token::JwkOf(ed25519.Public()))), ErrorCode::kUnsupported);
  Json::Array twice = **store.AsArray();
  twice.push_back(twice[0]);
  EXPECT_EQ(code(Json(twice).Dump()), ErrorCode::kConflict);
}

TEST(CcaPlatformKeys, KnowsKeysWhosePrivateHalvesArePublished) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  for (const char* path : {"cca/tf-rmm-01/cpak.jwk.json", "cca/neg-wrong-cpak/cpak.jwk.json"}) {
    const Bytes text = Vector(path);
    const auto jwk = Json::Parse(AsText(text));
    const auto key = CcaPlatformKeyFromJwk(*jwk, {}, {});
    ASSERT_TRUE(key);
    CcaPlatformKeys keys;
    ASSERT_TRUE(keys.Add(*key));
    EXPECT_TRUE((*keys.Find({}, {}))->simulated) << path;
  }
  CcaPlatformKeys keys;
  ASSERT_TRUE(keys.Add({{}, {}, Platform().platform_key.Public(), false}));
  EXPECT_FALSE((*keys.Find({}, {}))->simulated);
}

class CcaReferences : public testing::Test {
 protected:
  static CcaReferenceValues Parse(const Json& store) { return *CcaReferenceValues::ParseTrusteeStore(store.Dump()); }
  // Trustee's store with the value at a member of the first platform or realm changed.
  static Json With(const char* kind, const char* member, Json value) {
    Json store = Platform().ReferenceStore();
    Json entry = (**store.GetArray(kind))[0];
    entry.Set(member, std::move(value));
    store.Set(kind, Json::Array{entry});
    return store;
  }
  const CcaToken token_ = Platform().Contents({});
};

TEST_F(CcaReferences, MatchWhatTheyDescribe) {
  const CcaReferenceValues values = Parse(Platform().ReferenceStore());
  EXPECT_EQ(values.Compare(token_.platform), CcaMatch::kMatches);
  EXPECT_EQ(values.Compare(token_.realm), CcaMatch::kMatches);
  CcaPlatform reordered = token_.platform;
  std::swap(reordered.components[0], reordered.components[1]);
  EXPECT_EQ(values.Compare(reordered), CcaMatch::kMatches);
}

TEST_F(CcaReferences, DifferInAnyPartOfThePlatform) {
  const CcaReferenceValues values = Parse(Platform().ReferenceStore());
  const auto match = [&](auto change) {
    CcaPlatform platform = token_.platform;
    change(platform);
    return values.Compare(platform);
  };
  EXPECT_EQ(match([](CcaPlatform& p) { p.configuration[0] ^= 1; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components[1].measurement[0] ^= 1; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components[1].signer[0] ^= 1; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components[1].type = "other"; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components.pop_back(); }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components.push_back(p.components[0]); }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaPlatform& p) { p.components[0] = p.components[1]; }), CcaMatch::kDiffers)
      << "one of them twice";
  EXPECT_EQ(match([](CcaPlatform& p) { p.implementation_id = {}; }), CcaMatch::kUnknown);
}

TEST_F(CcaReferences, DifferInAnyPartOfTheRealm) {
  const CcaReferenceValues values = Parse(Platform().ReferenceStore());
  const auto match = [&](auto change) {
    CcaRealm realm = token_.realm;
    change(realm);
    return values.Compare(realm);
  };
  EXPECT_EQ(match([](CcaRealm& r) { r.extensible_measurements[3][0] ^= 1; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaRealm& r) { r.personalization[0] ^= 1; }), CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaRealm& r) { r.public_key_hash_algorithm = crypto::HashAlgorithm::kSha512; }),
            CcaMatch::kDiffers);
  EXPECT_EQ(match([](CcaRealm& r) { r.initial_measurement[0] ^= 1; }), CcaMatch::kUnknown);
}

TEST_F(CcaReferences, RefuseStoresThatAreNot) {
  const Json stores[] = {With("realm", "extensible-measurements", Json::Array{"00", "00", "00"}),
                         With("realm", "initial-measurement", "xyz"), With("platform", "implementation-id", "00"),
                         With("platform", "unknown", 1), Json::Object{{"platform", Json::Array{}}}};
  for (const Json& store : stores) EXPECT_FALSE(CcaReferenceValues::ParseTrusteeStore(store.Dump())) << store.Dump();
  EXPECT_FALSE(CcaReferenceValues::ParseTrusteeStore(With("realm", "rak-hash-algorithm", "md5").Dump()));
}

}  // namespace
}  // namespace cloister::evidence
