#include "collateral/item.h"

#include <algorithm>

#include "evidence/anchors.h"

namespace cloister::collateral {
namespace {

struct KindFacts {
  Kind kind;
  std::string_view name;
  std::size_t maximum;
};

constexpr std::size_t kKiB = 1024;
constexpr KindFacts kKinds[] = {
    {Kind::kAmdChain, "amd-chain", 64 * kKiB},
    {Kind::kAmdCrl, "amd-crl", 1024 * kKiB},
    {Kind::kAmdVcek, "amd-vcek", 64 * kKiB},
    {Kind::kIntelTcbInfo, "intel-tcb-info", 512 * kKiB},
    {Kind::kIntelQeIdentity, "intel-qe-identity", 64 * kKiB},
    {Kind::kIntelPckCrl, "intel-pck-crl", 4096 * kKiB},
    {Kind::kIntelRootCrl, "intel-root-crl", 1024 * kKiB},
    {Kind::kNvidiaRim, "nvidia-rim", 1024 * kKiB},
    {Kind::kNvidiaOcsp, "nvidia-ocsp", 64 * kKiB},
    {Kind::kAzureCa, "azure-ca", 64 * kKiB},
    {Kind::kGoogleCa, "google-ca", 64 * kKiB},
};

const KindFacts& FactsOf(Kind kind) {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& facts) { return facts.kind == kind; });
  CHECK(found != std::end(kKinds));
  return *found;
}

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

std::vector<std::string_view> Split(std::string_view key) {
  std::vector<std::string_view> parts;
  for (std::size_t slash; (slash = key.find('/')) != std::string_view::npos && parts.size() < 4; key.remove_prefix(slash + 1)) {
    parts.push_back(key.substr(0, slash));
  }
  parts.push_back(key);
  return parts;
}

bool IsVcekKey(const std::vector<std::string_view>& parts) {
  if (parts.size() != 3 || !IsHex(parts[2], 16)) return false;
  const auto product = evidence::SnpProductFromName(parts[0]);
  if (!product) return false;
  return IsHex(parts[1], *product == evidence::SnpProduct::kTurin ? 16 : 128);
}

bool IsRimId(std::string_view id) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !id.empty() && id.size() <= 128 && id.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool IsOcspKey(const std::vector<std::string_view>& parts) {
  return parts.size() == 2 && IsHex(parts[0], 64) && parts[1].size() >= 2 && parts[1].size() <= 40 && parts[1].size() % 2 == 0 &&
         IsHex(parts[1], parts[1].size());
}

bool FitsKey(Kind kind, std::string_view key) {
  const auto parts = Split(key);
  switch (kind) {
    case Kind::kAmdChain:
    case Kind::kAmdCrl:
      return parts.size() == 2 && IsOneOf(parts[0], {"vcek", "vlek"}) && evidence::SnpProductFromName(parts[1]).has_value();
    case Kind::kAmdVcek: return IsVcekKey(parts);
    case Kind::kIntelTcbInfo: return parts.size() == 2 && IsOneOf(parts[0], {"sgx", "tdx"}) && IsHex(parts[1], 12);
    case Kind::kIntelQeIdentity: return IsOneOf(key, {"sgx", "tdx"});
    case Kind::kIntelPckCrl: return IsOneOf(key, {"processor", "platform"});
    case Kind::kIntelRootCrl: return key == "root";
    case Kind::kNvidiaRim: return IsRimId(key);
    case Kind::kNvidiaOcsp: return IsOcspKey(parts);
    case Kind::kAzureCa:
    case Kind::kGoogleCa: return IsHex(key, 64);
  }
  return false;
}

}  // namespace

std::string_view KindName(Kind kind) { return FactsOf(kind).name; }

Result<Kind> KindFromName(std::string_view name) {
  for (const KindFacts& facts : kKinds) {
    if (facts.name == name) return facts.kind;
  }
  return Error(ErrorCode::kUnsupported, "collateral: expected a kind that we know, got another");
}

std::size_t MaximumSize(Kind kind) { return FactsOf(kind).maximum; }

Result<void> CheckKey(Kind kind, std::string_view key) {
  if (FitsKey(kind, key)) return {};
  return Error(ErrorCode::kMalformed, "collateral: expected a key as " + std::string(KindName(kind)) + " has it, got another form");
}

}  // namespace cloister::collateral
