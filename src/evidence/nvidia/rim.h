// NVIDIA's Reference Integrity Manifests: SWID tags (ISO/IEC 19770-2) with an enveloped XML signature, which say what a
// driver or a VBIOS measures as. One is for one version on one chip.
#pragma once

#include <map>

#include "evidence/anchors.h"

namespace cloister::evidence {

inline constexpr unsigned kMaximumNvidiaRimIndex = 255;

struct NvidiaRimMeasurement {
  bool active = false;  // what is not active is not compared
  std::string name;
  std::vector<Bytes> alternatives;  // any of them is right
  bool operator==(const NvidiaRimMeasurement&) const = default;
};

struct NvidiaRim {
  std::string tag_id;
  std::string product;  // "GH100", "LS10"
  std::string version;  // colloquialVersion: of the driver or VBIOS that it is for
  // By index, at most kMaximumNvidiaRimIndex; a report's block is index + 1.
  std::map<unsigned, NvidiaRimMeasurement> measurements;
  bool operator==(const NvidiaRim&) const = default;
};

// A manifest that NVIDIA (or, where root() says so, a simulator) signed.
class VerifiedNvidiaRim {
 public:
  const NvidiaRim& rim() const { return rim_; }
  const Root& root() const { return root_; }
  // Signer first, root last.
  const std::vector<crypto::Certificate>& certificates() const { return certificates_; }
  // kExpired: one of the certificates is not valid at `at`.
  Result<void> CheckAt(Time at) const;

 private:
  friend Result<VerifiedNvidiaRim> VerifyNvidiaRim(ByteSpan, const TrustAnchors&, Time);
  VerifiedNvidiaRim(NvidiaRim rim, Root root, std::vector<crypto::Certificate> certificates)
      : rim_(std::move(rim)), root_(std::move(root)), certificates_(std::move(certificates)) {}
  NvidiaRim rim_;
  Root root_;
  std::vector<crypto::Certificate> certificates_;
};

// Success proves that the first certificate in `xml` signed all of it but the signature itself, that it may sign, and that its
// chain, valid at `at`, ends at an anchor for RIMs. Whether it is for the device at hand, and whether its signer was revoked, is
// for the caller (VerifyNvidia). Two such manifests for one version can exist, with other contents.
// Errors: kUntrusted, kExpired; kMalformed, kUnsupported, kLimit (form of XML, of the signature and of the tag).
Result<VerifiedNvidiaRim> VerifyNvidiaRim(ByteSpan xml, const TrustAnchors& anchors, Time at);

}  // namespace cloister::evidence
