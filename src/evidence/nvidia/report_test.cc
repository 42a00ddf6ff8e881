#include "evidence/nvidia/report.h"

#include "evidence/nvidia/testing.h"

namespace cloister::evidence {
namespace {

Bytes Raw() { return TestGpu().Sign(TestGpu().Report(TestNvidiaNonce())); }

TEST(NvidiaReport, ReadsBackWhatItWrites) {
  for (const auto architecture : {NvidiaArchitecture::kHopper, NvidiaArchitecture::kBlackwell, NvidiaArchitecture::kLs10}) {
    const auto device = NewNvidiaDevice(architecture);
    const Bytes raw = device.Sign(device.Report(TestNvidiaNonce()));
    const auto report = ParseNvidiaReport(raw);
    ASSERT_TRUE(report.has_value()) << report.error().ToText();
    EXPECT_EQ(SerializeNvidiaReport(*report), raw);
    EXPECT_EQ(report->nonce, TestNvidiaNonce());
  }
}

TEST(NvidiaReport, ReadsBackEveryVector) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  int seen = 0;
  for (const char* folder : {"nvidia-gpu", "nvidia-switch"}) {
    for (const auto& entry : std::filesystem::directory_iterator(SharedVectors() / folder)) {
      const Bytes raw = *ReadFile(entry.path() / "report.bin", 1 << 20);
      const auto report = ParseNvidiaReport(raw);
      ASSERT_TRUE(report.has_value()) << report.error().ToText();
      EXPECT_EQ(SerializeNvidiaReport(*report), raw);
      EXPECT_TRUE(ReadNvidiaDeviceInfo(*report).has_value());
      ++seen;
    }
  }
  EXPECT_GE(seen, 13);
}

TEST(NvidiaReport, RefusesEveryCutAndWhatFollows) {
  const Bytes raw = Raw();
  for (std::size_t size = 0; size < raw.size(); ++size) {
    EXPECT_EQ(RefusalOf(ParseNvidiaReport(ByteSpan(raw).first(size))), ErrorCode::kMalformed);
  }
  Bytes longer = raw;
  longer.push_back(0);
  EXPECT_EQ(RefusalOf(ParseNvidiaReport(longer)), ErrorCode::kMalformed);
  EXPECT_EQ(RefusalOf(ParseNvidiaReport(Bytes(8193, 0))), ErrorCode::kLimit);
}

TEST(NvidiaReport, FindsItselfInALongerBuffer) {
  const Bytes raw = Raw();
  Bytes buffer = raw;
  buffer.resize(raw.size() + 5);
  EXPECT_TRUE(Equal(*NvidiaReportInBuffer(buffer), raw));
  EXPECT_EQ(RefusalOf(NvidiaReportInBuffer(ByteSpan(raw).first(raw.size() - 1))), ErrorCode::kMalformed);
}

TEST(NvidiaReport, RefusesOtherRequestsAndVersions) {
  const Bytes raw = Raw();
  // Version, code, signature asked for, measurements asked for; version, code, parameters of the response; slot.
  for (const std::size_t at : {0u, 1u, 2u, 3u, 37u, 38u, 39u, 40u}) {
    Bytes changed = raw;
    changed[at] ^= 0x02;
    EXPECT_EQ(RefusalOf(ParseNvidiaReport(changed)), ErrorCode::kUnsupported) << at;
  }
  Bytes slot = raw;
  slot[36] = 8;
  EXPECT_EQ(RefusalOf(ParseNvidiaReport(slot)), ErrorCode::kMalformed);
}

TEST(NvidiaReport, RefusesBlocksOutOfOrderAndSizesThatContradict) {
  const Bytes raw = Raw();
  constexpr std::size_t kFirstBlock = 45;
  for (const std::size_t at : {0u, 2u, 5u}) {  // index, size, size of the value
    Bytes changed = raw;
    changed[kFirstBlock + at] ^= 0x01;
    EXPECT_EQ(RefusalOf(ParseNvidiaReport(changed)), ErrorCode::kMalformed) << at;
  }
  Bytes fewer = raw;
  fewer[41] = 63;  // blocks, though the record holds 64
  EXPECT_EQ(RefusalOf(ParseNvidiaReport(fewer)), ErrorCode::kMalformed);
}

TEST(NvidiaReport, RefusesFieldsOfAnotherForm) {
  const auto refuses = [](NvidiaField type, const Bytes& value) {
    NvidiaReport report = TestGpu().Report(TestNvidiaNonce());
    report.opaque.Set(type, value);
    return RefusalOf(ReadNvidiaDeviceInfo(report)) == ErrorCode::kMalformed;
  };
  EXPECT_TRUE(refuses(NvidiaField::kFwid, Bytes(47, 1)));
  EXPECT_TRUE(refuses(NvidiaField::kNvdec0Status, {0x56}));
  EXPECT_TRUE(refuses(NvidiaField::kProtectedPcie, {0xAA, 0xAA}));
  EXPECT_TRUE(refuses(NvidiaField::kDriverVersion, ToBytes(std::string_view("550\0.90", 7))));
  EXPECT_TRUE(refuses(NvidiaField::kProject, Bytes(65, 'A')));
  EXPECT_TRUE(refuses(NvidiaField::kVbiosVersion, {0, 0x9F, 0, 0x96, 1, 0, 0, 1}));
}

}  // namespace
}  // namespace cloister::evidence
