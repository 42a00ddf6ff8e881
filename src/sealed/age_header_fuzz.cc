#include "sealed/age_header.h"

using namespace cloister;
using sealed::AgeHeader;

// A header has one form: written again from its parts it is the same bytes. Opening it never ends the program.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = AgeHeader::ParseFront({data, size});
  if (!header) return 0;
  std::string written = "age-encryption.org/v1\n";
  for (const sealed::AgeStanza& stanza : header->stanzas()) written += sealed::WriteStanza(stanza);
  CHECK(AsText(header->encoded()).starts_with(written + "--- "));
  CHECK(header->encoded().size() == written.size() + 4 + 43 + 1);
  crypto::DeterministicRandom random(1);
  const auto identity = sealed::Identity::Generate(random);
  CHECK(!header->Unwrap(identity));  // nothing in the corpus is sealed to it
  return 0;
}
