#include "planted.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/file.h"
#include "sealed/age_header.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWindow = 4u << 20;
constexpr unsigned long long kLargestRegion = 16ull << 30;
constexpr std::size_t kLongest = 256;  // planted bytes are shorter
constexpr std::size_t kMaxFile = 64u << 20;

std::string BytesOf(double value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string FloatsOf(std::array<double, 2> values) {
  const std::array<float, 2> floats = {static_cast<float>(values[0]), static_cast<float>(values[1])};
  std::string bytes(sizeof floats, '\0');
  std::memcpy(bytes.data(), floats.data(), sizeof floats);
  return bytes;
}

std::string Text(ByteSpan bytes) { return std::string(AsText(bytes)); }

// Looks for all planted bytes in one pass: where two bytes begin none of them, that is all it takes.
class Needles {
 public:
  Needles(const std::vector<Planted>& planted, std::string owner) : planted_(planted), owner_(std::move(owner)), begins_(1u << 16) {
    for (const Planted& one : planted) {
      CHECK(one.bytes.size() >= sizeof(std::uint32_t));
      begins_[Pair(one.bytes.data())] = true;
      prefixes_.push_back(Prefix(one.bytes.data()));
    }
  }
  void Find(std::string_view bytes, std::set<std::string>& found) const {
    for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
      if (bytes[at] == 0 && at + sizeof kZeros <= bytes.size() && std::memcmp(bytes.data() + at, kZeros, sizeof kZeros) == 0) {
        at += sizeof kZeros - 2;  // no planted bytes begin with so many zeros
        continue;
      }
      if (begins_[Pair(bytes.data() + at)]) Compare(bytes.substr(at), found);
    }
  }

 private:
  static constexpr char kZeros[64] = {};
  static std::size_t Pair(const char* at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(at[0])) << 8 | static_cast<unsigned char>(at[1]);
  }
  static std::uint32_t Prefix(const char* at) {
    std::uint32_t prefix = 0;
    std::memcpy(&prefix, at, sizeof prefix);
    return prefix;
  }
  void Compare(std::string_view bytes, std::set<std::string>& found) const {
    if (bytes.size() < sizeof(std::uint32_t)) return;  // planted bytes are longer
    const std::uint32_t prefix = Prefix(bytes.data());
    for (std::size_t i = 0; i < planted_.size(); ++i) {
      if (prefixes_[i] != prefix) continue;
      const Planted& one = planted_[i];
      if (bytes.starts_with(one.bytes) && (one.owner.empty() || one.owner != owner_)) found.insert(one.what);
    }
  }
  const std::vector<Planted>& planted_;
  std::string owner_;  // in whose broker we look
  std::vector<char> begins_;
  std::vector<std::uint32_t> prefixes_;  // of each of planted_
};

// Reads `size` bytes of `file` from `begin` in windows that overlap by the longest planted bytes.
void SearchRange(int file, off_t begin, std::size_t size, const Needles& needles, std::set<std::string>& found) {
  static std::string window(kWindow + kLongest, '\0');
  std::size_t kept = 0;
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = pread(file, window.data() + kept, std::min(kWindow, size - at), begin + static_cast<off_t>(at));
    if (got <= 0) return;
    const std::size_t held = kept + static_cast<std::size_t>(got);
    needles.Find(std::string_view(window.data(), held), found);
    at += static_cast<std::size_t>(got);
    kept = std::min(held, kLongest);
    std::memmove(window.data(), window.data() + held - kept, kept);
  }
}

void Add(const std::set<std::string>& found, const std::string& where, Findings& findings) {
  for (const std::string& what : found) findings.push_back(what + " in " + where);
}

std::optional<pid_t> PidOf(const fs::path& entry) {
  const std::string name = entry.filename();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return pid;
}

std::string ReadProc(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Which of the pages from `begin` to `end` a process has, in memory or swapped out; those that it never touched hold nothing.
// Runs of them, as offsets. `pagemap`: its file of that name (Linux, admin-guide/mm/pagemap).
std::vector<std::pair<off_t, off_t>> PagesThere(int pagemap, unsigned long long begin, unsigned long long end) {
  constexpr std::size_t kEntries = 1u << 16;
  constexpr std::uint64_t kThere = std::uint64_t{3} << 62;  // present, swapped
  static const auto page = static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));
  static std::vector<std::uint64_t> entries(kEntries);
  std::vector<std::pair<off_t, off_t>> runs;
  for (unsigned long long at = begin; at < end;) {
    const std::size_t wanted = std::min<std::size_t>(kEntries, (end - at) / page);
    const ssize_t got = pread(pagemap, entries.data(), wanted * sizeof entries[0], static_cast<off_t>(at / page * sizeof entries[0]));
    if (got < static_cast<ssize_t>(sizeof entries[0])) return runs;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) / sizeof entries[0]; ++i, at += page) {
      if ((entries[i] & kThere) == 0) continue;
      const auto from = static_cast<off_t>(at), to = static_cast<off_t>(at + page);
      if (!runs.empty() && runs.back().second == from) runs.back().second = to;
      else runs.emplace_back(from, to);
    }
  }
  return runs;
}

