// What a guest consists of, and its MEASUREMENT.
#pragma once

#include <filesystem>
#include <span>

#include "crypto/hash.h"
#include "formats/json.h"

namespace cloister::simulator {

// One file of the guest, held in memory: what is measured is what the guest gets.
struct GuestFile {
  std::string path;  // in the guest, absolute; the same as on the host
  Bytes content;
  crypto::Sha384Digest sha384;
};

struct GuestImage {
  std::string program;              // one of `files`
  std::vector<GuestFile> files;     // sorted by path: program, loader, shared libraries, extra files
  std::vector<std::string> arguments;    // argv, the program's path first
  std::vector<std::string> environment;  // NAME=VALUE, sorted

  // {"arguments", "environment", "files": [{"path", "sha384"}]}; its canonical form (RFC 8785) is what is measured.
  formats::Json Description() const;
  // SHA-384 of that form. kUnsupported: an argument or a path that is not UTF-8.
  Result<crypto::Sha384Digest> Measurement() const;
};

// Reads `program`, the loader it names, and the shared libraries that this loader says it would load (`loader
// --inhibit-cache --list`, in an empty environment: no program code runs), and `extra` files. Libraries that a program opens
// later by itself (dlopen) are those that its ELF notes name; others have to be among `extra`.
// kNotFound: a file or a library is missing; kMalformed: not ELF, not for 64 bit; kUsage: environment without '=', twice.
Result<GuestImage> LoadGuestImage(const std::filesystem::path& program, std::span<const std::string> arguments,
                                  std::span<const std::string> environment,
                                  std::span<const std::filesystem::path> extra);

// The loader that an ELF program names (PT_INTERP); none for a static program. kMalformed.
Result<std::optional<std::string>> ElfInterpreter(ByteSpan program);
// The libraries that an ELF program says it loads at run time, in notes of the UAPI group's "ELF dlopen metadata" (owner "FDO",
// type 0x407c0c0a). kMalformed.
Result<std::vector<std::string>> ElfDlopenLibraries(ByteSpan program);
// The paths in the output of `loader --list`. kNotFound: it says that a library was not found.
Result<std::vector<std::string>> ParseLoaderList(std::string_view output);

}  // namespace cloister::simulator
