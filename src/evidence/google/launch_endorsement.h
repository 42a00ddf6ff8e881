// Google's launch endorsements (gce-tcb-verifier, proto/endorsement.proto): what the firmware of Compute Engine's
// confidential machines measures as, signed offline by Google. Where reference values come from; no evidence.
#pragma once

#include <map>

#include "crypto/x509.h"
#include "formats/json.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaxLaunchEndorsement = std::size_t{1} << 20;

// VMSevSnp: MEASUREMENT by the number of vCPUs (VMSAs) at launch, 1 to 1024 of them.
struct GoldenSnp {
  std::uint32_t svn;
  std::map<std::uint32_t, std::array<std::uint8_t, 48>> measurements;
  std::array<std::uint8_t, 16> family_id, image_id;  // Google's names; a report has zeros there
  std::uint64_t policy;                              // the guest policy of such machines
};

// VMTdx: MRTD by the memory that the machine has, which the firmware measures.
struct GoldenTdx {
  struct Measurement {
    std::uint32_t ram_gib;
    bool early_accept;  // the firmware accepts all memory by itself
    std::array<std::uint8_t, 48> mr_td;
  };
  std::uint32_t svn;
  std::vector<Measurement> measurements;  // 1 to 4096
};

// VMGoldenMeasurement, without the certificates.
struct GoldenMeasurement {
  Time timestamp;                            // when it was signed
  std::uint64_t changelist;                  // what the firmware was built from
  Bytes commit;                              // the same in another system; may be empty
  std::array<std::uint8_t, 48> uefi_sha384;  // of the firmware's file
  std::optional<GoldenSnp> snp;
  std::optional<GoldenTdx> tdx;
};

// An endorsement whose signature was checked. Only VerifyLaunchEndorsement makes one.
class VerifiedLaunchEndorsement {
 public:
  const GoldenMeasurement& golden() const { return golden_; }
  const crypto::Certificate& signer() const { return signer_; }

  // The reference values of an appraiser, {"measurement": [hex, …]}: MEASUREMENTs of machines with `vcpus`, or with any
  // number of them where none is given. kNotFound: none is endorsed.
  Result<formats::Json> SnpReferenceValues(std::optional<std::uint32_t> vcpus) const;
  // The same of MRTDs, by memory in GiB.
  Result<formats::Json> TdxReferenceValues(std::optional<std::uint32_t> ram_gib) const;

 private:
  VerifiedLaunchEndorsement(GoldenMeasurement golden, crypto::Certificate signer)
      : golden_(std::move(golden)), signer_(std::move(signer)) {}
  friend Result<VerifiedLaunchEndorsement> VerifyLaunchEndorsement(ByteSpan, std::span<const crypto::Certificate>,
                                                                   Time);
  GoldenMeasurement golden_;
  crypto::Certificate signer_;
};

// Verifies a VMLaunchEndorsement: RSASSA-PSS with SHA-256 over the serialized measurement by the key of the certificate
// in it, which has to lead to one of `roots` (through the bundle that comes with it) at `at`. Success proves that a
// signer under a given root endorsed all of golden(). The caller still judges how old it is (timestamp, svn: later
// firmware may have mended something), and that the root may speak about its machines. kMalformed, kLimit;
// kUnsupported: unknown fields around what is signed; kUntrusted; kExpired: a certificate, or signed after `at` or
// outside the certificate's time; kUsage: no roots.
Result<VerifiedLaunchEndorsement> VerifyLaunchEndorsement(ByteSpan message, std::span<const crypto::Certificate> roots,
                                                          Time at);

}  // namespace cloister::evidence
