#include "service/daemon.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"

namespace cloister::service {
namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cloister-daemon-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

bool LeavesNoCore() {
  RefuseCoreDumps();
  rlimit limit{};
  return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0;
}

TEST(Daemon, LeavesNoCoreFilesAndRefusesDebuggers) {
  // In a process of its own: neither can be taken back.
  EXPECT_EXIT(_exit(LeavesNoCore() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

TEST(Daemon, RefusesAddressesThatAreNone) {
  for (const char* text : {"", "8443", ":8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:8443x"}) {
    const auto listen = Listen::Parse(text);
    ASSERT_FALSE(listen) << text;
    EXPECT_EQ(listen.error().code(), ErrorCode::kUsage);
  }
  EXPECT_EQ(Listen::Parse("127.0.0.1:8443")->port, 8443);
}

TEST(Daemon, MakesKeysForItsOwnerOnlyAndRefusesKeysForSomethingElse) {
  const Folder folder;
  const auto path = folder.path / "key.pem";
  const auto made = LoadOrMakeKey(path, crypto::SignatureAlgorithm::kEs256);
  ASSERT_TRUE(made);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(LoadOrMakeKey(path, crypto::SignatureAlgorithm::kEs256)->Public(), made->Public());
  EXPECT_EQ(LoadOrMakeKey(path, crypto::SignatureAlgorithm::kEdDsa).error().code(), ErrorCode::kMismatch);
}

TEST(Daemon, KeepsTheTlsKeyAndCertificateThatAreThere) {
  const Folder folder;
  const Time now = *FromRfc3339("2026-06-01T12:00:00Z");
  const auto made = LoadOrMakeTls(folder.path, {"broker.example"}, now);
  ASSERT_TRUE(made);
  const auto again = LoadOrMakeTls(folder.path, {"other.example"}, now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->spki, made->spki);
  EXPECT_EQ(again->identity.certificate_chain_pem, made->identity.certificate_chain_pem);
}

}  // namespace
}  // namespace cloister::service
