// No endorsement of Google's own is at hand: all of these are by a SIMULATED signer.
#include "evidence/google/launch_endorsement.h"

#include <gtest/gtest.h>

#include "evidence/google/simulated.h"
#include "formats/protobuf.h"

namespace cloister::evidence {
namespace {

using formats::AppendProtobuf;
using formats::Json;

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");
const Time kSigned = kNow - std::chrono::days(10);

const SimulatedLaunchEndorser& Endorser() {
  static const auto* const endorser = new SimulatedLaunchEndorser(
      SimulatedLaunchEndorser::Make(kNow - std::chrono::days(100), kNow + std::chrono::days(100)));
  return *endorser;
}

GoldenMeasurement Golden() { return SimulatedLaunchEndorser::Golden(kSigned); }
Bytes Good() { return Endorser().Sign(Endorser().Serialize(Golden())); }

Result<VerifiedLaunchEndorsement> Verify(ByteSpan message, Time at = kNow) {
  return VerifyLaunchEndorsement(message, std::span(&Endorser().root, 1), at);
}

ErrorCode CodeOf(const Result<VerifiedLaunchEndorsement>& verified) {
  return verified ? ErrorCode::kInternal : verified.error().code();
}
ErrorCode CodeOfGolden(const GoldenMeasurement& golden) {
  return CodeOf(Verify(Endorser().Sign(Endorser().Serialize(golden))));
}

// Of the good one, with another message in field `number` of its measurement.
ErrorCode CodeWithField(std::uint32_t number, const Bytes& content) {
  GoldenMeasurement without = Golden();
  if (number == 7) without.snp.reset();
  if (number == 8) without.tdx.reset();
  Bytes serialized = Endorser().Serialize(without);
  AppendProtobuf(serialized, number, content);
  return CodeOf(Verify(Endorser().Sign(serialized)));
}

TEST(LaunchEndorsement, RefusesEveryFlippedByteAndEveryCut) {
  const Bytes good = Good();
  ASSERT_TRUE(Verify(good)) << Verify(good).error().ToText();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(Verify(bad)) << i;
    EXPECT_FALSE(Verify(ByteSpan(good).first(i))) << i;
  }
}

TEST(LaunchEndorsement, RefusesRootsThatWereNotGiven) {
  EXPECT_EQ(CodeOf(VerifyLaunchEndorsement(Good(), {}, kNow)), ErrorCode::kUsage);
  // The bundle brings a root of the same name.
  const auto attacker = SimulatedLaunchEndorser::Make(kNow - std::chrono::days(100), kNow + std::chrono::days(100));
  EXPECT_EQ(CodeOf(Verify(attacker.Sign(attacker.Serialize(Golden())))), ErrorCode::kUntrusted);
  EXPECT_EQ(CodeOf(VerifyLaunchEndorsement(Good(), std::span(&attacker.root, 1), kNow)), ErrorCode::kUntrusted);
}

TEST(LaunchEndorsement, RefusesAnotherKeysSignatureOrPadding) {
  const Bytes serialized = Endorser().Serialize(Golden());
  const auto with = [&](const Bytes& signature) {
    Bytes message;
    AppendProtobuf(message, 1, serialized);
    AppendProtobuf(message, 2, signature);
    return CodeOf(Verify(message));
  };
  ASSERT_EQ(with(Endorser().key.Sign(serialized)), ErrorCode::kInternal);
  EXPECT_EQ(with({}), ErrorCode::kUntrusted);
  EXPECT_EQ(with(crypto::SigningKey::GenerateRsa(crypto::SignatureAlgorithm::kPs256, 2048)->Sign(serialized)), ErrorCode::kUntrusted);
  // PKCS #1 by the endorser's own key.
  const auto pkcs1 = crypto::SigningKey::FromRsaPem(crypto::SignatureAlgorithm::kRs256, Endorser().key.ToPem().ExposeSecret());
  EXPECT_EQ(with(pkcs1->Sign(serialized)), ErrorCode::kUntrusted);
}

TEST(LaunchEndorsement, RefusesAnAuthoritysSignature) {
  const auto root_key = *crypto::SigningKey::GenerateRsa(crypto::SignatureAlgorithm::kRs256, 2048);
  auto key = *crypto::SigningKey::GenerateRsa(crypto::SignatureAlgorithm::kPs256, 2048);
  const auto named = [](const crypto::SigningKey& of, const char* name) {
    crypto::CertificateBuilder builder(of.Public());
    builder.SubjectCommonName(name).Validity(kNow - std::chrono::days(100), kNow + std::chrono::days(100));
    return builder;
  };
  const auto root = *named(root_key, "SIMULATED root").CertificateAuthority(std::nullopt).SelfSign(root_key);
  const auto authority = *named(key, "SIMULATED authority").CertificateAuthority(0).Sign(root, root_key);
  const SimulatedLaunchEndorser endorser{root, root, authority, std::move(key)};
  const Bytes message = endorser.Sign(endorser.Serialize(Golden()));
  EXPECT_EQ(CodeOf(VerifyLaunchEndorsement(message, std::span(&root, 1), kNow)), ErrorCode::kUntrusted);
}

TEST(LaunchEndorsement, RefusesTimesOutsideItsOwn) {
  EXPECT_EQ(CodeOf(Verify(Good(), kSigned - Seconds(1))), ErrorCode::kExpired);
  EXPECT_EQ(CodeOf(Verify(Good(), kNow + std::chrono::days(101))), ErrorCode::kExpired);
  GoldenMeasurement early = Golden();
  early.timestamp = kNow - std::chrono::days(101);  // before its signer's certificate
  EXPECT_EQ(CodeOfGolden(early), ErrorCode::kExpired);
}

TEST(LaunchEndorsement, RefusesUnknownFieldsAroundWhatIsSigned) {
  Bytes more = Good();
  AppendProtobuf(more, 3, ToBytes("x"));
  EXPECT_EQ(CodeOf(Verify(more)), ErrorCode::kUnsupported);
  Bytes twice = Good();
  AppendProtobuf(twice, 1, Endorser().Serialize(Golden()));
  EXPECT_EQ(CodeOf(Verify(twice)), ErrorCode::kMalformed);
}

TEST(LaunchEndorsement, RefusesWhatEndorsesNothingOrComesFromNowhere) {
  GoldenMeasurement nothing = Golden();
  nothing.snp.reset();
  nothing.tdx.reset();
  EXPECT_EQ(CodeOfGolden(nothing), ErrorCode::kMalformed);
  GoldenMeasurement nowhere = Golden();
  nowhere.changelist = 0;
  EXPECT_EQ(CodeOfGolden(nowhere), ErrorCode::kMalformed);
  nowhere.commit = Bytes(20, 1);
  EXPECT_EQ(CodeOfGolden(nowhere), ErrorCode::kInternal);
  GoldenMeasurement empty = Golden();
  empty.snp->measurements.clear();
  EXPECT_EQ(CodeOfGolden(empty), ErrorCode::kMalformed);
  empty = Golden();
  empty.tdx->measurements.clear();
  EXPECT_EQ(CodeOfGolden(empty), ErrorCode::kMalformed);
}

TEST(LaunchEndorsement, RefusesMeasurementsTwiceOrOfAnotherLength) {
  const auto snp = [](std::initializer_list<std::pair<std::uint64_t, Bytes>> entries) {
    Bytes out;
    for (const auto& [vcpus, value] : entries) {
      Bytes entry;
      AppendProtobuf(entry, 1, vcpus);
      AppendProtobuf(entry, 2, value);
      AppendProtobuf(out, 2, entry);
    }
    AppendProtobuf(out, 3, Bytes(16));
    AppendProtobuf(out, 4, Bytes(16));
    return CodeWithField(7, out);
  };
  ASSERT_EQ(snp({{2, Bytes(48)}}), ErrorCode::kInternal);
  EXPECT_EQ(snp({{2, Bytes(48)}, {2, Bytes(48, 1)}}), ErrorCode::kMalformed);
  EXPECT_EQ(snp({{0, Bytes(48)}}), ErrorCode::kMalformed);
  EXPECT_EQ(snp({{2, Bytes(47)}}), ErrorCode::kMalformed);
  EXPECT_EQ(snp({{std::uint64_t{1} << 32 | 2, Bytes(48)}}), ErrorCode::kMalformed);  // would be 2 in 32 bits
  const auto tdx = [](std::uint64_t early_accept, std::size_t size) {
    Bytes shape, out;
    AppendProtobuf(shape, 1, std::uint64_t{16});
    AppendProtobuf(shape, 2, early_accept);
    AppendProtobuf(shape, 3, Bytes(size));
    AppendProtobuf(out, 2, shape);
    return CodeWithField(8, out);
  };
  ASSERT_EQ(tdx(1, 48), ErrorCode::kInternal);
  EXPECT_EQ(tdx(2, 48), ErrorCode::kMalformed);
  EXPECT_EQ(tdx(1, 32), ErrorCode::kMalformed);
}

TEST(LaunchEndorsement, RefusesMoreThanItsLimit) {
  EXPECT_EQ(CodeOf(Verify(Bytes(kMaxLaunchEndorsement + 1))), ErrorCode::kLimit);
}

TEST(LaunchEndorsement, PassesOverSignedFieldsOfLaterFirmware) {
  Bytes serialized = Endorser().Serialize(Golden());
  AppendProtobuf(serialized, 99, ToBytes("new"));
  EXPECT_TRUE(Verify(Endorser().Sign(serialized)));
}

TEST(LaunchEndorsement, GivesReferenceValuesBySizeOfTheMachine) {
  const auto verified = Verify(Good());
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->signer().SubjectCommonName(), "SIMULATED GCE-uefi-signer");
  EXPECT_EQ(verified->golden().timestamp, kSigned);
  EXPECT_EQ(verified->golden().snp->policy, 0x70000u);
  const auto texts = [](const Result<Json>& values) { return *values->GetStrings("measurement"); };
  const std::string two = ToHex(Bytes(48, 0x22)), many = ToHex(Bytes(48, 0x33));
  EXPECT_EQ(texts(verified->SnpReferenceValues(2)), std::vector{two});
  EXPECT_EQ(texts(verified->SnpReferenceValues(std::nullopt)), (std::vector{two, many}));
  EXPECT_EQ(verified->SnpReferenceValues(4).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(texts(verified->TdxReferenceValues(16)), (std::vector{ToHex(Bytes(48, 0x66)), ToHex(Bytes(48, 0x77))}));
  EXPECT_EQ(texts(verified->TdxReferenceValues(std::nullopt)).size(), 3u);
  EXPECT_EQ(verified->TdxReferenceValues(32).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cloister::evidence
