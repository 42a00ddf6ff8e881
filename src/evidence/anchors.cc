#include "evidence/anchors.h"

#include "base/byte_reader.h"
#include "base/file.h"
#include "formats/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 20;

// kMismatch: `sha256` is not the certificate's.
Result<crypto::Certificate> ParseCertificate(const Json& json) {
  const Bytes der = TRY(FromBase64(TRY(json.GetString("certificate"))));
  crypto::Certificate certificate = TRY(crypto::Certificate::ParseDer(der));
  if (ToHex(certificate.Fingerprint()) != TRY(json.GetString("sha256"))) {
    return Error(ErrorCode::kMismatch, "sha256 is not that of the certificate");
  }
  return certificate;
}

Result<SimulatedSnpRoot> ParseSnpRoot(const Json& json) {
  TRY(json.RefuseUnknownMembers({"product", "sha256", "certificate"}));
  const SnpProduct product = TRY(SnpProductFromName(TRY(json.GetString("product"))));
  crypto::Certificate certificate = TRY(ParseCertificate(json));
  return SimulatedSnpRoot{product, std::move(certificate)};
}

Result<SimulatedRoot> ParseRoot(const Json& json) {
  TRY(json.RefuseUnknownMembers({"use", "sha256", "certificate"}));
  const RootUse use = TRY(RootUseFromName(TRY(json.GetString("use"))));
  crypto::Certificate certificate = TRY(ParseCertificate(json));
  return SimulatedRoot{use, std::move(certificate)};
}

Result<void> RefuseUnlessNamedSimulated(const crypto::Certificate& certificate) {
  if (certificate.SubjectCommonName().find("SIMULATED") == std::string::npos) {
    return Error(ErrorCode::kUntrusted, "simulated root: its common name does not say SIMULATED");
  }
  return {};
}

Json::Object RootJson(std::string_view key, std::string_view value, const crypto::Certificate& certificate) {
  return {{std::string(key), value},
          {"sha256", ToHex(certificate.Fingerprint())},
          {"certificate", ToBase64(certificate.Der())}};
}

void AppendRoot(Bytes& all, std::string_view name, std::uint8_t kind, const crypto::Sha256Digest& sha256,
                bool simulated) {
  AppendBe<std::uint64_t>(all, name.size());
  all.insert(all.end(), name.begin(), name.end());
  all.push_back(kind);
  all.insert(all.end(), sha256.begin(), sha256.end());
  all.push_back(simulated ? 1 : 0);
}

}  // namespace

Result<SnpProduct> SnpProductFromName(std::string_view name) {
  for (const SnpProduct product : {SnpProduct::kMilan, SnpProduct::kGenoa, SnpProduct::kTurin}) {
    if (name == SnpProductName(product)) return product;
  }
  return Error(ErrorCode::kMalformed, "SNP: expected Milan, Genoa or Turin as product");
}

Result<void> SimulatedAnchors::Add(SimulatedSnpRoot root) {
  TRY(RefuseUnlessNamedSimulated(root.certificate));
  snp_.push_back(std::move(root));
  return {};
}

Result<void> SimulatedAnchors::Add(SimulatedRoot root) {
  TRY(RefuseUnlessNamedSimulated(root.certificate));
  roots_.push_back(std::move(root));
  return {};
}

Result<SimulatedAnchors> SimulatedAnchors::Parse(std::string_view text) {
  const Json json = TRY_WITH("simulated anchors", Json::Parse(text));
  TRY_WITH("simulated anchors", json.RefuseUnknownMembers({"SIMULATED", "snp", "roots"}));
  if (!TRY_WITH("simulated anchors", json.GetBool("SIMULATED"))) {
    return Error(ErrorCode::kMalformed, "simulated anchors: expected SIMULATED to be true");
  }
  SimulatedAnchors anchors;
  for (const Json& entry : *TRY_WITH("simulated anchors", json.GetArray("snp"))) {
    TRY(anchors.Add(TRY_WITH("simulated anchors", ParseSnpRoot(entry))));
  }
  if (json.Find("roots") == nullptr) return anchors;
  for (const Json& entry : *TRY_WITH("simulated anchors", json.GetArray("roots"))) {
    TRY(anchors.Add(TRY_WITH("simulated anchors", ParseRoot(entry))));
  }
  return anchors;
}

