#include "commands/evidence_collect.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "commands/temporary_folder.h"
#include "formats/json.h"

namespace cloister::commands {
namespace {

EvidenceCollectOptions OnNothing() {
  EvidenceCollectOptions options;
  options.nonce = "00112233445566778899aabbccddeeff";
  options.root = "/there-is-no-machine-here";
  options.nvml = "libnvidia-ml-that-is-not-there.so.1";
  return options;
}

TEST(EvidenceCollectCommand, RefusesNoncesThatItCannotTake) {
  std::ostringstream out, err;
  for (const std::string& nonce : {std::string(), std::string("0"), std::string("xy"), std::string(130, 'a')}) {
    EvidenceCollectOptions options = OnNothing();
    options.nonce = nonce;
    EXPECT_EQ(EvidenceCollect(options, {out, err}).error().code(), ErrorCode::kUsage) << nonce;
  }
  EvidenceCollectOptions options = OnNothing();
  options.tpm_key = "8100";
  EXPECT_EQ(EvidenceCollect(options, {out, err}).error().code(), ErrorCode::kUsage);
}

TEST(EvidenceCollectCommand, SaysNoAndWhyOnAMachineWithoutAnything) {
  std::ostringstream out, err;
  EXPECT_EQ(*EvidenceCollect(OnNothing(), {out, err}), Answer::kNo);
  for (const std::string_view tee : {"snp, tdx, cca", "nitro", "tpm", "nvidia"}) {
    EXPECT_NE(err.str().find("absent  " + std::string(tee) + ": "), std::string::npos) << err.str();
  }
  const auto json = formats::Json::Parse(out.str());
  ASSERT_TRUE(json);
  EXPECT_TRUE((*json->GetArray("evidence"))->empty());
  EXPECT_EQ((*json->GetArray("absent"))->size(), 4u);
}

TEST(EvidenceCollectCommand, WritesNothingWhereTheKindThatWasAskedForIsAbsent) {
  const auto folder = *TemporaryFolder::Make();
  EvidenceCollectOptions options = OnNothing();
  options.tee = "snp";
  options.output = (folder.path() / "evidence").string();
  std::ostringstream out, err;
  EXPECT_EQ(*EvidenceCollect(options, {out, err}), Answer::kNo);
  EXPECT_FALSE(std::filesystem::exists(options.output));
}

}  // namespace
}  // namespace cloister::commands
