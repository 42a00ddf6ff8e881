// Every valid case of the vectors with one byte changed or its end cut off, through the runner that verifies the case
// itself: refused, or the same answer. A sample of positions; with CLOISTER_TEST_ALL=1 every byte and every length.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "crypto/hash.h"
#include "evidence/conformance/case.h"
#include "evidence/snp/testing.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kSampledFlips = 6;
constexpr std::size_t kSampledCuts = 3;

bool TestAll() {
  const char* all = std::getenv("CLOISTER_TEST_ALL");
  return all != nullptr && std::string_view(all) == "1";
}

// Cases in which nothing is signed: what reads them has a fuzz target. An event log by itself is covered by no
// signature; with a quote it is (tdx/v4-gcp-cos113-ccel).
bool NothingIsSigned(const Case& loaded) {
  if (loaded.mode == "parse_only" || loaded.mode == "values") return true;
  for (const std::string_view tee : {"ear", "eat", "eventlog", "rvps"}) {
    if (loaded.tee == tee) return true;
  }
  return false;
}

// The answer without what no signature covers: bytes after the evidence, and the certificate of a responder without its
// issuer.
std::string SignedAnswer(const CaseAnswer& answer) {
  Json claims = answer.claims;
  for (const char* name : {"trailing_bytes", "bytes", "responder"}) claims.Remove(name);
  return claims.Dump() + answer.note;
}

struct Target {
  const Case* original;
  CaseRunner run;
  std::string role;
  std::set<std::string> answers;  // that it may have when it is changed
};

// One file of one case, changed in one place after the other.
class Mutator {
 public:
  explicit Mutator(const Target& target)
      : target_(target), changed_(*target.original), file_(changed_.files.at(target.role)) {}

  void RunAll() {
    const Bytes whole = file_;
    const std::size_t size = whole.size();
    for (const std::size_t at : Positions(size, kSampledFlips)) {
      file_[at] ^= static_cast<std::uint8_t>(1 << (at % 8));
      Expect("byte " + std::to_string(at));
      file_[at] = whole[at];
    }
    for (const std::size_t length : Positions(size, kSampledCuts)) {
      file_.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      Expect("cut at " + std::to_string(length));
    }
  }

  std::size_t runs() const { return runs_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  // All of [0, size), or of large ones so many, always the same, the first and the last among them.
  std::set<std::size_t> Positions(std::size_t size, std::size_t sampled) const {
    std::set<std::size_t> positions;
    if (size <= sampled || TestAll()) {
      for (std::size_t i = 0; i < size; ++i) positions.insert(i);
      return positions;
    }
    const auto digest = crypto::Sha256(AsBytes(target_.original->id + target_.role));
    std::mt19937_64 random(static_cast<std::uint64_t>(digest[0]) << 8 | digest[1]);
    positions = {0, size - 1};
    while (positions.size() < sampled) positions.insert(random() % size);
    return positions;
  }

  void Expect(const std::string& change) {
    ++runs_;
    const auto answer = target_.run(changed_);
    if (!answer || target_.answers.contains(SignedAnswer(*answer))) return;
    failures_.push_back(target_.original->id + ", " + target_.role + ", " + change + ": verifies with other claims");
  }

  const Target& target_;
  Case changed_;
  Bytes& file_;
  std::size_t runs_ = 0;
  std::vector<std::string> failures_;
};

// A device is verified with its manifests in some 30 ms, a manifest alone in a quarter of that: where every byte is
// changed, the manifests are cases of their own.
void AddManifests(std::vector<Case>& cases) {
  std::vector<Case> manifests;
  for (const Case& device : cases) {
    for (const char* role : {"driver_rim", "vbios_rim"}) {
      const auto file = device.files.find(role);
      if (file == device.files.end()) continue;
      Case manifest = device;
      manifest.id += std::string(", ") + role;
      manifest.tee = "nvidia-rim";
      manifest.mode.clear();
      manifest.files = {{"rim", file->second}};
      manifests.push_back(std::move(manifest));
    }
  }
  cases.insert(cases.end(), manifests.begin(), manifests.end());
}

// The valid cases of both manifests that have a runner here and something signed.
std::vector<Case> ValidCases() {
  std::vector<Case> cases;
  for (const char* manifest : {"MANIFEST.json", "trustee/MANIFEST.json"}) {
    const Json entries = *Json::Parse(*ReadTextFile(SharedVectors() / manifest, 1 << 20));
    for (const Json& entry : **entries.AsArray()) {
      if (*entry.GetString("expect") != "valid" || FindCaseRunner(*entry.GetString("tee")) == nullptr) continue;
      auto loaded = LoadCase(entry, SharedVectors());
      EXPECT_TRUE(loaded) << *entry.GetString("id");
      if (loaded && !NothingIsSigned(*loaded)) cases.push_back(*std::move(loaded));
    }
  }
  if (TestAll()) AddManifests(cases);
  return cases;
}

// Files that the answer depends on, each once: certificates, lists and manifests stand in many cases.
std::vector<Target> Targets(const std::vector<Case>& cases) {
  std::vector<Target> targets;
  std::set<std::string> seen;
  for (const Case& loaded : cases) {
    const CaseRunner run = FindCaseRunner(loaded.tee);
    const auto good = run(loaded);
    EXPECT_TRUE(good) << loaded.id << ": " << good.error().ToText();
    if (!good) continue;
    for (const auto& [role, content] : loaded.files) {
      if (TestAll() && role.ends_with("_rim")) continue;
      if (!seen.insert(role + ToHex(crypto::Sha256(content))).second) continue;
      Case other = loaded;
      other.files[role].clear();
      const auto empty = run(other);
      if (empty && SignedAnswer(*empty) == SignedAnswer(*good)) continue;  // the runner doesn't look at it
      Target target{&loaded, run, role, {SignedAnswer(*good)}};
      other.files.erase(role);
      if (const auto without = run(other)) target.answers.insert(SignedAnswer(*without));
      targets.push_back(std::move(target));
    }
  }
  return targets;
}

TEST(Mutation, IsRefusedOrChangesNothingThatWasSigned) {
  if (!HaveVectors()) GTEST_SKIP() << "needs the shared vectors";
  const std::vector<Case> cases = ValidCases();
  const std::vector<Target> targets = Targets(cases);
  ASSERT_GE(cases.size(), 50u);
  ASSERT_GE(targets.size(), 100u);
  std::atomic<std::size_t> next = 0, runs = 0;
  std::mutex mutex;
  std::vector<std::string> failures;
  const auto work = [&] {
    for (std::size_t i = next++; i < targets.size(); i = next++) {
      Mutator mutator(targets[i]);
      mutator.RunAll();
      runs += mutator.runs();
      const std::lock_guard lock(mutex);
      failures.insert(failures.end(), mutator.failures().begin(), mutator.failures().end());
    }
  };
  {
    std::vector<std::jthread> threads(std::max(1u, std::thread::hardware_concurrency()));
    for (std::jthread& thread : threads) thread = std::jthread(work);
  }
  for (const std::string& failure : failures) ADD_FAILURE() << failure;
  RecordProperty("cases", static_cast<int>(cases.size()));
  RecordProperty("files", static_cast<int>(targets.size()));
  RecordProperty("changes", static_cast<int>(runs.load()));
}

}  // namespace
}  // namespace cloister::evidence
