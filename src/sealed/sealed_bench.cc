// Sealing and opening beside the physical limit of the same run (SHA-256 and ChaCha20-Poly1305 over the same bytes), and
// opening without a digest beside the `age` tool.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bench_against.h"
#include "crypto/aead.h"
#include "sealed/age_file.h"
#include "sealed/internal/payload.h"

namespace cloister::sealed {
namespace {

constexpr std::size_t kSize = std::size_t{256} << 20;
constexpr int kTurns = 6;

class Files {
 public:
  Files() : folder_("/dev/shm/cloister_sealed_bench." + std::to_string(getpid())) {
    std::filesystem::create_directory(folder_);
    const Bytes plaintext = crypto::RandomBytes(random_, kSize);
    CHECK(WriteFileTo(plain(), plaintext));
    record_ = SealFile(std::span(&recipient_, 1), plain(), sealed(), random_);
    CHECK(record_.has_value());
    const std::string text(AsText(identity_.ToText().ExposeSecret()));
    CHECK(WriteFileTo(identity_file(), AsBytes(text + "\n")));
  }
  ~Files() { std::filesystem::remove_all(folder_); }
  static bool WriteFileTo(const std::filesystem::path& path, ByteSpan content) {
    FILE* file = std::fopen(path.c_str(), "wb");
    const bool whole = file != nullptr && std::fwrite(content.data(), 1, content.size(), file) == content.size();
    return file != nullptr && std::fclose(file) == 0 && whole;
  }
  std::filesystem::path plain() const { return folder_ / "plain"; }
  std::filesystem::path sealed() const { return folder_ / "sealed.age"; }
  std::filesystem::path identity_file() const { return folder_ / "identity"; }
  const Identity& identity() const { return identity_; }
  const SealingRecord& record() const { return *record_; }
  FileKey file_key() const { return *AgeHeader::Parse(record().header)->Unwrap(identity_); }
  const Recipient& recipient() const { return recipient_; }
  crypto::RandomSource& random() { return random_; }

 private:
  std::filesystem::path folder_;
  crypto::DeterministicRandom random_{1};
  Identity identity_ = Identity::Generate(random_);
  Recipient recipient_ = identity_.recipient();
  Result<SealingRecord> record_ = Error(ErrorCode::kInternal, "not sealed yet");
};

Files& TheFiles() {
  static Files files;
  return files;
}

void Report(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(kSize));
}

// The limit: each 64 KiB hashed and opened in memory that is there already, no file, no allocation.
class RawOpenAndHash {
 public:
  RawOpenAndHash() { CHECK(key_.Seal(0, ChunkPlace::kMiddle, out_.ExposeSecret(), chunk_).has_value()); }
  double operator()() {
    return SecondsOf([this] {
      crypto::Sha256Hasher hasher;
      for (std::size_t done = 0; done < kSize; done += kChunkSize) {
        hasher.Update(chunk_);
        CHECK(key_.Open(0, ChunkPlace::kMiddle, chunk_, out_.ExposeSecretForWriting()).has_value());
      }
      return hasher.Finish();
    });
  }

 private:
  Bytes chunk_ = Bytes(kSealedChunkSize);
  SecretBytes out_{kChunkSize};
  PayloadKey key_ = *PayloadKey::Create(TheFiles().file_key(), Bytes(kPayloadNonceSize));
};

// Wiping what was opened afterwards is not counted here, nor below, as age does not wipe.
void OpenPrivatelyFromMemoryFile(benchmark::State& state) {
  const FileKey key = TheFiles().file_key();
  const auto open = [&key] {
    return SecondsOf([&key] {
      auto opened = OpenPrivately(TheFiles().sealed(), TheFiles().record().file, key);
      CHECK(opened.has_value());
      return opened;
    });
  };
  BenchAgainstByTheClock(state, open, RawOpenAndHash());
  Report(state);
}
BENCHMARK(OpenPrivatelyFromMemoryFile)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(kTurns);

// `age --decrypt` of the same file, its output going to `out`. False: it is not installed, or failed.
bool RunAge(const std::string& out) {
  const std::string identity = TheFiles().identity_file(), sealed = TheFiles().sealed();
  std::string arguments[] = {"age", "--decrypt", "--identity", identity, "--output", out, sealed};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, "age", nullptr, nullptr, argv.data(), environ) != 0) return false;
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

// To the plaintext in our memory; age writes it to `out`.
void OpenWithoutDigestAgainstAge(benchmark::State& state, const std::string& out) {
  if (!RunAge("/dev/null")) return state.SkipWithError("the age tool is not installed (Debian package age)");
  const auto open = [] {
    return SecondsOf([] {
      auto plaintext = OpenFile(TheFiles().identity(), TheFiles().sealed());
      CHECK(plaintext.has_value() && plaintext->size() == kSize);
      return plaintext;
    });
  };
  const auto age = [&out] {
    return SecondsOf([&out] {
      CHECK(RunAge(out));
      return 0;
    });
  };
  BenchAgainstByTheClock(state, open, age);
  Report(state);
}
void OpenAgainstAgeToMemoryFile(benchmark::State& state) {
  OpenWithoutDigestAgainstAge(state, TheFiles().sealed().string() + ".opened");
}
BENCHMARK(OpenAgainstAgeToMemoryFile)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(kTurns);
void OpenAgainstAgeToNothing(benchmark::State& state) { OpenWithoutDigestAgainstAge(state, "/dev/null"); }
BENCHMARK(OpenAgainstAgeToNothing)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(kTurns);

void SealFileToMemoryFile(benchmark::State& state) {
  for (auto _ : state) {
    const std::filesystem::path out = TheFiles().sealed().string() + ".again";
    CHECK(SealFile(std::span(&TheFiles().recipient(), 1), TheFiles().plain(), out, TheFiles().random()).has_value());
  }
  Report(state);
}
BENCHMARK(SealFileToMemoryFile)->Unit(benchmark::kMillisecond);

void UnwrapFileKey(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TheFiles().file_key());
}
BENCHMARK(UnwrapFileKey)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cloister::sealed
