// Known ways to take reference values that nobody whom we trust vouches for, each refused (docs/pitfalls.md).
#include <gtest/gtest.h>

#include "crypto/x509_builder.h"
#include "evidence/corim/verify.h"

namespace cloister::evidence {
namespace {

using crypto::SigningKey;
using formats::Cbor;

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");
constexpr std::string_view kContentType = "application/rim+cbor";

const SigningKey& Key() {
  static const auto* const key = new SigningKey(SigningKey::Generate(crypto::SignatureAlgorithm::kEs384));
  return *key;
}

Cbor At(Time time) { return Cbor::Tagged(1, Cbor(ToUnixSeconds(time))); }
Cbor Until(Time end) { return Cbor::Map{{1, At(end)}}; }

// A CoMID with one reference value, a digest by function `hash`.
Bytes Comid(std::int64_t hash = 1, std::size_t size = 32) {
  const Cbor digests = Cbor::Array{Cbor(Cbor::Array{hash, Bytes(size, 0xAA)})};
  const Cbor measurements = Cbor::Array{Cbor::Map{{1, Cbor::Map{{2, digests}}}}};
  const Cbor environment = Cbor::Map{{0, Cbor::Map{{1, "ACME"}, {2, "RoadRunner"}}}};
  return Cbor(Cbor::Map{{1, Cbor::Map{{0, "tag"}}},
                        {4, Cbor::Map{{0, Cbor::Array{Cbor(Cbor::Array{environment, measurements})}}}}})
      .Encode();
}

Cbor::Map Members() { return {{0, "package"}, {1, Cbor::Array{Cbor::Tagged(506, Comid())}}}; }

Bytes Package(Cbor::Map members) { return Cbor::Tagged(501, Cbor(std::move(members))).Encode(); }

// A member more, or in the place of one.
Cbor::Map With(Cbor::Map members, std::int64_t key, Cbor value) {
  std::erase_if(members, [&](const auto& member) { return member.first == Cbor(key); });
  members.emplace_back(key, std::move(value));
  return members;
}

Cbor::Map Meta() { return {{0, Cbor::Map{{0, "ACME"}}}, {1, Until(kNow + Seconds(60))}}; }

token::CoseHeaders Headers(const Cbor::Map& meta = Meta()) {
  return {.content_type = std::string(kContentType),
          .key_id = ToBytes("key"),
          .claims = std::nullopt,
          .more = {{8, Cbor(meta).Encode()}},
          .unprotected = {}};
}

Bytes Sign(const Bytes& package, const token::CoseHeaders& headers = Headers(), const SigningKey& key = Key()) {
  return token::SignCose1(key, headers, package);
}

CorimTrust Trust() {
  CorimTrust trust;
  trust.keys.push_back({ToBytes("key"), Key().Public()});
  return trust;
}

Result<VerifiedCorim> Verify(ByteSpan message, const CorimTrust& trust = Trust(), Time at = kNow) {
  return VerifyCorim(message, trust, {.validity = CorimValidity::kMustBeCurrent, .profile = std::nullopt}, at);
}

ErrorCode CodeOf(const Result<VerifiedCorim>& verified) {
  return verified ? ErrorCode::kInternal : verified.error().code();
}
ErrorCode CodeOfPackage(const Cbor::Map& members) { return CodeOf(Verify(Sign(Package(members)))); }

TEST(CorimPitfalls, EveryByteAndEveryCut) {
  const Bytes good = Sign(Package(Members()));
  const auto verified = Verify(good);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_EQ(verified->signer(), "ACME");
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(Verify(bad)) << i;
    EXPECT_FALSE(Verify(ByteSpan(good).first(i))) << i;
  }
}

TEST(CorimPitfalls, PackagesThatNobodySigned) {
  EXPECT_EQ(CodeOf(Verify(Package(Members()))), ErrorCode::kUntrusted);
  EXPECT_FALSE(Verify(Comid()));
  // The message without its tag, or without a signature.
  const Bytes good = Sign(Package(Members()));
  EXPECT_EQ(CodeOf(Verify(ByteSpan(good).subspan(1))), ErrorCode::kMalformed);
  Cbor message = *Cbor::Decode(good, formats::CborForm::kAnyWellFormed);
  Cbor::Array parts = **(*message.AsTagged(18))->AsArray();
  parts[3] = Bytes();
  EXPECT_EQ(CodeOf(Verify(Cbor::Tagged(18, Cbor(parts)).Encode())), ErrorCode::kUntrusted);
}

TEST(CorimPitfalls, SignersThatWereNotGiven) {
  const auto attacker = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), Headers(), attacker))), ErrorCode::kUntrusted);
  token::CoseHeaders other = Headers();
  other.key_id = ToBytes("../key");
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), other))), ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members())), {})), ErrorCode::kUntrusted);
  // Nor by a key or a certificate that the message itself brings.
  crypto::CertificateBuilder builder(attacker.Public());
  builder.SubjectCommonName("ACME").Validity(kNow - Seconds(60), kNow + Seconds(60));
  const auto certificate = *builder.SelfSign(attacker);
  token::CoseHeaders bringing = Headers();
  bringing.unprotected = {{token::kX5ChainLabel, certificate.Der()}};
  const Bytes message = Sign(Package(Members()), bringing, attacker);
  EXPECT_EQ(CodeOf(Verify(message)), ErrorCode::kUntrusted);
  const auto root_key = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  crypto::CertificateBuilder root(root_key.Public());
  root.SubjectCommonName("ACME root")
      .Validity(kNow - Seconds(60), kNow + Seconds(60))
      .CertificateAuthority(std::nullopt);
  CorimTrust trust;
  trust.roots = {*root.SelfSign(root_key)};
  EXPECT_EQ(CodeOf(Verify(message, trust)), ErrorCode::kUntrusted);
}

