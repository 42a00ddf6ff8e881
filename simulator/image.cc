#include "simulator/image.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/byte_reader.h"
#include "base/file.h"
#include "simulator/descriptor.h"

namespace cloister::simulator {
namespace {

using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 30;
constexpr std::size_t kMaximumList = std::size_t{1} << 20;
constexpr std::uint32_t kInterpreterHeader = 3;      // PT_INTERP
constexpr std::uint32_t kNoteHeader = 4;             // PT_NOTE
constexpr std::uint32_t kDlopenNote = 0x407C0C0A;    // of owner "FDO"

// What `arguments` writes to its standard output when run with an empty environment.
Result<std::string> Capture(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error(ErrorCode::kIo, "could not make a pipe");
  Descriptor from(ends[0]), to(ends[1]);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return Error(ErrorCode::kIo, "could not start the loader");
  if (child == 0) {
    char* const no_environment[] = {nullptr};
    dup2(to.number(), STDOUT_FILENO);
    execve(argv[0], argv.data(), no_environment);
    _exit(127);
  }
  to.Close();
  std::string output;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = read(from.number(), buffer, sizeof buffer)) > 0 && output.size() < kMaximumList) {
    output.append(buffer, static_cast<std::size_t>(count));
  }
  from.Close();
  int status = 0;
  waitpid(child, &status, 0);
  // A missing library makes the loader fail too; its output says which one.
  if (status != 0 && output.find("not found") == std::string::npos) {
    return Error(ErrorCode::kNotFound, arguments[0] + " could not list the libraries of " + arguments.back());
  }
  return output;
}

Result<GuestFile> ReadGuestFile(const std::string& path) {
  Bytes content = TRY_WITH(path, ReadFile(path, kMaximumFile));
  const crypto::Sha384Digest sha384 = crypto::Sha384(content);
  return GuestFile{.path = path, .content = std::move(content), .sha384 = sha384};
}

Result<std::vector<std::string>> SortedEnvironment(std::span<const std::string> environment) {
  std::vector<std::string> sorted(environment.begin(), environment.end());
  std::sort(sorted.begin(), sorted.end());
  std::set<std::string> names;
  for (const std::string& variable : sorted) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0 || !names.insert(variable.substr(0, equals)).second) {
      return Error(ErrorCode::kUsage, "environment: expected NAME=VALUE, each name once");
    }
  }
  return sorted;
}

// The contents of the segments of `type`, in order.
Result<std::vector<ByteSpan>> ElfSegments(ByteSpan program, std::uint32_t type) {
  constexpr std::uint8_t kMagic[] = {0x7F, 'E', 'L', 'F', 2, 1};  // 64 bit, little-endian
  if (program.size() < 64 || !Equal(program.first(sizeof kMagic), kMagic)) {
    return Error(ErrorCode::kMalformed, "not a 64-bit little-endian ELF program");
  }
  ByteReader offset_reader(program.subspan(32)), count_reader(program.subspan(54));
  const std::uint64_t table = TRY(offset_reader.Le<std::uint64_t>());
  const std::size_t entry_size = TRY(count_reader.Le<std::uint16_t>());
  const std::size_t entries = TRY(count_reader.Le<std::uint16_t>());
  std::vector<ByteSpan> segments;
  for (std::size_t i = 0; i < entries; ++i) {
    if (table > program.size() || (i + 1) * entry_size > program.size() - table || entry_size < 56) {
      return Error(ErrorCode::kMalformed, "ELF: program headers lie outside the file");
    }
    ByteReader header(program.subspan(table + i * entry_size, entry_size));
    if (TRY(header.Le<std::uint32_t>()) != type) continue;
    TRY(header.Take(4));
    const std::uint64_t offset = TRY(header.Le<std::uint64_t>());
    TRY(header.Take(16));
    const std::uint64_t size = TRY(header.Le<std::uint64_t>());
    if (offset > program.size() || size > program.size() - offset) {
      return Error(ErrorCode::kMalformed, "ELF: a segment lies outside the file");
    }
    segments.push_back(program.subspan(offset, size));
  }
  return segments;
}

// A field of a note, with what fills it up to four bytes. Notes that are aligned to eight are multiples of it by themselves.
Result<ByteSpan> TakeNoteField(ByteReader& notes, std::size_t size) {
  const ByteSpan field = TRY(notes.Take(size));
  TRY(notes.Take(std::min((4 - size % 4) % 4, notes.left())));
  return field;
}

