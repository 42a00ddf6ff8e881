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

// Intel: api.trustedservices.intel.com; two certificates of the same key. NVIDIA: NVIDIA/nvtrust. AWS: root.zip of the
// Nitro Enclaves guide. Azure, Google: the roots of their virtual TPMs' attestation keys.
constexpr PinnedRoot kRoots[] = {
    {RootUse::kIntelSgx, "Intel SGX Root CA",
     Sha256FromHex("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3")},
    {RootUse::kIntelSgx, "Intel SGX Root CA",
     Sha256FromHex("fc64f8076d79a4fee9d1d473d74c89eb8d8fd55c5abafeabeba7366d20429404")},
    {RootUse::kNvidiaDevice, "NVIDIA Device Identity CA",
     Sha256FromHex("102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48")},
    {RootUse::kNvidiaRim, "NVIDIA CoRIM signing Root CA",
     Sha256FromHex("12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1")},
    {RootUse::kAwsNitro, "aws.nitro-enclaves",
     Sha256FromHex("641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b")},
    {RootUse::kAzureVtpm, "Azure Virtual TPM Root Certificate Authority 2023",
     Sha256FromHex("e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95")},
    {RootUse::kGoogleVtpm, "EK/AK CA Root",
     Sha256FromHex("594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2")},
    {RootUse::kGoogleVtpm, "tpm_ek_v1_cloud_host_root-signer-0-2018-04-06",
     Sha256FromHex("9bd5285f8fb18502a7947e621ffd470266f49fcd3b73e19a190f690ad32a7caf")},
};

}  // namespace

std::span<const PinnedSnpRoot> PinnedSnpRoots() { return kSnpRoots; }
std::span<const PinnedRoot> PinnedRoots() { return kRoots; }

std::string_view RootUseName(RootUse use) {
  switch (use) {
    case RootUse::kIntelSgx:
      return "intel-sgx";
    case RootUse::kNvidiaDevice:
      return "nvidia-device";
    case RootUse::kNvidiaRim:
      return "nvidia-rim";
    case RootUse::kAwsNitro:
      return "aws-nitro";
    case RootUse::kAzureVtpm:
      return "azure-vtpm";
    case RootUse::kGoogleVtpm:
      return "google-vtpm";
  }
  CHECK(false);
}

Result<RootUse> RootUseFromName(std::string_view name) {
  for (const RootUse use : {RootUse::kIntelSgx, RootUse::kNvidiaDevice, RootUse::kNvidiaRim, RootUse::kAwsNitro,
                            RootUse::kAzureVtpm, RootUse::kGoogleVtpm}) {
    if (name == RootUseName(use)) return use;
  }
  return Error(ErrorCode::kMalformed,
               "root: expected intel-sgx, nvidia-device, nvidia-rim, aws-nitro, azure-vtpm or google-vtpm as use");
}

}  // namespace cloister::evidence
