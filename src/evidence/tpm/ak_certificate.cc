#include "evidence/tpm/ak_certificate.h"

#include <algorithm>

#include "evidence/internal/revocation_lists.h"
#include "formats/der.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::Crl;
using formats::DerReader;
using formats::DerTag;
using formats::Json;

constexpr std::size_t kMaximumCertificates = 16;
constexpr std::size_t kMaximumPath = 4;
constexpr std::size_t kMaximumArea = std::size_t{64} << 10;
constexpr std::size_t kMaximumInstance = std::size_t{4} << 10;
constexpr const char* kGceInstance = "1.3.6.1.4.1.11129.2.1.21";
constexpr const char* kExtendedKeyUsage = "2.5.29.37";
constexpr std::string_view kAttestationKey = "2.23.133.8.3";  // tcg-kp-AIKCertificate

RootUse RootUseOf(VtpmCloud cloud) { return cloud == VtpmCloud::kAzure ? RootUse::kAzureVtpm : RootUse::kGoogleVtpm; }

Error Misused(const Certificate& certificate, const std::string& expected) {
  return Error(ErrorCode::kUntrusted, "certificate \"" + certificate.SubjectCommonName() + "\": expected " + expected);
}

// That an extendedKeyUsage names attestation keys. Google's certificates have none.
Result<void> CheckExtendedUsage(const Certificate& ak, VtpmCloud cloud) {
  const auto extension = TRY(ak.Extension(kExtendedKeyUsage));
  if (!extension && cloud == VtpmCloud::kGoogle) return {};
  if (!extension) return Misused(ak, "extendedKeyUsage");
  DerReader reader(*extension);
  DerReader usages = TRY(reader.Enter());
  while (!usages.at_end()) {
    if (TRY(usages.Oid()) == kAttestationKey) return {};
  }
  return Misused(ak, "extendedKeyUsage of an attestation key");
}

// The keys of endorsement certificates of the same roots only decrypt.
Result<void> CheckUses(const std::vector<Certificate>& path, VtpmCloud cloud) {
  const std::optional<crypto::KeyUsage> leaf = path.front().Usage();
  if (path.front().IsCa()) return Misused(path.front(), "no CA as the key");
  if (!leaf || !leaf->digital_signature) return Misused(path.front(), "keyUsage digitalSignature");
  TRY(CheckExtendedUsage(path.front(), cloud));
  for (const Certificate& issuer : std::span(path).subspan(1)) {
    const std::optional<crypto::KeyUsage> usage = issuer.Usage();
    if (!issuer.IsCa() || !usage || !usage->key_cert_sign) return Misused(issuer, "a CA that signs certificates");
  }
  return {};
}

Result<std::vector<Certificate>> ReadCertificates(std::span<const Bytes> presented, const VtpmCollateral& collateral) {
  if (presented.size() + collateral.certificates.size() > kMaximumCertificates) {
    return Error(ErrorCode::kLimit, "expected at most 16 certificates");
  }
  std::vector<Certificate> certificates;
  for (const auto& ders : {std::span<const Bytes>(collateral.certificates), presented}) {
    for (const Bytes& der : ders) certificates.push_back(TRY(Certificate::ParseDer(der)));
  }
  return certificates;
}

// From `ak` by names and signatures up to an anchor for `use`, and that anchor.
Result<Root> BuildPath(RootUse use, std::span<const Certificate> certificates, const TrustAnchors& anchors, std::vector<Certificate>& path) {
  while (path.size() < kMaximumPath) {
    const Certificate& last = path.back();
    const auto issuer = std::find_if(certificates.begin(), certificates.end(), [&](const Certificate& each) {
      return each.SubjectDer() == last.IssuerDer() && last.VerifySignedBy(each).has_value();
    });
    if (issuer == certificates.end()) {
      return Error(ErrorCode::kNotFound, "no certificate is at hand of \"" + last.IssuerCommonName() + "\", which signed \"" +
                                             last.SubjectCommonName() + "\"");
    }
    path.push_back(*issuer);
    // The root that came along is only a name for a pinned one.
    if (issuer->IssuerDer() == issuer->SubjectDer()) return anchors.Find(use, *issuer);
  }
  return Error(ErrorCode::kUntrusted, "expected at most " + std::to_string(kMaximumPath) + " certificates from key to root");
}

Result<VtpmRevocation> CheckRevocation(std::span<const Certificate> path, const VtpmCollateral& collateral, Time at) {
  const std::vector<Crl> lists = TRY(internal::ReadRevocationLists(collateral.revocation_lists));
  VtpmRevocation revocation = VtpmRevocation::kChecked;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (const Crl* list = internal::ListOf(path[i + 1], lists)) {
      TRY(crypto::VerifyNotRevoked(path[i], path[i + 1], *list, at));
    } else {
      revocation = VtpmRevocation::kNotChecked;
    }
  }
  return revocation;
}

Result<std::optional<GceInstance>> InstanceOf(const Certificate& ak, VtpmCloud cloud) {
  if (cloud != VtpmCloud::kGoogle) return std::optional<GceInstance>();
  const auto extension = TRY(ak.Extension(kGceInstance));
  if (!extension) return Misused(ak, "Google's extension about the instance");
  return std::optional(TRY(ParseGceInstance(*extension)));
}

