#include "service/broker_service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/random.h"
#include "evidence/snp/simulated.h"
#include "formats/pem.h"

namespace cloister::service {
namespace {

using evidence::SnpCertificateType;
using formats::Json;

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cloister-service-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

ErrorCode Refusal(const char* json) { return BrokerSettings::FromJson(*Json::Parse(json), "/party").error().code(); }

TEST(BrokerSettings, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Refusal(R"({"accept": true})"), ErrorCode::kMalformed);
  EXPECT_EQ(Refusal(R"({"accept_simulated": ["00"]})"), ErrorCode::kMalformed);
}

TEST(BrokerSettings, RefusesSimulatedRootsWithoutTheirAnchors) {
  const std::string json = R"({"accept_simulated": [")" + std::string(64, '0') + R"("]})";
  EXPECT_EQ(Refusal(json.c_str()), ErrorCode::kUsage);
}

TEST(BrokerSettings, TakesPathsRelativeToTheFolder) {
  const auto settings = BrokerSettings::FromJson(*Json::Parse(R"({"simulated_anchors": "a.json", "collateral": ["b", "/c"]})"), "/party");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->simulated_anchors, "/party/a.json");
  EXPECT_EQ(settings->collateral, (std::vector<std::filesystem::path>{"/party/b", "/c"}));
}

TEST(LoadCollateral, ReadsDerAndPemWithSeveralBlocks) {
  const Time now = *FromRfc3339("2026-06-01T12:00:00Z");
  evidence::SimulatedSnpOptions options;
  options.not_before = now;
  options.not_after = options.vcek_not_after = now + std::chrono::hours(24);
  options.rsa_bits = 2048;
  const auto processor = evidence::SimulatedSnpProcessor::Make(options, crypto::SystemRandom());
  ASSERT_TRUE(processor) << processor.error().ToText();
  const Folder folder;
  const auto put = [&](const char* name, ByteSpan bytes) {
    EXPECT_TRUE(WriteFile(folder.path / name, bytes, FileMode::kPublic));
    return folder.path / name;
  };
  const std::string chain = formats::EncodePem("CERTIFICATE", processor->ask.Der()) + formats::EncodePem("CERTIFICATE", processor->ark.Der());
  const std::vector paths = {put("chain.pem", AsBytes(chain)), put("crl.der", processor->crl.Der())};
  const auto collateral = LoadCollateral(paths);
  ASSERT_TRUE(collateral) << collateral.error().ToText();
  ASSERT_EQ(collateral->certificates.size(), 3u);
  EXPECT_EQ(collateral->certificates[0].type, SnpCertificateType::kAsk);
  EXPECT_EQ(collateral->certificates[1].type, SnpCertificateType::kArk);
  EXPECT_EQ(collateral->certificates[2].type, SnpCertificateType::kCrl);

  const std::vector rubbish = {put("rubbish", AsBytes("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"))};
  EXPECT_EQ(LoadCollateral(rubbish).error().code(), ErrorCode::kMalformed);
  const std::vector missing = {folder.path / "none"};
  EXPECT_EQ(LoadCollateral(missing).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cloister::service
