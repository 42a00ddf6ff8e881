#include "attester/nvml.h"

#include <gtest/gtest.h>

namespace cloister::attester {
namespace {

enum Mode { kGood, kOff, kNoGpu, kOtherNonce, kTooLong, kFails, kOldGpu };

const GpuNonce kNonce = [] {
  GpuNonce nonce;
  nonce.fill(0x42);
  return nonce;
}();

// Keeps the fake loaded, so that what is set stays set.
class Nvml : public testing::Test {
 protected:
  Nvml() : library_(*SharedLibrary::Load(FAKE_NVML)) {
    EXPECT_TRUE(library_.Find("fake_nvml_set", &set_));
    EXPECT_TRUE(library_.Find("fake_nvml_open_sessions", &sessions_));
  }
  ~Nvml() override { EXPECT_EQ(sessions_(), 0) << "every start has its end"; }
  Result<GpuCollection> With(Mode mode) {
    set_(mode);
    return CollectGpus(FAKE_NVML, kNonce);
  }

 private:
  SharedLibrary library_;
  void (*set_)(int) = nullptr;
  int (*sessions_)() = nullptr;
};

TEST_F(Nvml, SaysThatThereIsNoLibrary) {
  EXPECT_EQ(CollectGpus("libnvidia-ml-that-is-not-there.so.1", kNonce).error().code(), ErrorCode::kNotFound);
}

TEST_F(Nvml, RefusesALibraryWithoutConfidentialComputing) {
  EXPECT_EQ(CollectGpus("libc.so.6", kNonce).error().code(), ErrorCode::kUnsupported);
}

TEST_F(Nvml, SaysWhyThereIsNoEvidence) {
  EXPECT_EQ(With(kOff).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(With(kNoGpu).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(With(kFails).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(With(kOldGpu).error().code(), ErrorCode::kUnsupported);
}

TEST_F(Nvml, RefusesAnotherNonceAndLengthsBeyondTheBuffer) {
  EXPECT_EQ(With(kOtherNonce).error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(With(kTooLong).error().code(), ErrorCode::kMalformed);
}

TEST_F(Nvml, CollectsEveryGpuOverOneNonce) {
  const auto collected = With(kGood);
  ASSERT_TRUE(collected) << collected.error().ToText();
  ASSERT_EQ(collected->gpus.size(), 2u);
  EXPECT_EQ(collected->gpus[1].uuid, "GPU-FAKE-1");
  EXPECT_EQ(collected->gpus[0].driver_version, "550.90.07");
  EXPECT_EQ(collected->gpus[0].certificates.back(), '\n');
  const auto json = collected->ToJson(kNonce);
  const auto& first = (**json.AsArray())[0];
  EXPECT_EQ(*first.GetString("arch"), "HOPPER");
  EXPECT_EQ(FromBase64(*first.GetString("evidence"))->size(), 100u);
  EXPECT_EQ(*first.GetString("nonce"), ToHex(kNonce));
}

}  // namespace
}  // namespace cloister::attester
