#include "service/collateral_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/random.h"
#include "evidence/intel/simulated.h"
#include "evidence/snp/simulated.h"
#include "formats/pem.h"

namespace cloister::service {
namespace {

using evidence::SnpCertificateType;

const Time kNow = *FromRfc3339("2026-06-01T12:00:00Z");
constexpr Seconds kDay = std::chrono::hours(24);

class CollateralFiles : public testing::Test {
 protected:
  CollateralFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "cloister-service-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::create_directory(folder_ / "all");
  }
  ~CollateralFiles() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path Put(const std::string& name, ByteSpan bytes) {
    EXPECT_TRUE(WriteFile(folder_ / name, bytes, FileMode::kPublic));
    return folder_ / name;
  }
  static ErrorCode Refusal(const std::filesystem::path& path) {
    const auto collateral = ReadCollateral(std::span(&path, 1));
    return collateral ? ErrorCode::kInternal : collateral.error().code();
  }
  static evidence::SimulatedSnpProcessor Amd() {
    return *evidence::SimulatedSnpProcessor::Make(
        {.not_before = kNow, .not_after = kNow + kDay, .vcek_not_after = kNow + kDay, .rsa_bits = 2048}, crypto::SystemRandom());
  }
  std::filesystem::path folder_;
};

TEST_F(CollateralFiles, RefuseWhatCannotBeRead) {
  EXPECT_EQ(Refusal(Put("rubbish", AsBytes("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"))), ErrorCode::kMalformed);
  EXPECT_EQ(Refusal(folder_ / "none"), ErrorCode::kNotFound);
  EXPECT_EQ(Refusal(Put("tpm-keys.json", AsBytes("{"))), ErrorCode::kMalformed);
}

// A misspelled name would leave something unchecked in silence.
TEST_F(CollateralFiles, RefuseANameInAFolderThatSaysNothing) {
  Put("all/tcbinfo.json", AsBytes("{}"));
  EXPECT_EQ(Refusal(folder_ / "all"), ErrorCode::kUsage);
}

TEST_F(CollateralFiles, GiveAmdsAsDerAndAsPemWithSeveralBlocks) {
  const auto processor = Amd();
  const std::string chain = formats::EncodePem("CERTIFICATE", processor.ask.Der()) + formats::EncodePem("CERTIFICATE", processor.ark.Der());
  const std::vector paths = {Put("chain.pem", AsBytes(chain)), Put("crl.der", processor.crl.Der())};
  const auto collateral = ReadCollateral(paths);
  ASSERT_TRUE(collateral) << collateral.error().ToText();
  const auto& certificates = collateral->snp.certificates;
  ASSERT_EQ(certificates.size(), 3u);
  EXPECT_EQ(certificates[0].type, SnpCertificateType::kAsk);
  EXPECT_EQ(certificates[1].type, SnpCertificateType::kArk);
  EXPECT_EQ(certificates[2].type, SnpCertificateType::kCrl);
}

TEST_F(CollateralFiles, GiveOfAFolderWhatEachNameSays) {
  const auto processor = Amd();
  evidence::SimulatedIntelOptions options;
  options.not_before = options.issue_date = kNow;
  options.not_after = options.next_update = kNow + kDay;
  const auto intel = evidence::SimulatedIntelPlatform::Make(options, crypto::SystemRandom())->Collateral(evidence::IntelTee::kTdx);
  Put("all/ark.crl", processor.crl.Der());
  Put("all/tcb_info.json", AsBytes(intel.tcb_info));
  Put("all/tcb_info_issuer_chain.pem", AsBytes(intel.tcb_info_issuer_chain));
  Put("all/pck_crl.der", intel.pck_crl);
  Put("all/driver.xml", AsBytes("<x/>"));
  const std::vector paths = {folder_ / "all", Put("ask.der", processor.ask.Der())};
  const auto collateral = ReadCollateral(paths);
  ASSERT_TRUE(collateral) << collateral.error().ToText();
  EXPECT_EQ(collateral->snp.certificates.size(), 2u);
  EXPECT_EQ(collateral->intel.collateral().tcb_info, intel.tcb_info);
  EXPECT_EQ(collateral->intel.collateral().tcb_info_issuer_chain, intel.tcb_info_issuer_chain);
  EXPECT_EQ(collateral->intel.collateral().pck_crl, intel.pck_crl);
  EXPECT_TRUE(collateral->intel.collateral().qe_identity.empty());
  EXPECT_TRUE(collateral->nvidia.has_rims());
  EXPECT_FALSE(collateral->nvidia.has_answers());
}

}  // namespace
}  // namespace cloister::service