TEST(CorimPitfalls, CertificatesOutsideTheirTime) {
  const auto root_key = SigningKey::Generate(crypto::SignatureAlgorithm::kEs384);
  crypto::CertificateBuilder root(root_key.Public());
  root.SubjectCommonName("ACME root")
      .Validity(kNow - Seconds(600), kNow + Seconds(600))
      .CertificateAuthority(std::nullopt);
  const auto root_certificate = *root.SelfSign(root_key);
  CorimTrust trust;
  trust.roots = {root_certificate};
  for (const auto& [begin, end, valid] : {std::tuple{-60, 60, true}, {-60, -1, false}, {1, 60, false}}) {
    crypto::CertificateBuilder leaf(Key().Public());
    leaf.SubjectCommonName("ACME signer").Validity(kNow + Seconds(begin), kNow + Seconds(end));
    token::CoseHeaders headers = Headers();
    headers.more.emplace_back(token::kX5ChainLabel, leaf.Sign(root_certificate, root_key)->Der());
    const auto verified = Verify(Sign(Package(Members()), headers), trust);
    EXPECT_EQ(verified.has_value(), valid) << begin;
    if (!valid) {
      EXPECT_EQ(verified.error().code(), ErrorCode::kExpired);
    }
  }
}

TEST(CorimPitfalls, AnotherContentType) {
  for (const char* type :
       {"", "application/json", "application/rim+cbor;x=1", "application/swid+cbor", "APPLICATION/RIM+CBOR"}) {
    token::CoseHeaders headers = Headers();
    headers.content_type = type;
    EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), headers))), ErrorCode::kUnsupported) << type;
  }
  token::CoseHeaders unprotected = Headers();
  unprotected.content_type.clear();
  unprotected.unprotected = {{3, std::string(kContentType)}};
  EXPECT_FALSE(Verify(Sign(Package(Members()), unprotected)));
}

TEST(CorimPitfalls, HeadersThatNobodyUnderstands) {
  token::CoseHeaders envelope = Headers();
  envelope.more.emplace_back(258, -16);
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), envelope))), ErrorCode::kUnsupported);  // the payload is a digest
  token::CoseHeaders critical = Headers();
  critical.more.emplace_back(2, Cbor::Array{99});
  critical.more.emplace_back(99, true);
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), critical))), ErrorCode::kUnsupported);
  token::CoseHeaders nameless = Headers();
  nameless.more.clear();
  EXPECT_EQ(CodeOf(Verify(Sign(Package(Members()), nameless))), ErrorCode::kMalformed);
}

