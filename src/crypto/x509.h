// X.509 certificates and revocation lists (RFC 5280): reading and checking. Making them is in x509_builder.h.
#pragma once

#include <span>

#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

struct X509_crl_st;
struct x509_st;

namespace cloister::crypto {

namespace internal {
struct CertificateAccess;  // how the .cc files of this module reach OpenSSL's objects
}

// Bits of the keyUsage extension that matter here.
struct KeyUsage {
  bool digital_signature = false;
  bool key_cert_sign = false;
  bool crl_sign = false;
};

// A parsed certificate; parsing proves nothing about who made it. Copies share one immutable certificate.
class Certificate {
 public:
  // Exactly one certificate. kMalformed; kLimit: over 64 KiB.
  static Result<Certificate> ParseDer(ByteSpan der);
  static Result<Certificate> ParsePem(std::string_view pem);
  // One to 16 certificates in the order of the text (kLimit). Text between them is skipped, as RFC 7468 §2 lets it be.
  static Result<std::vector<Certificate>> ParsePemChain(std::string_view pem);

  const Bytes& Der() const;
  std::string Pem() const;
  // The first commonName; empty when there is none.
  std::string SubjectCommonName() const;
  std::string IssuerCommonName() const;
  // The whole names as text (RFC 4514), for people: "CN=leaf,OU=unit,O=company".
  std::string SubjectText() const;
  std::string IssuerText() const;
  // The whole names as DER, for comparing.
  Bytes SubjectDer() const;
  Bytes IssuerDer() const;
  // Big-endian without leading zeros.
  Bytes Serial() const;
  // Whether Serial() is `serial`, without making it.
  bool HasSerial(ByteSpan serial) const;
  Time NotBefore() const { return not_before_; }
  Time NotAfter() const { return not_after_; }
  Bytes SpkiDer() const;
  // The key, bound to `algorithm`; or to the one that goes with its curve. Errors as VerifyingKey::FromSpkiDer.
  Result<VerifyingKey> PublicKey(SignatureAlgorithm algorithm) const;
  Result<VerifyingKey> PublicKey() const;
  bool IsCa() const;
  std::optional<unsigned> PathLength() const;
  std::optional<KeyUsage> Usage() const;
  // The content of extnValue for a dotted OID such as "1.3.6.1.4.1.3704.1.3.1"; nullopt: not there.
  // kMalformed: it is there twice. kUsage: not an OID.
  Result<std::optional<Bytes>> Extension(const std::string& oid) const;
  // The dotted OIDs of all extensions, in their order.
  std::vector<std::string> ExtensionOids() const;
  // SHA-256 of the DER, computed when it was parsed.
  const Sha256Digest& Fingerprint() const { return fingerprint_; }
  bool operator==(const Certificate& other) const { return Der() == other.Der(); }

  // kExpired: `now` is before notBefore or after notAfter.
  Result<void> CheckValidity(Time now) const;
  // Success proves that `issuer`'s key signed this certificate and that names fit (issuer here, subject there). It does
  // not look at validity, CA flags or path lengths: VerifyChain does. RSA PKCS#1 and PSS, ECDSA, Ed25519; digests of
  // 112 bits of strength or more. kUntrusted.
  Result<void> VerifySignedBy(const Certificate& issuer) const;

 private:
  friend class Crl;
  friend class CertificateBuilder;
  friend class CrlBuilder;
  friend struct internal::CertificateAccess;
  Certificate(std::shared_ptr<x509_st> certificate, Bytes der);
  std::shared_ptr<x509_st> certificate_;
  std::shared_ptr<const Bytes> der_;
  Sha256Digest fingerprint_;
  Time not_before_, not_after_;
};

// A parsed revocation list.
class Crl {
 public:
  // kMalformed; kLimit: over 16 MiB.
  static Result<Crl> ParseDer(ByteSpan der);
  static Result<Crl> ParsePem(std::string_view pem);
  const Bytes& Der() const { return der_; }
  std::string IssuerCommonName() const;
  Bytes IssuerDer() const;
  Time ThisUpdate() const { return this_update_; }
  std::optional<Time> NextUpdate() const { return next_update_; }
  // cRLNumber (RFC 5280 §5.2.3); none where the list has none, or one of more than 64 bits.
  std::optional<std::uint64_t> Number() const;
  // kExpired: `now` is before thisUpdate or after nextUpdate; a list without nextUpdate counts as expired.
  Result<void> CheckValidity(Time now) const;
  // As Certificate::VerifySignedBy.
  Result<void> VerifySignedBy(const Certificate& issuer) const;
  // Whether the list names this certificate of its issuer's. Allocates nothing after a list's first call.
  bool IsRevoked(const Certificate& certificate) const;

 private:
  friend class CrlBuilder;
  friend struct internal::CertificateAccess;
  Crl(std::shared_ptr<X509_crl_st> crl, Bytes der);
  std::shared_ptr<X509_crl_st> crl_;
  Bytes der_;
  Time this_update_;
  std::optional<Time> next_update_;
};

// Checks a path (RFC 5280 §6.1): `chain` is the leaf first, each signed by the next, and the last is one of `roots` or
// is signed by one. Every certificate, the root too, must be valid at `now`; issuers must be CAs allowed to sign
// certificates, within their path lengths; unknown critical extensions, keys or digests under 112 bits are refused.
// Revocation is not looked at: pass lists to VerifyNotRevoked.
// Errors: kUntrusted, kExpired, kUsage (empty chain).
Result<void> VerifyChain(std::span<const Certificate> chain, std::span<const Certificate> roots, Time now);

// As VerifyChain for `leaf`, with certificates that may lie between in any order, needed or not; for senders who don't
// sort.
Result<void> VerifyPath(const Certificate& leaf, std::span<const Certificate> between,
                        std::span<const Certificate> roots, Time now);

// Success proves that at `now` the list is current, was signed by `issuer`, and does not name `certificate`, which
// `issuer` must have signed. kUntrusted, kExpired, kRevoked.
Result<void> VerifyNotRevoked(const Certificate& certificate, const Certificate& issuer, const Crl& crl, Time now);

}  // namespace cloister::crypto
