#include "attester/tpm.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "attester/machine.h"
#include "base/byte_reader.h"
#include "crypto/sign.h"
#include "evidence/tpm/json.h"

extern char** environ;

namespace cloister::attester {
namespace {

// A software TPM (swtpm) on a socket of its own, with a fresh state.
class SoftwareTpm {
 public:
  SoftwareTpm() {
    std::string folder = (std::filesystem::temp_directory_path() / "cloister-swtpm-XXXXXX").string();
    CHECK(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    const std::string state = "dir=" + folder;
    const std::string server = "type=unixio,path=" + Socket();
    const std::string control = server + ".ctrl";
    const char* const arguments[] = {"swtpm", "socket", "--tpm2", "--tpmstate", state.c_str(), "--server", server.c_str(),
                                     "--ctrl", control.c_str(), "--flags", "not-need-init,startup-clear", nullptr};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, "swtpm", &quiet, nullptr, const_cast<char**>(arguments), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&quiet);
    for (int i = 0; pid_ > 0 && i < 500 && !std::filesystem::exists(Socket()); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  ~SoftwareTpm() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  bool there() const { return pid_ > 0 && std::filesystem::exists(Socket()); }
  std::string Tcti() const { return "swtpm:path=" + Socket(); }

 private:
  std::string Socket() const { return (folder_ / "socket").string(); }
  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

TEST(TpmCollect, RefusesNoncesThatItCannotTake) {
  EXPECT_EQ(CollectTpm({.tcti = "device:/dev/null"}, {}).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(CollectTpm({.tcti = "device:/dev/null"}, Bytes(65)).error().code(), ErrorCode::kUsage);
}

TEST(TpmCollect, SaysThatThereIsNoDevice) {
  EXPECT_EQ(CollectTpm({.tcti = "device:/dev/there-is-no-tpm-here"}, Bytes(32)).error().code(), ErrorCode::kNotFound);
}

TEST(TpmCollect, QuotesAllRegistersOverTheNonce) {
  const SoftwareTpm tpm;
  if (!tpm.there()) GTEST_SKIP() << "swtpm is not installed";
  const Bytes nonce(32, 0x6B);
  const auto collected = CollectTpm({.tcti = tpm.Tcti()}, nonce);
  ASSERT_TRUE(collected) << collected.error().ToText();
  ASSERT_EQ(collected->pcrs.size(), kTpmPcrs);
  for (const Bytes& pcr : collected->pcrs) EXPECT_EQ(pcr.size(), 32u);
  const auto json = collected->ToJson();
  ASSERT_TRUE(json) << json.error().ToText();
  const auto key = crypto::VerifyingKey::FromSpkiDer(crypto::SignatureAlgorithm::kRs256, *FromBase64(*json->GetString("ak_public")));
  ASSERT_TRUE(key);
  // TPMT_SIGNATURE {RSASSA, SHA-256, size, signature}.
  EXPECT_TRUE(key->Verify(collected->message, ByteSpan(collected->signature).subspan(6)));
  EXPECT_EQ(ToHex(ByteSpan(collected->message).first(6)), "ff5443478018");
}

// What a TPM that is not ours makes is what our verifier takes.
TEST(TpmCollect, GivesWhatVerifyTpmQuoteTakes) {
  const SoftwareTpm tpm;
  if (!tpm.there()) GTEST_SKIP() << "swtpm is not installed";
  const Bytes nonce(32, 0x6B);
  const auto collected = CollectTpm({.tcti = tpm.Tcti()}, nonce);
  ASSERT_TRUE(collected) << collected.error().ToText();
  const auto key = evidence::TpmAttestationKey::FromPublicArea(collected->public_area);
  ASSERT_TRUE(key) << key.error().ToText();
  const auto demanded = evidence::DemandedPcrs::All();
  const auto read = evidence::TpmEvidenceFromJson(*collected->ToJson(), demanded);
  ASSERT_TRUE(read) << read.error().ToText();
  EXPECT_EQ(key->key().SpkiDer(), read->ak_public);
  const auto code = [&](const evidence::TpmQuoteEvidence& quote, const evidence::ExpectedTpmNonce& expected, const evidence::DemandedPcrs& pcrs) {
    const auto verified = VerifyTpmQuote(quote, *key, {expected, pcrs, evidence::ExpectedTpmInitData::AnyInitData()});
    return verified ? std::string("accepted") : std::string(ErrorCodeName(verified.error().code()));
  };
  const auto right = evidence::ExpectedTpmNonce::Exactly(nonce);
  EXPECT_EQ(code(read->quote, right, demanded), "accepted");
  EXPECT_EQ(code(read->quote, evidence::ExpectedTpmNonce::Exactly(Bytes(32, 1)), demanded), "mismatch");
  EXPECT_EQ(code(read->quote, right, *evidence::DemandedPcrs::Of({evidence::PcrBank::kSha256, 0xFF})), "mismatch");
  evidence::TpmQuoteEvidence changed = read->quote;
  changed.pcrs[16][0] ^= 1;
  EXPECT_EQ(code(changed, right, demanded), "untrusted");
  // PCRs 17 to 22 are ones until a late launch, in a TPM of others as in our replay.
  EXPECT_EQ(read->quote.pcrs.at(17), Bytes(32, 0xFF));
}

TEST(TpmCollect, UsesOneKeyEachTimeAndLeavesNothingBehind) {
  const SoftwareTpm tpm;
  if (!tpm.there()) GTEST_SKIP() << "swtpm is not installed";
  const auto first = CollectTpm({.tcti = tpm.Tcti()}, Bytes(32, 1));
  ASSERT_TRUE(first) << first.error().ToText();
  EXPECT_FALSE(first->hcl_report);
  for (std::uint8_t i = 2; i < 8; ++i) {  // more often than a TPM has places for objects
    const auto again = CollectTpm({.tcti = tpm.Tcti()}, Bytes(32, i));
    ASSERT_TRUE(again) << again.error().ToText();
    EXPECT_EQ(again->public_area, first->public_area);
    EXPECT_NE(again->message, first->message);
  }
}

TEST(MachineCollect, SaysOfAMachineWithoutAnythingWhatIsAbsentAndWhy) {
  const auto root = std::filesystem::temp_directory_path() / "cloister-no-such-root";
  const auto machine = CollectMachine({.root = root, .tpm = {}, .nvml = "libnvidia-ml-that-is-not-there.so.1"}, Bytes(32, 1), crypto::SystemRandom());
  ASSERT_TRUE(machine);
  EXPECT_TRUE(machine->found.empty());
  ASSERT_EQ(machine->absent.size(), 4u);
  for (const auto& part : machine->absent) {
    EXPECT_EQ(part.why.code(), ErrorCode::kNotFound) << part.tee << ": " << part.why.ToText();
    EXPECT_FALSE(part.why.message().empty());
  }
  EXPECT_FALSE(CollectMachine({}, Bytes(65), crypto::SystemRandom()));
}

TEST(MachineCollect, CollectsGpusAndATpmTogether) {
  const SoftwareTpm tpm;
  if (!tpm.there()) GTEST_SKIP() << "swtpm is not installed";
  const MachinePlaces places{.root = "/nowhere", .tpm = {.tcti = tpm.Tcti()}, .nvml = FAKE_NVML};
  const auto machine = CollectMachine(places, Bytes(48, 9), crypto::SystemRandom());
  ASSERT_TRUE(machine);
  ASSERT_EQ(machine->found.size(), 2u) << machine->ToJson(Bytes(48, 9)).Pretty();
  EXPECT_EQ(machine->found[0].tee, "tpm");
  EXPECT_EQ(machine->found[1].tee, "nvidia");
  EXPECT_EQ(machine->absent.size(), 2u);
}

}  // namespace
}  // namespace cloister::attester