TEST(CorimPitfalls, PackagesThatAreOverNotYetOrForEver) {
  const Bytes good = Sign(Package(Members()));
  EXPECT_TRUE(Verify(good, Trust(), kNow + Seconds(60)));
  EXPECT_EQ(CodeOf(Verify(good, Trust(), kNow + Seconds(61))), ErrorCode::kExpired);
  const Bytes no_end = Sign(Package(Members()), Headers({{0, Cbor::Map{{0, "ACME"}}}}));
  EXPECT_EQ(CodeOf(Verify(no_end)), ErrorCode::kExpired);
  // Whichever period ends first counts, and each has to have begun.
  EXPECT_EQ(CodeOfPackage(With(Members(), 4, Until(kNow - Seconds(1)))), ErrorCode::kExpired);
  EXPECT_EQ(CodeOfPackage(With(Members(), 4, Cbor::Map{{0, At(kNow + Seconds(1))}, {1, At(kNow + Seconds(9))}})),
            ErrorCode::kExpired);
  EXPECT_EQ(CodeOfPackage(With(Members(), 4, Cbor::Map{{0, At(kNow + Seconds(1))}, {1, At(kNow)}})),
            ErrorCode::kMalformed);
  EXPECT_EQ(*Verify(Sign(Package(With(Members(), 4, Until(kNow + Seconds(5))))))->ends(), kNow + Seconds(5));
}

TEST(CorimPitfalls, TrailingBytes) {
  Bytes message = Sign(Package(Members()));
  message.push_back(0);
  EXPECT_FALSE(Verify(message));
  Bytes package = Package(Members());
  package.push_back(0);
  EXPECT_EQ(CodeOf(Verify(Sign(package))), ErrorCode::kMalformed);
  Bytes comid = Comid();
  comid.push_back(0);
  EXPECT_EQ(CodeOfPackage(With(Members(), 1, Cbor::Array{Cbor::Tagged(506, comid)})), ErrorCode::kMalformed);
}

TEST(CorimPitfalls, TagsOfAnotherKindOrNone) {
  for (const std::uint64_t tag : {501u, 507u, 571u, 24u}) {
    EXPECT_EQ(CodeOfPackage(With(Members(), 1, Cbor::Array{Cbor::Tagged(tag, Comid())})), ErrorCode::kUnsupported)
        << tag;
  }
  EXPECT_EQ(CodeOfPackage(With(Members(), 1, Cbor::Array{Comid()})), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOfPackage(With(Members(), 1, Cbor::Array{})), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOfPackage(With(Members(), 1, Cbor::Array{Cbor::Tagged(505, Comid())})), ErrorCode::kMalformed);
  const Bytes other = Cbor::Tagged(502, Cbor(Members())).Encode();
  EXPECT_EQ(CodeOf(Verify(Sign(other))), ErrorCode::kMalformed);
}

TEST(CorimPitfalls, DigestsThatAreCutShortOrOfAnotherLength) {
  const auto with = [](std::int64_t hash, std::size_t size) {
    return CodeOfPackage(With(Members(), 1, Cbor::Array{Cbor::Tagged(506, Comid(hash, size))}));
  };
  EXPECT_EQ(with(1, 31), ErrorCode::kMalformed);
  EXPECT_EQ(with(7, 32), ErrorCode::kMalformed);
  EXPECT_EQ(with(6, 4), ErrorCode::kUnsupported);  // sha-256-32
  EXPECT_EQ(with(1, 0), ErrorCode::kMalformed);
}

TEST(CorimPitfalls, KeysTwiceOrUnknown) {
  const Bytes twice = *FromHex("d901f5a3006161006162018100");  // {0: "a", 0: "b", 1: [0]}
  EXPECT_EQ(CodeOf(Verify(Sign(twice))), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOfPackage(With(Members(), 9, true)), ErrorCode::kMalformed);
}

TEST(CorimPitfalls, AnotherProfileThanTheExpectedOne) {
  const Bytes message = Sign(Package(With(Members(), 3, Cbor::Tagged(32, "tag:example,2026:other"))));
  const auto with = [&](const std::string& profile) {
    return CodeOf(VerifyCorim(message, Trust(), {.validity = CorimValidity::kMustBeCurrent, .profile = profile}, kNow));
  };
  EXPECT_EQ(with("tag:example,2026:profile"), ErrorCode::kMismatch);
  EXPECT_EQ(with(""), ErrorCode::kMismatch);
  EXPECT_EQ(with("tag:example,2026:other"), ErrorCode::kInternal);  // the one that it has
}

TEST(CorimPitfalls, MoreThanItsLimits) {
  EXPECT_EQ(CodeOf(Verify(Bytes(kMaxCorimBytes + 1))), ErrorCode::kLimit);
  Cbor::Array tags;
  for (int i = 0; i < 65; ++i) tags.push_back(Cbor::Tagged(506, Comid()));
  EXPECT_EQ(CodeOfPackage(With(Members(), 1, tags)), ErrorCode::kLimit);
}

}  // namespace
}  // namespace cloister::evidence
