#include "sealed/age_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/file.h"
#include "sealed/internal/payload.h"

namespace cloister::sealed {
namespace {

constexpr std::size_t kLargest = std::size_t{64} << 20;

class AgeFile : public ::testing::Test {
 protected:
  AgeFile() : random_(7), identity_(Identity::Generate(random_)), recipient_(identity_.recipient()) {
    folder_ = std::filesystem::temp_directory_path() / ("cloister_age_test." + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  ~AgeFile() override { std::filesystem::remove_all(folder_); }

  Bytes Plaintext(std::size_t size) { return crypto::RandomBytes(random_, size); }
  Bytes Sealed(ByteSpan plaintext) { return *Seal(std::span(&recipient_, 1), plaintext, random_); }
  FileKey KeyOf(ByteSpan file) { return *AgeHeader::ParseFront(file)->Unwrap(identity_); }
  std::filesystem::path Written(ByteSpan content) {
    CHECK(WriteFile(folder_ / "file.age", content, FileMode::kPublic).has_value());
    return folder_ / "file.age";
  }

  crypto::DeterministicRandom random_;
  Identity identity_;
  Recipient recipient_;
  std::filesystem::path folder_;
};

TEST_F(AgeFile, RefusesAnyByteChangedAndAnyCut) {
  const Bytes file = Sealed(Plaintext(40));
  const FileKey key = KeyOf(file);
  for (std::size_t i = 0; i < file.size(); ++i) {
    Bytes changed = file;
    changed[i] ^= 1;
    EXPECT_FALSE(Open(identity_, changed)) << i;
    EXPECT_FALSE(Open(key, changed)) << i;
    EXPECT_FALSE(Open(identity_, ByteSpan(file).first(i))) << i;
  }
  EXPECT_FALSE(Open(identity_, Concat({file, AsBytes("x")})));
}

TEST_F(AgeFile, RefusesChunksCutReorderedRepeatedOrSwapped) {
  const Bytes plaintext = Plaintext(3 * kChunkSize + 5);
  const Bytes file = Sealed(plaintext);
  const std::size_t front = AgeHeader::ParseFront(file)->encoded().size() + kPayloadNonceSize;
  const auto chunk = [&](std::size_t i) {
    return ByteSpan(file).subspan(front + i * kSealedChunkSize, i < 3 ? kSealedChunkSize : 5 + crypto::kAeadTagSize);
  };
  const ByteSpan head = ByteSpan(file).first(front);
  ASSERT_TRUE(Open(identity_, Concat({head, chunk(0), chunk(1), chunk(2), chunk(3)})));
  EXPECT_EQ(Open(identity_, Concat({head, chunk(0), chunk(1), chunk(2)})).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Open(identity_, Concat({head, chunk(1), chunk(0), chunk(2), chunk(3)})).error().code(),
            ErrorCode::kUntrusted);
  EXPECT_EQ(Open(identity_, Concat({head, chunk(0), chunk(0), chunk(2), chunk(3)})).error().code(),
            ErrorCode::kUntrusted);
  EXPECT_EQ(Open(identity_, Concat({head, chunk(0), chunk(2), chunk(3)})).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Open(identity_, Concat({head, chunk(3)})).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(Open(identity_, head).error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(Open(identity_, Concat({ByteSpan(file), Bytes(16)})).error().code(), ErrorCode::kUntrusted);
  // The same plaintext sealed again has another file key: its chunks do not fit.
  const Bytes again = Sealed(plaintext);
  EXPECT_FALSE(Open(identity_, Concat({head, ByteSpan(again).subspan(front)})));
  EXPECT_EQ(Open(KeyOf(again), file).error().code(), ErrorCode::kUntrusted);
}

TEST_F(AgeFile, RefusesSizesThatNoPayloadHas) {
  EXPECT_EQ(*PlaintextSize(16), 0u);
  EXPECT_EQ(*PlaintextSize(kSealedChunkSize), kChunkSize);
  EXPECT_EQ(*PlaintextSize(kSealedChunkSize + 17), kChunkSize + 1);
  for (const std::size_t bad : {std::size_t{0}, std::size_t{15}, kSealedChunkSize + 1, kSealedChunkSize + 16}) {
    EXPECT_EQ(PlaintextSize(bad).error().code(), ErrorCode::kMalformed) << bad;
  }
}

TEST_F(AgeFile, OpensWhatItSealsAtEverySizeOfInterest) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kChunkSize - 1, kChunkSize, kChunkSize + 1, 8 * kChunkSize - 1, 8 * kChunkSize,
        8 * kChunkSize + 1, 16 * kChunkSize, 17 * kChunkSize + 3}) {
    const Bytes plaintext = Plaintext(size);
    const Bytes file = Sealed(plaintext);
    const auto opened = Open(identity_, file);
    ASSERT_TRUE(opened) << size << ": " << opened.error().message();
    EXPECT_TRUE(Equal(opened->ExposeSecret(), plaintext));
    const auto source = Written(plaintext);
    const auto record = SealFile(std::span(&recipient_, 1), source, folder_ / "out.age", random_);
    ASSERT_TRUE(record) << record.error().message();
    EXPECT_EQ(*DescribeFile(folder_ / "out.age"), *record);
    EXPECT_EQ(*Describe(*ReadFile(folder_ / "out.age", kLargest)), *record);
    const FileKey key = *AgeHeader::Parse(record->header)->Unwrap(identity_);
    const auto privately = OpenPrivately(folder_ / "out.age", record->file, key);
    ASSERT_TRUE(privately) << size << ": " << privately.error().message();
    EXPECT_TRUE(Equal(privately->ExposeSecret(), plaintext)) << size;
  }
}

TEST_F(AgeFile, OpensPrivatelyOnlyTheFileThatIsExpected) {
  const Bytes file = Sealed(Plaintext(100000));
  const SealingRecord record = *Describe(file);
  const FileKey key = KeyOf(file);
  const auto path = Written(file);
  ASSERT_TRUE(OpenPrivately(path, record.file, key));
  SealedFile other = record.file;
  other.sha256[31] ^= 1;
  EXPECT_EQ(OpenPrivately(path, other, key).error().code(), ErrorCode::kMismatch);
  other = record.file;
  other.size += 1;
  EXPECT_EQ(OpenPrivately(path, other, key).error().code(), ErrorCode::kMismatch);
  const Bytes others = Sealed(Plaintext(100000));
  EXPECT_EQ(OpenPrivately(path, record.file, KeyOf(others)).error().code(), ErrorCode::kUntrusted);
  EXPECT_EQ(OpenPrivately(Written(others), record.file, key).error().code(), ErrorCode::kUntrusted);
  for (std::size_t i = 0; i < file.size(); i += 997) {
    Bytes changed = file;
    changed[i] ^= 0x40;
    EXPECT_FALSE(OpenPrivately(Written(changed), record.file, key)) << i;
  }
  EXPECT_EQ(OpenPrivately(folder_ / "absent", record.file, key).error().code(), ErrorCode::kNotFound);
}

// Several batches of chunks, so several threads.
TEST_F(AgeFile, OpensNoLargeFileWithAnyPartChanged) {
  const Bytes plaintext = Plaintext(3'000'001);
  const Bytes file = Sealed(plaintext);
  const SealingRecord record = *Describe(file);
  const FileKey key = KeyOf(file);
  EXPECT_TRUE(Equal(OpenPrivately(Written(file), record.file, key)->ExposeSecret(), plaintext));
  EXPECT_TRUE(Equal(OpenFile(identity_, Written(file))->ExposeSecret(), plaintext));
  for (std::size_t i = 300; i < file.size(); i += 99'991) {
    Bytes changed = file;
    changed[i] ^= 1;
    // The first chunk that does not verify is named, whatever the threads did.
    const std::size_t chunk = (i - record.header.size() - 16) / (65536 + 16);
    const std::string named = "chunk " + std::to_string(chunk) + ":";
    const auto privately = OpenPrivately(Written(changed), record.file, key);
    ASSERT_FALSE(privately);
    EXPECT_EQ(privately.error().code(), ErrorCode::kUntrusted);
    EXPECT_NE(privately.error().message().find(named), std::string::npos) << privately.error().message();
    EXPECT_EQ(OpenFile(identity_, Written(changed)).error().code(), ErrorCode::kUntrusted);
    EXPECT_EQ(Open(identity_, changed).error().code(), ErrorCode::kUntrusted);
  }
  for (const std::size_t cut : {1u, 16u, 65552u, 2'000'000u}) {
    const Bytes shorter(file.begin(), file.end() - static_cast<std::ptrdiff_t>(cut));
    EXPECT_FALSE(OpenFile(identity_, Written(shorter))) << cut;
    EXPECT_FALSE(OpenPrivately(Written(shorter), record.file, key)) << cut;
    EXPECT_FALSE(OpenPrivately(Written(shorter), {crypto::Sha256(shorter), shorter.size()}, key)) << cut;
  }
}

TEST_F(AgeFile, LeavesNothingWhenSealingFails) {
  EXPECT_EQ(SealFile(std::span(&recipient_, 1), folder_ / "absent", folder_ / "out.age", random_).error().code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(SealFile(std::span(&recipient_, 1), folder_, folder_ / "out.age", random_).error().code(), ErrorCode::kIo);
  std::filesystem::create_directory(folder_ / "taken");
  EXPECT_FALSE(SealFile(std::span(&recipient_, 1), Written(AsBytes("x")), folder_ / "taken", random_));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++entries;
  EXPECT_EQ(entries, 2u);  // file.age and taken
}

// Debian's age, if it is installed: what it seals we open, and the other way.
class Interop : public AgeFile {
 protected:
  void SetUp() override {
    if (std::system("age --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no `age` program installed";
  }
  int Run(const std::string& command) { return std::system(("cd '" + folder_.string() + "' && " + command).c_str()); }
};

TEST_F(Interop, OpensWhatTheAgeProgramSeals) {
  const Bytes plaintext = Plaintext(3 * kChunkSize);
  Written(plaintext);
  ASSERT_EQ(Run("age -r " + recipient_.ToText() + " -o theirs.age file.age"), 0);
  const auto record = DescribeFile(folder_ / "theirs.age");
  ASSERT_TRUE(record) << record.error().message();
  const FileKey key = *AgeHeader::Parse(record->header)->Unwrap(identity_);
  EXPECT_TRUE(Equal(OpenPrivately(folder_ / "theirs.age", record->file, key)->ExposeSecret(), plaintext));
}

TEST_F(Interop, TheAgeProgramOpensWhatWeSeal) {
  const SecretBytes text = identity_.ToText();
  ASSERT_TRUE(WriteFile(folder_ / "identity", text.ExposeSecret(), FileMode::kPrivate));
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, kChunkSize, 9 * kChunkSize + 1}) {
    const Bytes plaintext = Plaintext(size);
    const Recipient two[] = {Identity::Generate(random_).recipient(), recipient_};
    ASSERT_TRUE(SealFile(two, Written(plaintext), folder_ / "ours.age", random_));
    ASSERT_EQ(Run("age -d -i identity ours.age > plain"), 0) << size;
    EXPECT_EQ(*ReadFile(folder_ / "plain", kLargest), plaintext);
  }
}

}  // namespace
}  // namespace cloister::sealed
