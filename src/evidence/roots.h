// The vendor roots that we trust: the SHA-256 of each root certificate, for all vendors in one place. Simulated roots are
// never here; see anchors.h.
#pragma once

#include <span>

#include "crypto/hash.h"
#include "evidence/snp_report.h"

namespace cloister::evidence {

struct PinnedSnpRoot {
  std::string_view name;  // its common name
  SnpProduct product;
  crypto::Sha256Digest sha256;  // of the DER certificate
};

// AMD's root keys (ARK).
std::span<const PinnedSnpRoot> PinnedSnpRoots();

}  // namespace cloister::evidence
