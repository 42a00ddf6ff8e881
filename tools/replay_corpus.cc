// Runs a fuzz target where libFuzzer is not at hand: over every file of the folder that is named, then, for the seconds that are
// named, over what changes to them give. The changes follow from a fixed seed: the same corpus gives the same inputs in the same
// order. An input that ends the program is left as "crash-input" in the working folder.
//
//   x_fuzz_replay CORPUS [SECONDS]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// So that what AddressSanitizer finds gets to the handler below too.
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kLongest = std::size_t{64} << 10;

const Input* running = nullptr;  // what the handler below writes down

void KeepInput(int signal_number) {
  const int file = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0 && running != nullptr && write(file, running->data(), running->size()) >= 0) close(file);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void Run(const Input& input) {
  running = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::vector<Input> ReadCorpus(const char* folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, missing)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// Changes inputs as a hostile sender would: bits, bytes that formats treat apart, cuts, repeats, and pieces of other inputs.
class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {}

  Input Next() {
    Input input = corpus_[Below(corpus_.size())];
    for (std::size_t changes = 1 + Below(4); changes > 0; --changes) Change(input);
    input.resize(std::min(input.size(), kLongest));
    return input;
  }

 private:
  std::size_t Below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  std::uint8_t Byte() {
    static constexpr std::uint8_t kTelling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, '0', '9', '"', '\\', '\n', ' ', '{', '[', ',', '-', '='};
    return Below(3) == 0 ? static_cast<std::uint8_t>(random_()) : kTelling[Below(sizeof kTelling)];
  }

  // Some part of `input`, most often a short one.
  Input Piece(const Input& input) {
    const std::size_t from = Below(input.size() + 1);
    const std::size_t most = Below(4) == 0 ? input.size() - from : std::min<std::size_t>(input.size() - from, 16);
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(Below(most + 1))};
  }

  void Insert(Input& input, const Input& piece) {
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(Below(input.size() + 1)), piece.begin(), piece.end());
  }

  void Change(Input& input) {
    const std::size_t at = Below(input.size());
    switch (Below(7)) {
      case 0:
        if (!input.empty()) input[at] = static_cast<std::uint8_t>(input[at] ^ (1u << Below(8)));
        break;
      case 1:
        if (!input.empty()) input[at] = Byte();
        break;
      case 2:
        Insert(input, {Byte()});
        break;
      case 3:
        input.resize(at);
        break;
      case 4: {
        const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
        input.erase(begin, begin + static_cast<std::ptrdiff_t>(Below(std::min<std::size_t>(input.size() - at, 16) + 1)));
        break;
      }
      case 5:
        Insert(input, Piece(input));
        break;
      default:
        Insert(input, Piece(corpus_[Below(corpus_.size())]));
        break;
    }
  }

  const std::vector<Input>& corpus_;
  std::mt19937_64 random_{20260101};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::vector<Input> corpus = ReadCorpus(argv[1]);
  for (const int number : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS}) std::signal(number, KeepInput);
  for (const Input& input : corpus) Run(input);
  std::size_t changed = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(argc > 2 ? 1000 * std::atoi(argv[2]) : 0);
  Mutator mutator(corpus);
  while (!corpus.empty() && std::chrono::steady_clock::now() < end) {
    Run(mutator.Next());
    ++changed;
  }
  std::printf("%zu corpus inputs replayed, and %zu made of them\n", corpus.size(), changed);
  return corpus.empty() ? 1 : 0;
}