// Writable memory of a process; what is mapped from a file and never written is that file's.
void SearchMemory(pid_t pid, const Needles& needles, std::set<std::string>& found) {
  const fs::path folder = "/proc/" + std::to_string(pid);
  const int memory = open((folder / "mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) return;
  const int pagemap = open((folder / "pagemap").c_str(), O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) {
    CHECK(errno == ENOENT || errno == ESRCH);  // it ended meanwhile; anything else would leave it unsearched
    close(memory);
    return;
  }
  std::istringstream maps(ReadProc(folder / "maps"));
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0, end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, mode) != 3 || mode[0] != 'r' || mode[1] != 'w') continue;
    if (end - begin > kLargestRegion) continue;  // a sanitizer's shadow: terabytes of marks, no data
    for (const auto& [from, to] : PagesThere(pagemap, begin, end)) {
      SearchRange(memory, from, static_cast<std::size_t>(to - from), needles, found);
    }
  }
  close(pagemap);
  close(memory);
}

pid_t ParentOf(pid_t pid) {
  const std::string stat = ReadProc("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t after = stat.rfind(')');
  int parent = 0;
  if (after == std::string::npos || std::sscanf(stat.c_str() + after + 1, " %*c %d", &parent) != 1) return 0;
  return parent;
}

bool IsOurs(pid_t pid) {
  for (int depth = 0; pid > 1 && depth < 64; ++depth, pid = ParentOf(pid)) {
    if (pid == getpid()) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<Planted>> PlantedIn(const TestWorld& test) {
  std::vector<Planted> planted;
  const auto& tables = test.world->scenario().tables;
  for (std::size_t i = 0; i < test.markers.size(); ++i) {
    const Marker& marker = test.markers[i];
    const std::string name = i < tables.size() ? tables[i].name : "pipeline";
    std::string bytes = BytesOf(marker.value);
    planted.push_back({"text of " + name, marker.text, ""});
    planted.push_back({"number of " + name, bytes, ""});
    planted.push_back({"number of " + name + ", big-endian", std::string(bytes.rbegin(), bytes.rend()), ""});
    // As prepared rows have it. Four bytes alone would be found anywhere.
    if (marker.next) planted.push_back({"prepared row of " + name, FloatsOf({marker.value, *marker.next}), ""});
  }
  for (const demo::SealedDataset& dataset : test.world->datasets()) {
    const std::string& name = dataset.described.name;
    const std::string& owner = dataset.described.owner;
    planted.push_back({"identity of " + name, Text(dataset.identity.ToText().ExposeSecret()), owner});
    planted.push_back({"identity of " + name + ", raw", Text(dataset.identity.key().ToBytes().ExposeSecret()), owner});
    const std::string file = fs::path(dataset.described.url).filename();
    const Bytes sealed_file = TRY(ReadFile(test.world->config().folder / "sealed" / file, kMaxFile));
    const auto key = TRY(TRY(sealed::AgeHeader::ParseFront(sealed_file)).Unwrap(dataset.identity));
    planted.push_back({"file key of " + name, Text(key.secret().ExposeSecret()), owner});
  }
  return planted;
}

std::vector<Planted> PlantedModel(ByteSpan safetensors) {
  constexpr std::size_t kStretch = 32;
  std::vector<Planted> planted;
  for (std::size_t part = 1; part < 4; ++part) {
    const std::size_t at = safetensors.size() * part / 4;
    planted.push_back({"model", Text(safetensors.subspan(at, std::min(kStretch, safetensors.size() - at))), ""});
  }
  return planted;
}

Findings SearchFiles(const std::vector<Planted>& planted, const fs::path& folder, fs::file_time_type since, const std::set<std::string>& skip) {
  Findings findings;
  const Needles needles(planted, "");
  struct stat top {};
  if (stat(folder.c_str(), &top) != 0) return findings;
  std::error_code error;
  fs::recursive_directory_iterator files(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
    struct stat status {};
    if (lstat(files->path().c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      if (status.st_dev != top.st_dev || skip.contains(files->path().filename())) files.disable_recursion_pending();
      continue;
    }
    std::error_code gone;
    if (!S_ISREG(status.st_mode) || files->last_write_time(gone) < since || gone) continue;
    const int file = open(files->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) continue;
    std::set<std::string> found;
    SearchRange(file, 0, static_cast<std::size_t>(status.st_size), needles, found);
    close(file);
    Add(found, files->path(), findings);
  }
  return findings;
}

Findings SearchProcesses(const std::vector<Planted>& planted, const std::map<pid_t, std::string>& owners, Whose whose) {
  Findings findings;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto pid = PidOf(entry.path());
    if (!pid || *pid == getpid()) continue;
    const auto owner = owners.find(*pid);
    const std::string name = owner == owners.end() ? "" : owner->second;
    const Needles nobodys(planted, "");
    std::set<std::string> found;
    for (const char* file : {"environ", "cmdline"}) nobodys.Find(ReadProc(entry.path() / file), found);
    if (whose == Whose::kAll || IsOurs(*pid)) SearchMemory(*pid, Needles(planted, name), found);
    if (found.empty()) continue;
    std::string command = ReadProc(entry.path() / "comm");
    if (!command.empty() && command.back() == '\n') command.pop_back();
    Add(found, "process " + std::to_string(*pid) + " (" + command + (name.empty() ? "" : " of " + name) + ")", findings);
  }
  return findings;
}

std::vector<pid_t> Descendants(const std::string& name) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto pid = PidOf(entry.path());
    if (pid && ReadProc(entry.path() / "comm") == name + "\n" && IsOurs(*pid)) found.push_back(*pid);
  }
  return found;
}

}  // namespace cloister::end_to_end
