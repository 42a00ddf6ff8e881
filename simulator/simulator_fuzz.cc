// What the simulator reads from others: ELF programs, the loader's list, relays of the command line.
#include "simulator/image.h"
#include "simulator/relay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto loader = simulator::ElfInterpreter(input); loader && *loader) CHECK((*loader)->starts_with("/"));
  if (const auto libraries = simulator::ElfDlopenLibraries(input)) {
    for (const std::string& name : *libraries) CHECK(name.find_first_of("/: ") == std::string::npos);
  }
  if (const auto paths = simulator::ParseLoaderList(AsText(input))) {
    for (const std::string& path : *paths) CHECK(path.starts_with("/"));
  }
  if (const auto relay = simulator::ParseRelay(AsText(input))) CHECK(!relay->name.empty() && !relay->host.empty());
  return 0;
}
