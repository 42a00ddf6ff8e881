#include "evidence/snp/report.h"

#include <gtest/gtest.h>

#include "evidence/snp/certificate_table.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

Bytes SimulatedReport() {
  return TestProcessor().Sign(TestProcessor().Report(SimulatedSnpGuest{}, TestNonce(), 0));
}

TEST(SnpReport, RefusesEveryTruncation) {
  const Bytes report = SimulatedReport();
  for (std::size_t size = 0; size < report.size(); ++size) {
    EXPECT_EQ(ParseSnpReport(ByteSpan(report).first(size)).error().code(), ErrorCode::kMalformed);
  }
}

TEST(SnpReport, RefusesNonZeroReservedBytes) {
  const Bytes report = SimulatedReport();
  for (const std::size_t offset : {0x4C, 0x18B, 0x19F, 0x1EB, 0x1EF, 0x1F8, 0x29F, 0x330, 0x49F}) {
    Bytes changed = report;
    changed[offset] = 1;
    EXPECT_EQ(ParseSnpReport(changed).error().code(), ErrorCode::kMalformed) << offset;
  }
}

TEST(SnpReport, RefusesUnknownVersionsAndAlgorithms) {
  for (const int version : {0, 1, 4, 6, 255}) {
    Bytes changed = SimulatedReport();
    changed[0] = static_cast<std::uint8_t>(version);
    EXPECT_EQ(ParseSnpReport(changed).error().code(), ErrorCode::kUnsupported) << version;
  }
  Bytes changed = SimulatedReport();
  changed[0x34] = 2;
  EXPECT_EQ(ParseSnpReport(changed).error().code(), ErrorCode::kUnsupported);
}

TEST(SnpReport, RefusesReservedPolicyPlatformAndKeyBits) {
  for (const auto& [offset, value] : {std::pair{0x0A, 0x01}, {0x0B, 0x04}, {0x0F, 0x80}, {0x40, 0x40}, {0x41, 0x01},
                                      {0x48, 0x08}, {0x48, 0x20}, {0x4B, 0x01}, {0x30, 0x04}}) {
    Bytes changed = SimulatedReport();
    changed[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    EXPECT_EQ(ParseSnpReport(changed).error().code(), ErrorCode::kMalformed) << offset;
  }
}

TEST(SnpReport, IsWrittenBackToTheSameBytes) {
  const Bytes report = SimulatedReport();
  EXPECT_EQ(SerializeSnpReport(*ParseSnpReport(report)), report);
}

TEST(SnpReport, RealReportsOfVersions2And3And5AreWrittenBackToTheSameBytes) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  for (const char* id : {"milan-v2-virtee", "milan-v3-vlek", "genoa-v3-azure", "genoa-siena-v5"}) {
    const Bytes report = Vector("snp/" + std::string(id) + "/report.bin");
    const auto parsed = ParseSnpReport(report);
    ASSERT_TRUE(parsed) << parsed.error().ToText();
    EXPECT_EQ(SerializeSnpReport(*parsed), report);
  }
}

TEST(SnpReport, Version2HasNoCpuid) {
  Bytes report = SimulatedReport();
  report[0] = 2;
  EXPECT_EQ(ParseSnpReport(report).error().code(), ErrorCode::kMalformed);
  for (const std::size_t offset : {0x188, 0x189, 0x18A}) report[offset] = 0;
  EXPECT_FALSE(ParseSnpReport(report)->cpuid.has_value());
}

TEST(SnpTcb, TurinHasAnotherByteOrder) {
  const SnpTcbBytes bytes{1, 2, 0, 0, 0, 0, 7, 8};
  EXPECT_EQ(*DecodeSnpTcb(bytes, SnpProduct::kMilan),
            (SnpTcb{.fmc = 0, .bootloader = 1, .tee = 2, .snp = 7, .microcode = 8}));
  EXPECT_EQ(DecodeSnpTcb(bytes, SnpProduct::kTurin).error().code(), ErrorCode::kMalformed);
  const SnpTcbBytes turin{1, 2, 3, 4, 0, 0, 0, 8};
  EXPECT_EQ(*DecodeSnpTcb(turin, SnpProduct::kTurin),
            (SnpTcb{.fmc = 1, .bootloader = 2, .tee = 3, .snp = 4, .microcode = 8}));
  EXPECT_EQ(DecodeSnpTcb(turin, SnpProduct::kGenoa).error().code(), ErrorCode::kMalformed);
}

TEST(SnpProduct, FollowsTheCpuidModel) {
  EXPECT_EQ(*SnpProductFromCpuid(0x19, 0x01), SnpProduct::kMilan);
  EXPECT_EQ(*SnpProductFromCpuid(0x19, 0x11), SnpProduct::kGenoa);
  EXPECT_EQ(*SnpProductFromCpuid(0x19, 0xA0), SnpProduct::kGenoa);
  EXPECT_EQ(*SnpProductFromCpuid(0x1A, 0x02), SnpProduct::kTurin);
  EXPECT_EQ(SnpProductFromCpuid(0, 0).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(SnpProductFromCpuid(0x19, 0x30).error().code(), ErrorCode::kUnsupported);
}

const std::vector<SnpCertificate> kTwo = {{SnpCertificateType::kVcek, Bytes(10, 1)},
                                          {SnpCertificateType::kArk, Bytes(20, 2)}};

TEST(SnpCertificateTable, IsReadBack) {
  EXPECT_EQ(*ParseSnpCertificateTable(SerializeSnpCertificateTable(kTwo)), kTwo);
  EXPECT_TRUE(ParseSnpCertificateTable({})->empty());
}

TEST(SnpCertificateTable, RefusesEveryTruncation) {
  const Bytes table = SerializeSnpCertificateTable(kTwo);
  for (std::size_t size = 1; size < table.size(); ++size) {
    EXPECT_FALSE(ParseSnpCertificateTable(ByteSpan(table).first(size))) << size;
  }
}

TEST(SnpCertificateTable, RefusesOffsetsIntoEntriesOverlapsAndOverflow) {
  const Bytes table = SerializeSnpCertificateTable(kTwo);
  for (const auto& [offset, value] : {std::pair{16, 71}, {16, 73}, {40, 80}, {43, 0xFF}, {23, 0xFF}, {20, 0}, {44, 21}}) {
    Bytes changed = table;
    changed[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    EXPECT_EQ(ParseSnpCertificateTable(changed).error().code(), ErrorCode::kMalformed) << offset;
  }
}

TEST(SnpCertificateTable, RefusesTheSameTypeTwice) {
  const std::vector<SnpCertificate> twice = {kTwo[0], kTwo[0]};
  EXPECT_EQ(ParseSnpCertificateTable(SerializeSnpCertificateTable(twice)).error().code(), ErrorCode::kMalformed);
}

TEST(SnpCertificateTable, PassesOverUnknownGuids) {
  Bytes table = SerializeSnpCertificateTable(kTwo);
  table[0] ^= 1;
  EXPECT_EQ(*ParseSnpCertificateTable(table), std::vector<SnpCertificate>{kTwo[1]});
}

}  // namespace
}  // namespace cloister::evidence
