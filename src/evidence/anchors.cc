#include "evidence/anchors.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/file.h"
#include "formats/json.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 20;

Result<SimulatedSnpRoot> ParseSnpRoot(const Json& json) {
  TRY(json.RefuseUnknownMembers({"product", "sha256", "certificate"}));
  const SnpProduct product = TRY(SnpProductFromName(TRY(json.GetString("product"))));
  const Bytes der = TRY(FromBase64(TRY(json.GetString("certificate"))));
  crypto::Certificate certificate = TRY(crypto::Certificate::ParseDer(der));
  if (ToHex(certificate.Fingerprint()) != TRY(json.GetString("sha256"))) {
    return Error(ErrorCode::kMismatch, "sha256 is not that of the certificate");
  }
  return SimulatedSnpRoot{product, std::move(certificate)};
}

}  // namespace

Result<SnpProduct> SnpProductFromName(std::string_view name) {
  for (const SnpProduct product : {SnpProduct::kMilan, SnpProduct::kGenoa, SnpProduct::kTurin}) {
    if (name == SnpProductName(product)) return product;
  }
  return Error(ErrorCode::kMalformed, "SNP: expected Milan, Genoa or Turin as product");
}

Result<void> SimulatedAnchors::Add(SimulatedSnpRoot root) {
  if (root.certificate.SubjectCommonName().find("SIMULATED") == std::string::npos) {
    return Error(ErrorCode::kUntrusted, "simulated root: its common name does not say SIMULATED");
  }
  snp_.push_back(std::move(root));
  return {};
}

Result<SimulatedAnchors> SimulatedAnchors::Parse(std::string_view text) {
  const Json json = TRY_WITH("simulated anchors", Json::Parse(text));
  TRY_WITH("simulated anchors", json.RefuseUnknownMembers({"SIMULATED", "snp"}));
  if (!TRY_WITH("simulated anchors", json.GetBool("SIMULATED"))) {
    return Error(ErrorCode::kMalformed, "simulated anchors: expected SIMULATED to be true");
  }
  SimulatedAnchors anchors;
  for (const Json& entry : *TRY_WITH("simulated anchors", json.GetArray("snp"))) {
    TRY(anchors.Add(TRY_WITH("simulated anchors", ParseSnpRoot(entry))));
  }
  return anchors;
}

Result<SimulatedAnchors> SimulatedAnchors::Load(const std::filesystem::path& path) {
  return Parse(TRY(ReadTextFile(path, kMaximumFile)));
}

std::string SimulatedAnchors::ToJson() const {
  Json::Array roots;
  for (const SimulatedSnpRoot& root : snp_) {
    roots.push_back(Json::Object{{"product", SnpProductName(root.product)},
                                 {"sha256", ToHex(root.certificate.Fingerprint())},
                                 {"certificate", ToBase64(root.certificate.Der())}});
  }
  return Json(Json::Object{{"SIMULATED", true}, {"snp", std::move(roots)}}).Pretty();
}

TrustAnchors TrustAnchors::Vendors() {
  TrustAnchors anchors;
  for (const PinnedSnpRoot& root : PinnedSnpRoots()) {
    anchors.snp_.push_back(
        {.name = std::string(root.name), .product = root.product, .sha256 = root.sha256, .simulated = false});
  }
  return anchors;
}

Result<TrustAnchors> TrustAnchors::VendorsAndSimulated(const SimulatedAnchors& simulated,
                                                       std::span<const crypto::Sha256Digest> named_by_policy) {
  TrustAnchors anchors = Vendors();
  for (const crypto::Sha256Digest& name : named_by_policy) {
    const auto found =
        std::find_if(simulated.snp().begin(), simulated.snp().end(),
                     [&](const SimulatedSnpRoot& root) { return root.certificate.Fingerprint() == name; });
    if (found == simulated.snp().end()) {
      return Error(ErrorCode::kNotFound,
                   "the policy names the SIMULATED root " + ToHex(name) + ", which is not among the simulated anchors");
    }
    anchors.snp_.push_back({.name = found->certificate.SubjectCommonName(),
                            .product = found->product,
                            .sha256 = name,
                            .simulated = true});
  }
  return anchors;
}

Result<SnpRoot> TrustAnchors::FindSnp(const crypto::Certificate& certificate) const {
  const crypto::Sha256Digest sha256 = certificate.Fingerprint();
  for (const SnpRoot& root : snp_) {
    if (root.sha256 == sha256) return root;
  }
  return Error(ErrorCode::kUntrusted, "SNP: no trust anchor has the root certificate " + ToHex(sha256));
}

crypto::Sha256Digest TrustAnchors::Digest() const {
  Bytes all;
  for (const SnpRoot& root : snp_) {
    AppendBe<std::uint64_t>(all, root.name.size());
    all.insert(all.end(), root.name.begin(), root.name.end());
    all.push_back(static_cast<std::uint8_t>(root.product));
    all.insert(all.end(), root.sha256.begin(), root.sha256.end());
    all.push_back(root.simulated ? 1 : 0);
  }
  return crypto::Sha256(all);
}

}  // namespace cloister::evidence
