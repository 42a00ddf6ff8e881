// Marked bytes in every table, key, pipeline and model of a world, and where on this machine they can be found.
#pragma once

#include <sys/types.h>

#include <set>

#include "worlds.h"

namespace cloister::end_to_end {

// Bytes that belong to nobody but the room and one party.
struct Planted {
  std::string what;   // "row of hospital_a", "file key of pipeline"
  std::string bytes;
  std::string owner;  // the party that may have them in its own broker's memory; empty: nobody
};

// Rows and their forms in memory, identities and file keys of all sealed files, the pipeline's text.
Result<std::vector<Planted>> PlantedIn(const TestWorld& test);
// The same for a model that came out: stretches of its weights.
std::vector<Planted> PlantedModel(ByteSpan safetensors);

// "row of hospital_a in /tmp/…", for each that is found.
using Findings = std::vector<std::string>;

// Searches regular files under `folder` that were written at `since` or later; `skip` are names of folders not entered. Other
// file systems are not entered either, and neither are symbolic links.
Findings SearchFiles(const std::vector<Planted>& planted, const std::filesystem::path& folder, std::filesystem::file_time_type since,
                     const std::set<std::string>& skip = {});
// Environment and arguments of every process but this one, and the writable memory of all, or of those that this one
// started. `owners` says whose broker a process is.
enum class Whose { kOurs, kAll };
Findings SearchProcesses(const std::vector<Planted>& planted, const std::map<pid_t, std::string>& owners, Whose whose);
// Running processes of this name that this process started, itself or through others.
std::vector<pid_t> Descendants(const std::string& name);

}  // namespace cloister::end_to_end
