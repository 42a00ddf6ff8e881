#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "attester/simulated_tsm.h"
#include "attester/tsm_attester.h"
#include "evidence/snp/json.h"

namespace cloister::attester {
namespace {

using evidence::SimulatedSnpProcessor;

const Time kNow = *FromRfc3339("2026-03-15T00:00:00Z");

const SimulatedSnpProcessor& Processor() {
  static const auto* const processor = new SimulatedSnpProcessor(
      *SimulatedSnpProcessor::Make({.not_before = kNow - std::chrono::days(1),
                                    .not_after = kNow + std::chrono::days(1),
                                    .vcek_not_after = kNow + std::chrono::days(1),
                                    .rsa_bits = 2048},
                                   crypto::SystemRandom()));
  return *processor;
}

ReportData Nonce() {
  ReportData nonce;
  nonce.fill(7);
  return nonce;
}

// Passes everything on, except where a test changes it.
class Meddling : public TsmEntries {
 public:
  Meddling() : inner_(SimulatedTsm::ForGuest(Processor(), {})) {}
  Result<void> Make(const std::string& entry) override {
    ++made;
    return inner_.Make(entry);
  }
  Result<void> Remove(const std::string& entry) override { return inner_.Remove(entry); }
  Result<Bytes> Read(const std::string& entry, const std::string& attribute, std::size_t maximum) override {
    if (replaced.contains(attribute)) return replaced[attribute];
    return inner_.Read(entry, attribute, maximum);
  }
  Result<void> Write(const std::string& entry, const std::string& attribute, ByteSpan content) override {
    TRY(inner_.Write(entry, attribute, content));
    if (attribute != "inblob" || other_writes == 0) return {};
    --other_writes;
    return inner_.Write(entry, attribute, content);
  }
  bool AllRemoved() { return inner_.tsm().Names().empty(); }
  std::map<std::string, Bytes> replaced;
  int made = 0;
  int other_writes = 0;