// {[0] version, [1] isProduction, …}, all optional; members that came later are passed over.
Result<bool> ReadProduction(DerReader& reader) {
  if (reader.at_end()) return false;
  DerReader outer = TRY(reader.Enter(formats::DerContext(0)));
  DerReader members = TRY(outer.Enter());
  TRY(outer.Finish());
  bool production = false;
  while (!members.at_end()) {
    if (members.Peek() != formats::DerContext(1)) {
      TRY(members.Next());
      continue;
    }
    DerReader member = TRY(members.Enter(formats::DerContext(1)));
    production = TRY(member.Boolean());
    TRY(member.Finish());
  }
  return production;
}

}  // namespace

Result<GceInstance> ParseGceInstance(ByteSpan extension) {
  constexpr std::string_view kWhat = "GCE instance";
  if (extension.size() > kMaximumInstance) return Error(ErrorCode::kLimit, "GCE instance: over 4 KiB");
  DerReader reader(extension);
  DerReader members = TRY_WITH(kWhat, reader.Enter());
  TRY_WITH(kWhat, reader.Finish());
  GceInstance instance;
  instance.zone = TRY_WITH(kWhat, members.Text(DerTag::kUtf8String));
  instance.project_number = TRY_WITH(kWhat, members.Uint64());
  instance.project_id = TRY_WITH(kWhat, members.Text(DerTag::kUtf8String));
  instance.instance_id = TRY_WITH(kWhat, members.Uint64());
  instance.instance_name = TRY_WITH(kWhat, members.Text(DerTag::kUtf8String));
  instance.production = TRY_WITH(kWhat, ReadProduction(members));
  TRY_WITH(kWhat, members.Finish());
  return instance;
}

Result<Certificate> ParsePaddedCertificate(ByteSpan area) {
  if (area.size() > kMaximumArea) return Error(ErrorCode::kLimit, "AK certificate: expected up to 64 KiB");
  DerReader reader(area);
  const auto element = TRY_WITH("AK certificate", reader.Expect(DerTag::kSequence));
  const ByteSpan rest = area.subspan(element.encoded.size());
  const auto is_not = [&](std::uint8_t byte) { return byte != rest[0]; };
  if (!rest.empty() && ((rest[0] != 0 && rest[0] != 0xFF) || std::any_of(rest.begin(), rest.end(), is_not))) {
    return Error(ErrorCode::kMalformed, "AK certificate: expected only padding behind it");
  }
  return Certificate::ParseDer(element.encoded);
}

Result<VerifiedVtpmKey> VerifyVtpmKey(VtpmCloud cloud, ByteSpan ak, std::span<const Bytes> presented, const VtpmCollateral& collateral,
                                      const TrustAnchors& anchors, Time at) {
  constexpr std::string_view kWhat = "AK certificate";
  std::vector<Certificate> path;
  path.push_back(TRY(ParsePaddedCertificate(ak)));
  const auto certificates = TRY_WITH(kWhat, ReadCertificates(presented, collateral));
  Root root = TRY_WITH(kWhat, BuildPath(RootUseOf(cloud), certificates, anchors, path));
  TRY_WITH(kWhat, CheckUses(path, cloud));
  TRY_WITH(kWhat, crypto::VerifyChain(path, {&path.back(), 1}, at));
  const VtpmRevocation revocation = TRY_WITH(kWhat, CheckRevocation(path, collateral, at));
  auto instance = TRY_WITH(kWhat, InstanceOf(path.front(), cloud));
  // Both clouds' keys are RSA, and sign with RSASSA and SHA-256.
  auto key = TpmAttestationKey::KnownToBeRestricted(TRY_WITH(kWhat, path.front().PublicKey(crypto::SignatureAlgorithm::kRs256)));
  return VerifiedVtpmKey(std::move(key), std::move(path), std::move(root), revocation, std::move(instance));
}

Time VerifiedVtpmKey::expires() const {
  return std::min_element(path_.begin(), path_.end(), [](const Certificate& a, const Certificate& b) { return a.NotAfter() < b.NotAfter(); })
      ->NotAfter();
}

void VerifiedVtpmKey::SetClaims(Json& claims) const {
  claims.Set("ak_subject", certificate().SubjectText());
  claims.Set("ak_issuer", certificate().IssuerText());
  claims.Set("ak_root_sha256", ToHex(root_.sha256));
  claims.Set("collateral_expires", ToRfc3339(expires()));
  if (!gce_instance_) return;
  claims.Set("gce_zone", gce_instance_->zone);
  claims.Set("gce_project_id", gce_instance_->project_id);
  claims.Set("gce_project_number", std::to_string(gce_instance_->project_number));
  claims.Set("gce_instance_id", std::to_string(gce_instance_->instance_id));
  claims.Set("gce_instance_name", gce_instance_->instance_name);
  claims.Set("gce_production", gce_instance_->production);
}

}  // namespace cloister::evidence
