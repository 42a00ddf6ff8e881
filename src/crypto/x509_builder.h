// Making X.509 certificates and revocation lists: for our own TLS keys, and for simulators of other people's chains.
#pragma once

#include "crypto/x509.h"

namespace cloister::crypto {

// Collects what a certificate says, then signs it. The signature algorithm is the signing key's: ECDSA, Ed25519, RSA
// PKCS#1 v1.5 (kRs256) or RSASSA-PSS with a salt as long as the digest (kPs…; kPs384 gives AMD's form).
// Not to be shared between threads.
class CertificateBuilder {
 public:
  // `key` is the subject's. RSA keys are written as rsaEncryption, whatever their algorithm.
  explicit CertificateBuilder(const VerifyingKey& key);
  ~CertificateBuilder();
  CertificateBuilder(CertificateBuilder&&) noexcept;
  CertificateBuilder& operator=(CertificateBuilder&&) noexcept;

  // Sets commonName (required); AddSubjectAttribute puts others ("O", "OU", "C", "L", "ST") before it, in order.
  CertificateBuilder& SubjectCommonName(std::string_view name);
  CertificateBuilder& AddSubjectAttribute(std::string_view short_name, std::string_view value);
  // Required. Years 1950 to 9999; 9999-12-31T23:59:59Z means "no end" (RFC 5280 §4.1.2.5).
  CertificateBuilder& Validity(Time not_before, Time not_after);
  // Big-endian, 1 to 20 bytes. Without it the serial is derived from the key and the validity.
  CertificateBuilder& Serial(ByteSpan serial);
  // basicConstraints (critical) with CA true, and keyUsage keyCertSign and cRLSign.
  CertificateBuilder& CertificateAuthority(std::optional<unsigned> path_length);
  // Without either, a leaf gets CA false and keyUsage digitalSignature. Plain() leaves out all extensions that were not
  // asked for, as chips' certificates do.
  CertificateBuilder& Plain();
  // subjectAltName and extendedKeyUsage serverAuth and clientAuth. Addresses as text, v4 or v6.
  CertificateBuilder& DnsName(std::string_view name);
  CertificateBuilder& IpAddress(std::string_view address);
  // `value` is the content of extnValue, whatever it is.
  CertificateBuilder& Extension(std::string_view oid, Bytes value, bool critical = false);

  // kUsage: something required is missing or out of range.
  Result<Certificate> SelfSign(const SigningKey& key) const;
  Result<Certificate> Sign(const Certificate& issuer, const SigningKey& issuer_key) const;

 private:
  struct Fields;
  std::unique_ptr<Fields> fields_;
};

// A certificate for a TLS server that people pin or trust by itself, with `names` (DNS names or IP addresses).
Result<Certificate> MakeTlsCertificate(const SigningKey& key, std::span<const std::string> names, Time not_before,
                                       Time not_after);

// A version 2 revocation list.
class CrlBuilder {
 public:
  CrlBuilder& Updates(Time this_update, Time next_update);
  CrlBuilder& Number(std::uint64_t number);
  CrlBuilder& Revoke(ByteSpan serial, Time when);
  // kUsage: Updates() was not called.
  Result<Crl> Sign(const Certificate& issuer, const SigningKey& issuer_key) const;

 private:
  struct Entry {
    Bytes serial;
    Time when;
  };
  std::optional<std::pair<Time, Time>> updates_;
  std::uint64_t number_ = 1;
  std::vector<Entry> revoked_;
};

}  // namespace cloister::crypto