// "soname" of each object in the note's text.
Result<void> AddSonames(std::string_view text, std::vector<std::string>& names) {
  const Json json = TRY(Json::Parse(text.substr(0, text.find('\0'))));
  for (const Json& entry : *TRY(json.AsArray())) {
    for (std::string& name : TRY(entry.GetStrings("soname"))) {
      const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
      });
      if (!plain) return Error(ErrorCode::kMalformed, "expected the name of a library, got " + name);
      names.push_back(std::move(name));
    }
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> ElfInterpreter(ByteSpan program) {
  const auto segments = TRY(ElfSegments(program, kInterpreterHeader));
  if (segments.empty()) return std::optional<std::string>();
  const ByteSpan path = segments[0];
  if (path.size() < 2 || path.size() > 4096 || path.back() != 0 || path[0] != '/') {
    return Error(ErrorCode::kMalformed, "ELF: the loader's path is not one");
  }
  return std::optional(std::string(AsText(path.first(path.size() - 1))));
}

Result<std::vector<std::string>> ElfDlopenLibraries(ByteSpan program) {
  std::vector<std::string> names;
  for (const ByteSpan segment : TRY(ElfSegments(program, kNoteHeader))) {
    ByteReader notes(segment);
    while (notes.left() > 0) {
      const std::size_t owner_size = TRY(notes.Le<std::uint32_t>());
      const std::size_t text_size = TRY(notes.Le<std::uint32_t>());
      const std::uint32_t type = TRY(notes.Le<std::uint32_t>());
      const ByteSpan owner = TRY(TakeNoteField(notes, owner_size));
      const ByteSpan text = TRY(TakeNoteField(notes, text_size));
      if (type != kDlopenNote || AsText(owner) != std::string_view("FDO", 4)) continue;
      TRY_WITH("ELF note of libraries loaded at run time", AddSonames(AsText(text), names));
    }
  }
  return names;
}

Result<std::vector<std::string>> ParseLoaderList(std::string_view output) {
  std::vector<std::string> paths;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.find("not found") != std::string_view::npos) {
      return Error(ErrorCode::kNotFound, "shared library " + std::string(line) +
                                             " (found in default folders and RUNPATH only, not through ld.so.cache)");
    }
    if (const std::size_t arrow = line.find(" => "); arrow != std::string_view::npos) line.remove_prefix(arrow + 4);
    const std::size_t address = line.rfind(" (0x");
    // Lines without a path: "linux-vdso.so.1 (0x…)", "statically linked".
    if (line.starts_with('/') && address != std::string_view::npos) paths.emplace_back(line.substr(0, address));
  }
  return paths;
}

Json GuestImage::Description() const {
  Json::Array file_list, argument_list, environment_list;
  for (const GuestFile& file : files) {
    file_list.emplace_back(Json::Object{{"path", file.path}, {"sha384", ToHex(file.sha384)}});
  }
  for (const std::string& argument : arguments) argument_list.emplace_back(argument);
  for (const std::string& variable : environment) environment_list.emplace_back(variable);
  return Json::Object{{"arguments", std::move(argument_list)},
                      {"environment", std::move(environment_list)},
                      {"files", std::move(file_list)}};
}

Result<crypto::Sha384Digest> GuestImage::Measurement() const {
  return crypto::Sha384(AsBytes(TRY_WITH("measurement", Description().Canonical())));
}

Result<GuestImage> LoadGuestImage(const std::filesystem::path& program, std::span<const std::string> arguments,
                                  std::span<const std::string> environment,
                                  std::span<const std::filesystem::path> extra) {
  std::error_code error;
  GuestImage image;
  image.program = std::filesystem::canonical(program, error).string();
  if (error) return Error(ErrorCode::kNotFound, "program " + program.string() + ": " + error.message());
  image.environment = TRY(SortedEnvironment(environment));
  image.arguments.push_back(image.program);
  image.arguments.insert(image.arguments.end(), arguments.begin(), arguments.end());

  image.files.push_back(TRY(ReadGuestFile(image.program)));
  const auto loader = TRY_WITH(image.program, ElfInterpreter(image.files[0].content));
  std::set<std::string> paths;
  if (loader) {
    paths.insert(*loader);
    const std::vector<std::string> later = TRY_WITH(image.program, ElfDlopenLibraries(image.files[0].content));
    std::string preload;  // so that the loader looks for them where it will, and lists what they need
    for (const std::string& name : later) preload += name + ":";
    const std::string list = TRY(Capture({*loader, "--inhibit-cache", "--preload", preload, "--list", image.program}));
    for (const std::string& name : later) {
      if (list.find("\t" + name + " => /") == std::string::npos) {
        return Error(ErrorCode::kNotFound, "shared library " + name + ", which the program loads at run time");
      }
    }
    for (const std::string& path : TRY(ParseLoaderList(list))) {
      paths.insert(std::filesystem::path(path).lexically_normal().string());
    }
  }
  for (const auto& path : extra) paths.insert(std::filesystem::absolute(path).lexically_normal().string());
  paths.erase(image.program);
  for (const std::string& path : paths) image.files.push_back(TRY(ReadGuestFile(path)));
  std::sort(image.files.begin(), image.files.end(),
            [](const GuestFile& a, const GuestFile& b) { return a.path < b.path; });
  return image;
}

}  // namespace cloister::simulator
