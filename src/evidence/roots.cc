#include "evidence/roots.h"

namespace cloister::evidence {
namespace {

consteval std::uint8_t Nibble(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  throw "not a digit";  // never compiles: consteval
}

consteval crypto::Sha256Digest Sha256FromHex(const char (&hex)[65]) {
  crypto::Sha256Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(Nibble(hex[2 * i]) << 4 | Nibble(hex[2 * i + 1]));
  }
  return digest;
}

// Published by AMD's key distribution service (/vcek/v1/{line}/cert_chain); the same bytes ship in google/go-sev-guest,
// verify/trust. A change here changes whom every deployment trusts.
constexpr PinnedSnpRoot kSnpRoots[] = {
    {"ARK-Milan", SnpProduct::kMilan,
     Sha256FromHex("69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd")},
    {"ARK-Genoa", SnpProduct::kGenoa,
     Sha256FromHex("4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1")},
    {"ARK-Turin", SnpProduct::kTurin,
     Sha256FromHex("1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a")},
};

}  // namespace

std::span<const PinnedSnpRoot> PinnedSnpRoots() { return kSnpRoots; }

}  // namespace cloister::evidence
