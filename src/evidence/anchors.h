// Which roots a verification may end at: the vendors' pinned ones, and simulated ones only where a policy names them.
#pragma once

#include <filesystem>

#include "crypto/x509.h"
#include "evidence/roots.h"

namespace cloister::evidence {

// A root that a simulator made. Nothing that rests on it was vouched for by hardware.
struct SimulatedSnpRoot {
  SnpProduct product;
  crypto::Certificate certificate;
};

// The same for any other kind of hardware.
struct SimulatedRoot {
  RootUse use;
  crypto::Certificate certificate;
};

// Simulated roots, in a file of their own. Having them trusts nothing: TrustAnchors takes only those that a policy
// names.
class SimulatedAnchors {
 public:
  SimulatedAnchors() = default;
  // {"SIMULATED": true, "snp": [{"product", "sha256", "certificate": base64 of DER}], "roots": [{"use", "sha256",
  // "certificate"}]}; "roots" may be absent.
  // kMalformed; kMismatch: sha256 is not the certificate's; kUntrusted: a common name does not say SIMULATED.
  static Result<SimulatedAnchors> Parse(std::string_view json);
  // Parse() of a file; kNotFound, kIo, kLimit (1 MiB).
  static Result<SimulatedAnchors> Load(const std::filesystem::path& path);
  // kUntrusted: its common name does not say SIMULATED.
  Result<void> Add(SimulatedSnpRoot root);
  Result<void> Add(SimulatedRoot root);

  std::string ToJson() const;
  const std::vector<SimulatedSnpRoot>& snp() const { return snp_; }
  const std::vector<SimulatedRoot>& roots() const { return roots_; }

 private:
  std::vector<SimulatedSnpRoot> snp_;
  std::vector<SimulatedRoot> roots_;
};

// What is known about a trusted root.
struct SnpRoot {
  std::string name;
  SnpProduct product;
  crypto::Sha256Digest sha256;
  bool simulated;
};

struct Root {
  std::string name;
  RootUse use;
  crypto::Sha256Digest sha256;
  bool simulated;
};

class TrustAnchors {
 public:
  // The pinned vendor roots and nothing else.
  static TrustAnchors Vendors();
  // The vendor roots, and those roots of `simulated` whose certificate's SHA-256 the policy in force names.
  // kNotFound: the policy names a root that `simulated` has not.
  static Result<TrustAnchors> VendorsAndSimulated(const SimulatedAnchors& simulated,
                                                  std::span<const crypto::Sha256Digest> named_by_policy);

  // kUntrusted: no anchor has this certificate.
  Result<SnpRoot> FindSnp(const crypto::Certificate& certificate) const;
  // kUntrusted: no anchor for `use` has this certificate.
  Result<Root> Find(RootUse use, const crypto::Certificate& certificate) const;

  // SHA-256 over all that is known of all roots, in their order: the same digest means the same trust.
  const crypto::Sha256Digest& Digest() const { return digest_; }

 private:
  TrustAnchors(std::vector<SnpRoot> snp, std::vector<Root> roots);
  std::vector<SnpRoot> snp_;
  std::vector<Root> roots_;
  crypto::Sha256Digest digest_;
};

// "Milan" and so on. kMalformed.
Result<SnpProduct> SnpProductFromName(std::string_view name);

}  // namespace cloister::evidence
