// The vendor roots that we trust: the SHA-256 of each root certificate, for all vendors in one place. Simulated roots
// are never here; see anchors.h.
#pragma once

#include <span>

#include "crypto/hash.h"
#include "evidence/snp/report.h"

namespace cloister::evidence {

struct PinnedSnpRoot {
  std::string_view name;  // its common name
  SnpProduct product;
  crypto::Sha256Digest sha256;  // of the DER certificate
};

// AMD's root keys (ARK).
std::span<const PinnedSnpRoot> PinnedSnpRoots();

// What a root other than AMD's vouches for. One root never stands in for another.
enum class RootUse { kIntelSgx, kNvidiaDevice, kNvidiaRim, kAwsNitro, kAzureVtpm, kGoogleVtpm };
// "intel-sgx", "nvidia-device", "nvidia-rim", "aws-nitro", "azure-vtpm", "google-vtpm".
std::string_view RootUseName(RootUse use);
// kMalformed: none of these names.
Result<RootUse> RootUseFromName(std::string_view name);

struct PinnedRoot {
  RootUse use;
  std::string_view name;        // its common name
  crypto::Sha256Digest sha256;  // of the DER certificate
};

// All pinned roots but AMD's.
std::span<const PinnedRoot> PinnedRoots();

}  // namespace cloister::evidence
