// OCSP responses (RFC 6960): what a certificate authority, or a responder that it names, says about one certificate.
#pragma once

#include "crypto/x509.h"

struct ocsp_basic_response_st;

namespace cloister::crypto {

namespace internal {
struct OcspAccess;  // how the .cc files of this module reach OpenSSL's object
}

enum class OcspStatus { kGood, kRevoked, kUnknown };
std::string_view OcspStatusName(OcspStatus status);  // "good", "revoked", "unknown"

// CRLReason (RFC 5280 §5.3.1). A certificate "on hold" is revoked as any other.
inline constexpr int kCertificateHold = 6;

// A parsed response; parsing proves nothing about who made it. Copies share one immutable response.
class OcspResponse {
 public:
  // A successful basic response about exactly one certificate. kMalformed; kLimit: over 64 KiB; kUnsupported: about more
  // than one, another type of response, an unknown critical extension; kUnavailable: the responder says that it could not
  // answer.
  static Result<OcspResponse> ParseDer(ByteSpan der);

  const Bytes& Der() const { return der_; }
  // Of the certificate that it is about, as Certificate::Serial() gives it.
  Bytes Serial() const;
  OcspStatus status() const { return status_; }
  // CRLReason of a revoked certificate, if it is given.
  std::optional<int> revocation_reason() const { return reason_; }
  Time ThisUpdate() const { return this_update_; }
  std::optional<Time> NextUpdate() const { return next_update_; }
  std::optional<Bytes> Nonce() const;
  // Certificates that came with it.
  const std::vector<Certificate>& Certificates() const { return certificates_; }

 private:
  friend class OcspResponseBuilder;
  friend struct internal::OcspAccess;
  OcspResponse() = default;
  std::shared_ptr<ocsp_basic_response_st> response_;
  Bytes der_;
  OcspStatus status_ = OcspStatus::kUnknown;
  std::optional<int> reason_;
  Time this_update_;
  std::optional<Time> next_update_;
  std::vector<Certificate> certificates_;
};

// When an answer that was verified holds: not before `from`, not after `to`.
struct OcspValidity {
  Time from, to;
};

// Success proves that `issuer`, or a responder whose certificate `issuer` signed for OCSP alone (RFC 6960 §4.2.2.2; its own
// revocation must be waived by id-pkix-ocsp-nocheck), said that `certificate`, which `issuer` signed, is good; that the answer
// and the responder's certificate are valid at `now`; and, where `nonce` is given, that the answer carries it.
// Errors: kRevoked (on hold too), kUntrusted (signature, responder, status unknown), kMismatch (about another certificate,
// nonce), kExpired (an answer without nextUpdate counts as expired), kUnsupported (hash of the certificate's id).
Result<OcspValidity> VerifyNotRevoked(const Certificate& certificate, const Certificate& issuer,
                                      const OcspResponse& response, const std::optional<Bytes>& nonce, Time now);

// Success proves only that whoever holds the key of the certificate in it signed `response`, which says nothing about trust;
// returns that certificate. For tools that look at answers without having the issuer. kUntrusted.
Result<Certificate> CheckOcspSignatureOnly(const OcspResponse& response);

}  // namespace cloister::crypto