Result<SimulatedAnchors> SimulatedAnchors::Load(const std::filesystem::path& path) {
  return Parse(TRY(ReadTextFile(path, kMaximumFile)));
}

std::string SimulatedAnchors::ToJson() const {
  Json::Array snp, roots;
  for (const SimulatedSnpRoot& root : snp_)
    snp.push_back(RootJson("product", SnpProductName(root.product), root.certificate));
  for (const SimulatedRoot& root : roots_) roots.push_back(RootJson("use", RootUseName(root.use), root.certificate));
  Json json = Json::Object{{"SIMULATED", true}, {"snp", std::move(snp)}};
  if (!roots_.empty()) json.Set("roots", std::move(roots));
  return json.Pretty();
}

TrustAnchors TrustAnchors::Vendors() {
  std::vector<SnpRoot> snp;
  for (const PinnedSnpRoot& root : PinnedSnpRoots()) {
    snp.push_back({.name = std::string(root.name), .product = root.product, .sha256 = root.sha256, .simulated = false});
  }
  std::vector<Root> roots;
  for (const PinnedRoot& root : PinnedRoots()) {
    roots.push_back({.name = std::string(root.name), .use = root.use, .sha256 = root.sha256, .simulated = false});
  }
  return TrustAnchors(std::move(snp), std::move(roots));
}

Result<TrustAnchors> TrustAnchors::VendorsAndSimulated(const SimulatedAnchors& simulated,
                                                       std::span<const crypto::Sha256Digest> named_by_policy) {
  TrustAnchors vendors = Vendors();
  std::vector<SnpRoot> snp = std::move(vendors.snp_);
  std::vector<Root> roots = std::move(vendors.roots_);
  for (const crypto::Sha256Digest& name : named_by_policy) {
    bool found = false;
    for (const SimulatedSnpRoot& root : simulated.snp()) {
      if (found || root.certificate.Fingerprint() != name) continue;
      found = true;
      snp.push_back(
          {.name = root.certificate.SubjectCommonName(), .product = root.product, .sha256 = name, .simulated = true});
    }
    for (const SimulatedRoot& root : simulated.roots()) {
      if (found || root.certificate.Fingerprint() != name) continue;
      found = true;
      roots.push_back(
          {.name = root.certificate.SubjectCommonName(), .use = root.use, .sha256 = name, .simulated = true});
    }
    if (!found) {
      return Error(ErrorCode::kNotFound,
                   "the policy names the SIMULATED root " + ToHex(name) + ", which is not among the simulated anchors");
    }
  }
  return TrustAnchors(std::move(snp), std::move(roots));
}

Result<SnpRoot> TrustAnchors::FindSnp(const crypto::Certificate& certificate) const {
  const crypto::Sha256Digest sha256 = certificate.Fingerprint();
  for (const SnpRoot& root : snp_) {
    if (root.sha256 == sha256) return root;
  }
  return Error(ErrorCode::kUntrusted, "SNP: no trust anchor has the root certificate " + ToHex(sha256));
}

Result<Root> TrustAnchors::Find(RootUse use, const crypto::Certificate& certificate) const {
  const crypto::Sha256Digest sha256 = certificate.Fingerprint();
  for (const Root& root : roots_) {
    if (root.use == use && root.sha256 == sha256) return root;
  }
  return Error(ErrorCode::kUntrusted,
               std::string(RootUseName(use)) + ": no trust anchor has the root certificate " + ToHex(sha256));
}

TrustAnchors::TrustAnchors(std::vector<SnpRoot> snp, std::vector<Root> roots)
    : snp_(std::move(snp)), roots_(std::move(roots)) {
  Bytes all;
  for (const SnpRoot& root : snp_) {
    AppendRoot(all, root.name, static_cast<std::uint8_t>(root.product), root.sha256, root.simulated);
  }
  // 0x80: no kind of root is written as a processor line is.
  for (const Root& root : roots_) {
    AppendRoot(all, root.name, static_cast<std::uint8_t>(0x80 | static_cast<unsigned>(root.use)), root.sha256,
               root.simulated);
  }
  digest_ = crypto::Sha256(all);
}

}  // namespace cloister::evidence
