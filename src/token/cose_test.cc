#include "token/cose.h"

#include <gtest/gtest.h>

#include <map>

#include "base/file.h"
#include "formats/json.h"
#include "token/cose_sign.h"

namespace cloister::token {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using crypto::VerifyingKey;
using formats::Cbor;
using formats::CborForm;
using formats::Json;

Bytes Hex(std::string_view text) { return *FromHex(text); }
std::string LedgerPath(const std::string& name) { return std::string(CLOISTER_SHARED_DIR) + "/vectors/ledger/" + name; }

class Cose1 : public testing::Test {
 protected:
  CoseHeaders Headers() const {
    return {.content_type = "text/plain",
            .key_id = WithThumbprint(key_.Public()).key_id,
            .claims = CwtClaims{"us", "thing", FromUnixSeconds(1700000000)},
            .more = {{"label", "value"}},
            .unprotected = {}};
  }
  const SigningKey key_ = SigningKey::Generate(SignatureAlgorithm::kEs256);
  const Bytes payload_ = ToBytes("content");
};

TEST_F(Cose1, RefusesEveryFlippedByteAndEveryCut) {
  const Bytes message = SignCose1(key_, Headers(), payload_);
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (const std::uint8_t bit : {std::uint8_t{0x01}, std::uint8_t{0x20}, std::uint8_t{0x80}}) {
      Bytes changed = message;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ bit);
      EXPECT_FALSE(VerifyCose1(changed, key_.Public())) << i;
      EXPECT_FALSE(VerifyCose1(changed, key_.Public(), {.form = CoseForm::kAny}) && i > 1) << i;
    }
    EXPECT_FALSE(VerifyCose1(ByteSpan(message).first(i), key_.Public()));
  }
  EXPECT_FALSE(VerifyCose1(Concat({message, Bytes(1)}), key_.Public()));
}

TEST_F(Cose1, GivesWhatWasSigned) {
  const std::vector<CoseKey> keys = {WithThumbprint(SigningKey::Generate(SignatureAlgorithm::kEs256).Public()),
                                     WithThumbprint(key_.Public())};
  const Result<VerifiedCose1> verified = VerifyCose1(SignCose1(key_, Headers(), payload_), keys);
  ASSERT_TRUE(verified);
  EXPECT_TRUE(Equal(verified->payload(), payload_));
  EXPECT_EQ(verified->content_type(), "text/plain");
  EXPECT_EQ(verified->key_id(), keys[1].key_id);
  EXPECT_EQ(verified->claims().issuer, "us");
  EXPECT_EQ(verified->claims().subject, "thing");
  EXPECT_EQ(verified->claims().issued_at, FromUnixSeconds(1700000000));
  EXPECT_EQ(*verified->Protected("label")->AsText(), "value");
  EXPECT_EQ(verified->Protected("other"), nullptr);
}