 private:
  SimulatedTsmEntries inner_;
};

Result<CollectedEvidence> Collect(Meddling& entries) {
  return TsmAttester(entries, crypto::SystemRandom()).Collect(Nonce());
}

TEST(TsmAttester, RefusesAReportOverOtherReportData) {
  Meddling entries;
  ReportData other = Nonce();
  other[0] ^= 1;
  entries.replaced["outblob"] = Processor().Sign(Processor().Report({}, other, 0));
  EXPECT_EQ(Collect(entries).error().code(), ErrorCode::kMismatch);
  EXPECT_TRUE(entries.AllRemoved());
}

TEST(TsmAttester, StartsAgainWhenAnotherProcessWroteToTheEntry) {
  Meddling entries;
  entries.other_writes = 2;
  EXPECT_TRUE(Collect(entries));
  EXPECT_EQ(entries.made, 3);
  entries.other_writes = 3;
  EXPECT_EQ(Collect(entries).error().code(), ErrorCode::kUnavailable);
  EXPECT_TRUE(entries.AllRemoved());
}

TEST(TsmAttester, RefusesOtherProvidersAndBrokenAttributes) {
  for (const auto& [attribute, content, code] :
       {std::tuple{"provider", "vtpm_guest\n", ErrorCode::kUnsupported},
        {"generation", "x\n", ErrorCode::kMalformed},
        {"privlevel_floor", "", ErrorCode::kMalformed},
        {"outblob", "short", ErrorCode::kMalformed},
        {"auxblob", "short", ErrorCode::kMalformed}}) {
    Meddling entries;
    entries.replaced[attribute] = ToBytes(std::string_view(content));
    EXPECT_EQ(Collect(entries).error().code(), code) << attribute;
    EXPECT_TRUE(entries.AllRemoved());
  }
}

TEST(TsmAttester, WritesThePrivilegeLevelWhereItsFloorIsAboveZero) {
  Meddling entries;
  entries.replaced["privlevel_floor"] = ToBytes(std::string_view("2\n"));
  EXPECT_EQ(evidence::ParseSnpReport(Collect(entries)->snp.report)->vmpl, 2u);
}

TEST(TsmAttester, SaysWhereNoReportFolderIs) {
  ConfigfsTsm entries("/nonexistent/tsm/report");
  TsmAttester attester(entries, crypto::SystemRandom());
  EXPECT_EQ(attester.Collect(Nonce()).error().code(), ErrorCode::kNotFound);
}

TEST(TsmAttester, CollectsEvidenceThatVerifies) {
  Meddling entries;
  const auto collected = Collect(entries);
  ASSERT_TRUE(collected) << collected.error().ToText();
  EXPECT_EQ(collected->tee, "snp");
  const crypto::Sha256Digest named[] = {Processor().ark.Fingerprint()};
  const auto anchors = evidence::TrustAnchors::VendorsAndSimulated(Processor().Anchors(), named);
  const evidence::SnpExpectations expected{.report_data = Nonce(),
                                           .host_data = evidence::ExpectedHostData::Exactly({}),
                                           .vmpl = evidence::SnpVmpl::kOnlyZero,
                                           .chip_id = evidence::SnpChipId::kMustMatchCertificate};
  const auto evidence = evidence::SnpEvidenceFromJson(*collected->ToJson());
  const auto verified = evidence::VerifySnp(*evidence, {}, *anchors, expected, kNow);
  ASSERT_TRUE(verified) << verified.error().ToText();
  EXPECT_TRUE(verified->simulated());
}

// The rules that users of configfs-tsm see.
class SimulatedTsmRules : public testing::Test {
 protected:
  int Read(std::string_view attribute) { return tsm_.Read("e", attribute, &content_); }
  SimulatedTsm tsm_ = SimulatedTsm::ForGuest(Processor(), {});
  Bytes content_;
};

TEST_F(SimulatedTsmRules, NoReportBeforeAnInblobOf64Bytes) {
  EXPECT_EQ(Read("outblob"), ENOENT);
  ASSERT_EQ(tsm_.Make("e"), 0);
  EXPECT_EQ(tsm_.Make("e"), EEXIST);
  EXPECT_EQ(Read("outblob"), EINVAL);
  tsm_.CommitInblob("e", Bytes(63));
  EXPECT_EQ(Read("outblob"), EINVAL);
  tsm_.CommitInblob("e", Bytes(64));
  EXPECT_EQ(Read("outblob"), 0);
  tsm_.CommitInblob("e", {});
  EXPECT_EQ(Read("outblob"), EINVAL);
  EXPECT_EQ(Read("inblob"), EACCES);
  EXPECT_EQ(tsm_.Remove("e"), 0);
  EXPECT_EQ(tsm_.Remove("e"), ENOENT);
}

TEST_F(SimulatedTsmRules, AReportIsMadeOnlyAfterAWrite) {
  ASSERT_EQ(tsm_.Make("e"), 0);
  tsm_.CommitInblob("e", Bytes(64));
  ASSERT_EQ(Read("outblob"), 0);
  const Bytes first = content_;
  ASSERT_EQ(Read("outblob"), 0);
  EXPECT_EQ(content_, first);
  tsm_.CommitInblob("e", Bytes(64));
  ASSERT_EQ(Read("outblob"), 0);
  EXPECT_NE(content_, first);  // ECDSA with a fresh k
}

TEST_F(SimulatedTsmRules, EachAcceptedWriteRaisesTheGeneration) {
  ASSERT_EQ(tsm_.Make("e"), 0);
  tsm_.CommitInblob("e", Bytes(64));
  EXPECT_EQ(tsm_.WriteText("e", "privlevel", "0x3\n"), 0);
  EXPECT_EQ(tsm_.WriteText("e", "privlevel", "4"), EINVAL);
  EXPECT_EQ(tsm_.WriteText("e", "privlevel", "-1"), EINVAL);
  EXPECT_EQ(tsm_.WriteText("e", "privlevel", "99999999999"), ERANGE);
  EXPECT_EQ(tsm_.WriteText("e", "generation", "1"), EACCES);
  ASSERT_EQ(Read("generation"), 0);
  EXPECT_EQ(AsText(content_), "2\n");
  ASSERT_EQ(Read("outblob"), 0);
  EXPECT_EQ(evidence::ParseSnpReport(content_)->vmpl, 3u);
}

}  // namespace
}  // namespace cloister::attester