TEST_F(Cose1, RefusesOtherKeysDataAndAlgorithms) {
  const Bytes message = SignCose1(key_, Headers(), payload_, CosePayload::kAttached, AsBytes("aad"));
  EXPECT_TRUE(VerifyCose1(message, key_.Public(), {.external_aad = AsBytes("aad")}));
  EXPECT_EQ(VerifyCose1(message, key_.Public()).error().code(), ErrorCode::kUntrusted);
  const VerifyingKey other = SigningKey::Generate(SignatureAlgorithm::kEs256).Public();
  EXPECT_EQ(VerifyCose1(message, other, {.external_aad = AsBytes("aad")}).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(VerifyCose1(message, std::span<const CoseKey>()).error().code(), ErrorCode::kUntrusted);
  const VerifyingKey es384 = SigningKey::Generate(SignatureAlgorithm::kEs384).Public();
  EXPECT_EQ(VerifyCose1(message, es384, {.external_aad = AsBytes("aad")}).error().code(), ErrorCode::kMismatch);
}

TEST_F(Cose1, DetachedPayloadIsBroughtByTheCaller) {
  const Bytes message = SignCose1(key_, Headers(), payload_, CosePayload::kDetached);
  EXPECT_EQ(VerifyCose1(message, key_.Public()).error().code(), ErrorCode::kMismatch);
  EXPECT_TRUE(VerifyCose1(message, key_.Public(), {.detached_payload = ByteSpan(payload_)}));
  EXPECT_EQ(VerifyCose1(message, key_.Public(), {.detached_payload = AsBytes("other")}).error().code(),
            ErrorCode::kUntrusted);
  const Bytes attached = SignCose1(key_, Headers(), payload_);
  EXPECT_EQ(VerifyCose1(attached, key_.Public(), {.detached_payload = ByteSpan(payload_)}).error().code(),
            ErrorCode::kMismatch);
}

TEST_F(Cose1, CriticalLabelsMustBeUnderstood) {
  CoseHeaders headers = Headers();
  headers.more.emplace_back(kCoseCriticalLabel, Cbor::Array{"label"});
  const Bytes message = SignCose1(key_, headers, payload_);
  EXPECT_EQ(VerifyCose1(message, key_.Public()).error().code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(VerifyCose1(message, key_.Public(), {.understood = {"label"}}));
  headers.more.back().second = Cbor::Array{"absent"};
  EXPECT_EQ(VerifyCose1(SignCose1(key_, headers, payload_), key_.Public()).error().code(), ErrorCode::kMalformed);
  headers.more.back().second = Cbor::Array{};
  EXPECT_EQ(VerifyCose1(SignCose1(key_, headers, payload_), key_.Public()).error().code(), ErrorCode::kMalformed);
}

TEST_F(Cose1, UnprotectedHeadersComeAndGoWithoutTouchingTheSignature) {
  const Bytes message = SignCose1(key_, Headers(), payload_);
  const std::vector<Bytes> receipts = {ToBytes("one"), ToBytes("two")};
  const Bytes transparent = *WithReceipts(message, receipts);
  EXPECT_NE(transparent, message);
  EXPECT_EQ(*ReceiptsOf(transparent), receipts);
  EXPECT_TRUE(ReceiptsOf(message)->empty());
  EXPECT_EQ(*WithoutUnprotected(transparent), message);
  EXPECT_EQ(*WithoutUnprotected(message), message);
  EXPECT_TRUE(VerifyCose1(transparent, key_.Public()));
  // What was never signed is not given out as verified, and may not shadow what was.
  const Bytes with_kid = *WithUnprotected(SignCose1(key_, {}, payload_), {{kCoseKeyIdLabel, ToBytes("kid")}});
  EXPECT_EQ(AsText(UnverifiedCose1::Parse(with_kid, CoseForm::kOurs)->key_id()), "kid");
  EXPECT_TRUE(VerifyCose1(with_kid, key_.Public())->key_id().empty());
  EXPECT_EQ(WithUnprotected(message, {{kCoseKeyIdLabel, ToBytes("kid")}}).has_value(), true);
  EXPECT_EQ(VerifyCose1(*WithUnprotected(message, {{kCoseKeyIdLabel, ToBytes("kid")}}), key_.Public()).error().code(),
            ErrorCode::kMalformed);
}

TEST_F(Cose1, OursIsTheOneForm) {
  const Bytes message = SignCose1(key_, Headers(), payload_);
  const Bytes untagged(message.begin() + 1, message.end());
  EXPECT_EQ(VerifyCose1(untagged, key_.Public()).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(VerifyCose1(untagged, key_.Public(), {.form = CoseForm::kAny}));
  Bytes longer = message;
  longer[1] = 0x98;  // an array of 4 with a longer head than needed
  longer.insert(longer.begin() + 2, 0x04);
  EXPECT_EQ(VerifyCose1(longer, key_.Public()).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(VerifyCose1(longer, key_.Public(), {.form = CoseForm::kAny}));
}

TEST(CoseKey, EachKindKeepsItsThumbprint) {
  using enum SignatureAlgorithm;
  std::vector<CoseKey> keys;
  for (const SignatureAlgorithm algorithm : {kEs256, kEs384, kEs512, kEdDsa, kEs512OnP256}) {
    keys.push_back(WithThumbprint(SigningKey::Generate(algorithm).Public()));
  }
  keys.push_back(WithThumbprint(SigningKey::GenerateRsa(kPs384, 2048)->Public()));
  for (const CoseKey& key : keys) {
    const CoseKey again = *DecodeCoseKey(CoseKeyToCbor(key).Encode());
    EXPECT_EQ(again.key, key.key);
    EXPECT_EQ(again.key_id, key.key_id);
  }
  EXPECT_EQ(ParseCoseKeySet(EncodeCoseKeySet(keys))->size(), keys.size());
  keys.push_back(keys.front());
  EXPECT_EQ(ParseCoseKeySet(EncodeCoseKeySet(keys)).error().code(), ErrorCode::kConflict);
}

// RFC 9679 §6
TEST(CoseKey, GivesTheThumbprintOfTheRfc) {
  const VerifyingKey key = *VerifyingKey::FromEcPoint(
      SignatureAlgorithm::kEs256, Hex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"),
      Hex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"));
  EXPECT_EQ(ToHex(CoseKeyThumbprint(key)), "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec");
}

TEST(CoseKey, RefusesPrivateAndStrangeKeys) {
  const CoseKey key{{}, SigningKey::Generate(SignatureAlgorithm::kEs256).Public()};
  const auto with = [&](std::int64_t label, Cbor value) {
    Cbor changed = CoseKeyToCbor(key);
    changed.Set(label, std::move(value));
    const Result<CoseKey> parsed = ParseCoseKey(changed);
    return parsed ? ErrorCode::kInternal : parsed.error().code();
  };
  EXPECT_EQ(with(-4, Bytes(32)), ErrorCode::kMalformed);
  EXPECT_EQ(with(-3, true), ErrorCode::kUnsupported);
  EXPECT_EQ(with(-3, Bytes(32)), ErrorCode::kMalformed);
  EXPECT_EQ(with(-1, 8), ErrorCode::kUnsupported);
  EXPECT_EQ(with(1, 4), ErrorCode::kUnsupported);
  EXPECT_EQ(with(3, -35), ErrorCode::kUnsupported);
  EXPECT_EQ(with(4, Cbor::Array{1}), ErrorCode::kUnsupported);
  EXPECT_EQ(ParseCoseKeySet(Cbor(Cbor::Array{}).Encode()).error().code(), ErrorCode::kMalformed);
}

// One of the manifest's indexes is 2^64 - 1, more than our JSON takes; none of our cases uses it.
Result<Json> Manifest() {
  constexpr std::string_view kHuge = "18446744073709551615";
  std::string text = TRY(ReadTextFile(LedgerPath("MANIFEST.json"), std::size_t{8} << 20));
  for (std::size_t at = text.find(kHuge); at != text.npos; at = text.find(kHuge)) text.replace(at, kHuge.size(), "0");
  return Json::Parse(text, {.max_bytes = std::size_t{8} << 20});
}

// The keys of a manifest case, by kid.
Result<std::vector<CoseKey>> KeysOf(const Json& params) {
  const std::map<std::string, std::int64_t> curves = {
      {"P-256", 1}, {"P-384", 2}, {"P-521", 3}, {"Ed25519", 6}, {"Ed448", 7}};
  std::vector<CoseKey> keys;
  for (const Json& json : *TRY(params.GetArray("keys"))) {
    const bool ec = TRY(json.GetString("kty")) == "EC";
    const std::int64_t curve = curves.at(TRY(json.GetString("crv")));
    Cbor key = Cbor::Map{{1, ec ? 2 : 1}, {-1, curve}};
    for (const auto& [name, label] : {std::pair{"kid", 2}, {"x", -2}, {"y", -3}}) {
      if (json.Find(name) != nullptr) key.Set(label, TRY(FromHex(TRY(json.GetString(name)))));
    }
    // The message says ES512 and the key is on P-256: only the case's own "alg" tells so.
    const Result<std::int64_t> algorithm = params.GetInt("alg");
    if (algorithm && *algorithm == -36) key.Set(3, -36);
    keys.push_back(TRY(ParseCoseKey(key)));
  }
  return keys;
}

Result<void> VerifyCase(const std::string& kind, const Json& params) {
  const Bytes message = TRY(FromHex(TRY(params.GetString("message"))));
  const Bytes aad = TRY(FromHex(TRY(params.GetString("external_aad"))));
  const std::vector<CoseKey> keys = TRY(KeysOf(params));
  Cose1Expectations expected{.form = CoseForm::kAny, .external_aad = aad};
  Bytes detached;
  if (!params.Find("detached_payload")->is_null()) {
    detached = TRY(FromHex(TRY(params.GetString("detached_payload"))));
    expected.detached_payload = detached;
  }
  if (kind == "cose-sign1") {
    TRY(VerifyCose1(message, keys, expected));
    return {};
  }
  const auto find = [&](const CoseSigner& signer) -> Result<VerifyingKey> {
    for (const CoseKey& key : keys) {
      if (key.key_id == signer.key_id) return key.key;
    }
    return Error(ErrorCode::kUntrusted, "no such key");
  };
  const VerifiedCoseSign verified = TRY(VerifyCoseSign(message, find, expected));
  const std::int64_t signatures = TRY(params.GetInt("signatures"));
  if (static_cast<std::int64_t>(verified.signers().size()) != signatures) {
    return Error(ErrorCode::kMismatch, "another number of signatures");
  }
  return {};
}

TEST(CoseVectors, AllCasesOfOthersAreAnsweredAsStated) {
  const Result<Json> manifest = Manifest();
  if (!manifest) GTEST_SKIP() << "shared vectors: " << manifest.error().ToText();
  int cases = 0;
  for (const Json& each : **manifest->AsArray()) {
    const std::string kind = *each.GetString("kind");
    if (kind != "cose-sign1" && kind != "cose-sign") continue;
    ++cases;
    const Result<void> verified = VerifyCase(kind, **each.GetObject("params"));
    EXPECT_EQ(verified.has_value(), *each.GetString("expect") == "accept")
        << *each.GetString("id") << ": " << (verified ? "" : verified.error().ToText());
  }
  EXPECT_EQ(cases, 31);
}

// Statements of Microsoft's transparency service: structure only.
TEST(CoseVectors, StatementsOfOthersAreRead) {
  const Result<Json> manifest = Manifest();
  if (!manifest) GTEST_SKIP() << "shared vectors: " << manifest.error().ToText();
  int cases = 0;
  for (const Json& each : **manifest->AsArray()) {
    const Json& params = **each.GetObject("params");
    const bool statement = params.Find("format") != nullptr && *params.GetString("format") == "scitt-statement";
    if (*each.GetString("kind") != "parse" || !statement) continue;
    ++cases;
    const std::string name = *(**each.GetObject("files")).GetString("input");
    const Result<UnverifiedCose1> message =
        UnverifiedCose1::Parse(*ReadFile(LedgerPath(name), kMaxCoseBytes), CoseForm::kAny);
    ASSERT_TRUE(message) << name << message.error().ToText();
    EXPECT_EQ(message->algorithm(), *params.GetInt("alg")) << name;
    if (params.Find("issuer") != nullptr && !params.Find("issuer")->is_null()) {
      EXPECT_EQ(message->claims().issuer, *params.GetString("issuer")) << name;
    }
    if (params.Find("iat") != nullptr && !params.Find("iat")->is_null()) {
      EXPECT_EQ(ToUnixSeconds(*message->claims().issued_at), *params.GetInt("iat")) << name;
    }
  }
  EXPECT_GE(cases, 5);
}

TEST(CoseVectors, LogHashesTheStatementWithoutItsReceipts) {
  const Result<Bytes> statement = ReadFile(LedgerPath("scitt/uvm_0.2.10.cose"), kMaxCoseBytes);
  if (!statement) GTEST_SKIP() << "shared vectors are absent";
  EXPECT_EQ(ToHex(crypto::Sha256(*WithoutUnprotected(*statement))),
            "a60138fb1591fe6c433b41128b0349cf3636bce74fc8c2e7140bc13b74612649");
  EXPECT_EQ(ReceiptsOf(*statement)->size(), 1u);
}

}  // namespace
}  // namespace cloister::token
