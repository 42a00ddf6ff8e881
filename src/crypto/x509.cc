#include "crypto/x509.h"

#include <openssl/pem.h>

#include "crypto/internal/x509.h"

namespace cloister::crypto {
namespace {

using internal::ErrorScope;
using internal::OwnedX509;

constexpr std::size_t kMaximumCertificate = 64 * 1024;
constexpr std::size_t kMaximumChain = 16;
constexpr int kMinimumSecurityBits = 112;

Bytes NameDer(const X509_NAME* name) { return internal::ToDer(i2d_X509_NAME, name); }

std::string CommonName(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string copy(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return copy;
}

std::string NameText(const X509_NAME* name) {
  const internal::OwnedBio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) >= 0);
  return std::string(AsText(internal::Written(bio)));
}

// Reads what Certificate's accessors cannot fail on any more.
Result<void> CheckReadable(X509* certificate) {
  TRY(internal::TimeFromAsn1(X509_get0_notBefore(certificate)));
  TRY(internal::TimeFromAsn1(X509_get0_notAfter(certificate)));
  if (ASN1_STRING_length(X509_get0_serialNumber(certificate)) > 32) {
    return Error(ErrorCode::kLimit, "certificate: serial number over 32 bytes");
  }
  // Parses and caches the extensions, so that later reads from many threads change nothing.
  if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0) {
    return Error(ErrorCode::kMalformed, "certificate: an extension contradicts RFC 5280");
  }
  return {};
}

// nullopt: `now` lies within; else what is wrong with it.
std::optional<std::string> OutsideOf(Time from, std::optional<Time> to, Time now) {
  if (now < from) return ": valid from " + ToRfc3339(from) + ", now " + ToRfc3339(now);
  if (!to || now > *to) return ": valid to " + (to ? ToRfc3339(*to) : "an unknown time") + ", now " + ToRfc3339(now);
  return std::nullopt;
}

}  // namespace

Certificate::Certificate(std::shared_ptr<x509_st> certificate, Bytes der)
    : certificate_(std::move(certificate)),
      der_(std::make_shared<const Bytes>(std::move(der))),
      fingerprint_(Sha256(*der_)),
      not_before_(*internal::TimeFromAsn1(X509_get0_notBefore(certificate_.get()))),
      not_after_(*internal::TimeFromAsn1(X509_get0_notAfter(certificate_.get()))) {}

Result<Certificate> Certificate::ParseDer(ByteSpan der) {
  const ErrorScope errors;
  if (der.size() > kMaximumCertificate) return Error(ErrorCode::kLimit, "certificate: over 64 KiB");
  const std::uint8_t* at = der.data();
  OwnedX509 parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (parsed == nullptr || at != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "certificate: not one DER certificate");
  }
  TRY(CheckReadable(parsed.get()));
  return Certificate({parsed.release(), X509_free}, ToBytes(der));
}

Result<Certificate> Certificate::ParsePem(std::string_view pem) {
  std::vector<Certificate> chain = TRY(ParsePemChain(pem));
  if (chain.size() != 1) {
    return Error(ErrorCode::kMalformed, "certificate: expected one, got " + std::to_string(chain.size()));
  }
  return std::move(chain.front());
}

Result<std::vector<Certificate>> Certificate::ParsePemChain(std::string_view pem) {
  const ErrorScope errors;
  if (pem.size() > 2 * kMaximumChain * kMaximumCertificate) return Error(ErrorCode::kLimit, "certificates: too long");
  const internal::OwnedBio bio = internal::ReadBio(AsBytes(pem));
  std::vector<Certificate> chain;
  for (;;) {
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) break;
    const bool is_certificate = std::string_view(name) == PEM_STRING_X509 && *header == '\0';
    const Bytes der(data, data + size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    if (!is_certificate) return Error(ErrorCode::kMalformed, "certificates: another kind of PEM between them");
    if (chain.size() == kMaximumChain) return Error(ErrorCode::kLimit, "certificates: more than 16");
    chain.push_back(TRY(ParseDer(der)));
  }
  // Reading ends well only when no further "BEGIN" is there.
  if (chain.empty() || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return Error(ErrorCode::kMalformed, "certificates: expected PEM");
  }
  return chain;
}

const Bytes& Certificate::Der() const { return *der_; }

std::string Certificate::Pem() const {
  const internal::OwnedBio bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate_.get()) == 1);
  return std::string(AsText(internal::Written(bio)));
}

std::string Certificate::SubjectCommonName() const { return CommonName(X509_get_subject_name(certificate_.get())); }
std::string Certificate::IssuerCommonName() const { return CommonName(X509_get_issuer_name(certificate_.get())); }
std::string Certificate::SubjectText() const { return NameText(X509_get_subject_name(certificate_.get())); }
std::string Certificate::IssuerText() const { return NameText(X509_get_issuer_name(certificate_.get())); }
Bytes Certificate::SubjectDer() const { return NameDer(X509_get_subject_name(certificate_.get())); }
Bytes Certificate::IssuerDer() const { return NameDer(X509_get_issuer_name(certificate_.get())); }
Bytes Certificate::Serial() const { return internal::NumberFromAsn1(X509_get0_serialNumber(certificate_.get())); }

bool Certificate::HasSerial(ByteSpan serial) const {
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate_.get());
  ByteSpan bytes(ASN1_STRING_get0_data(number), static_cast<std::size_t>(ASN1_STRING_length(number)));
  while (!bytes.empty() && bytes.front() == 0) bytes = bytes.subspan(1);
  return Equal(bytes, serial);
}

Bytes Certificate::SpkiDer() const {
  return internal::ToDer(i2d_X509_PUBKEY, static_cast<const X509_PUBKEY*>(X509_get_X509_PUBKEY(certificate_.get())));
}

Result<VerifyingKey> Certificate::PublicKey(SignatureAlgorithm algorithm) const {
  return VerifyingKey::FromSpkiDer(algorithm, SpkiDer());
}

Result<VerifyingKey> Certificate::PublicKey() const { return VerifyingKey::FromSpkiDer(SpkiDer()); }

bool Certificate::IsCa() const {
  return (X509_get_extension_flags(certificate_.get()) & (EXFLAG_BCONS | EXFLAG_CA)) == (EXFLAG_BCONS | EXFLAG_CA);
}

std::optional<unsigned> Certificate::PathLength() const {
  const long length = X509_get_pathlen(certificate_.get());
  if (length < 0) return std::nullopt;
  return static_cast<unsigned>(length);
}

std::optional<KeyUsage> Certificate::Usage() const {
  if ((X509_get_extension_flags(certificate_.get()) & EXFLAG_KUSAGE) == 0) return std::nullopt;
  const std::uint32_t bits = X509_get_key_usage(certificate_.get());
  return KeyUsage{.digital_signature = (bits & KU_DIGITAL_SIGNATURE) != 0,
                  .key_cert_sign = (bits & KU_KEY_CERT_SIGN) != 0,
                  .crl_sign = (bits & KU_CRL_SIGN) != 0};
}

Result<std::optional<Bytes>> Certificate::Extension(const std::string& oid) const {
  const internal::OwnedObject object = TRY(internal::ParseOid(oid));
  const int at = X509_get_ext_by_OBJ(certificate_.get(), object.get(), -1);
  if (at < 0) return std::optional<Bytes>();
  if (X509_get_ext_by_OBJ(certificate_.get(), object.get(), at) >= 0) {
    return Error(ErrorCode::kMalformed, "certificate: extension " + oid + " is there twice");
  }
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate_.get(), at));
  const std::uint8_t* data = ASN1_STRING_get0_data(value);
  return std::optional(Bytes(data, data + ASN1_STRING_length(value)));
}

std::vector<std::string> Certificate::ExtensionOids() const {
  std::vector<std::string> oids;
  for (int i = 0; i < X509_get_ext_count(certificate_.get()); ++i) {
    char text[128];
    const int size = OBJ_obj2txt(text, sizeof text, X509_EXTENSION_get_object(X509_get_ext(certificate_.get(), i)), 1);
    if (size > 0) oids.emplace_back(text);
  }
  return oids;
}

Result<void> Certificate::CheckValidity(Time now) const {
  const auto wrong = OutsideOf(not_before_, not_after_, now);
  if (wrong) return Error(ErrorCode::kExpired, "certificate \"" + SubjectCommonName() + "\"" + *wrong);
  return {};
}

Result<void> Certificate::VerifySignedBy(const Certificate& issuer) const {
  const ErrorScope errors;
  const Error refused(ErrorCode::kUntrusted, "certificate \"" + SubjectCommonName() + "\": not signed by \"" +
                                                 issuer.SubjectCommonName() + "\"");
  if (X509_NAME_cmp(X509_get_issuer_name(certificate_.get()), X509_get_subject_name(issuer.certificate_.get())) != 0) {
    return refused;
  }
  int security_bits = 0;
  if (X509_get_signature_info(certificate_.get(), nullptr, nullptr, &security_bits, nullptr) != 1 ||
      security_bits < kMinimumSecurityBits) {
    return refused;
  }
  EVP_PKEY* key = X509_get0_pubkey(issuer.certificate_.get());
  if (key == nullptr || EVP_PKEY_get_security_bits(key) < kMinimumSecurityBits ||
      X509_verify(certificate_.get(), key) != 1) {
    return refused;
  }
  return {};
}

Crl::Crl(std::shared_ptr<X509_crl_st> crl, Bytes der)
    : crl_(std::move(crl)),
      der_(std::move(der)),
      this_update_(*internal::TimeFromAsn1(X509_CRL_get0_lastUpdate(crl_.get()))) {
  if (const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl_.get())) next_update_ = *internal::TimeFromAsn1(next);
}

Result<Crl> Crl::ParseDer(ByteSpan der) {
  const ErrorScope errors;
  constexpr std::size_t kMaximum = std::size_t{16} << 20;
  if (der.size() > kMaximum) return Error(ErrorCode::kLimit, "revocation list: over 16 MiB");
  const std::uint8_t* at = der.data();
  internal::OwnedCrl parsed(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (parsed == nullptr || at != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "revocation list: not one DER list");
  }
  TRY(internal::TimeFromAsn1(X509_CRL_get0_lastUpdate(parsed.get())));
  if (X509_CRL_get0_nextUpdate(parsed.get()) != nullptr) {
    TRY(internal::TimeFromAsn1(X509_CRL_get0_nextUpdate(parsed.get())));
  }
  return Crl({parsed.release(), X509_CRL_free}, ToBytes(der));
}

Result<Crl> Crl::ParsePem(std::string_view pem) {
  const ErrorScope errors;
  const internal::OwnedCrl parsed(
      PEM_read_bio_X509_CRL(internal::ReadBio(AsBytes(pem)).get(), nullptr, nullptr, nullptr));
  if (parsed == nullptr) return Error(ErrorCode::kMalformed, "revocation list: expected PEM with X509 CRL");
  return ParseDer(internal::ToDer(i2d_X509_CRL, static_cast<const X509_CRL*>(parsed.get())));
}

std::string Crl::IssuerCommonName() const { return CommonName(X509_CRL_get_issuer(crl_.get())); }
Bytes Crl::IssuerDer() const { return NameDer(X509_CRL_get_issuer(crl_.get())); }

std::optional<std::uint64_t> Crl::Number() const {
  const ErrorScope errors;
  const internal::OwnedAsn1Integer number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl_.get(), NID_crl_number, nullptr, nullptr)));
  std::uint64_t value = 0;
  if (number == nullptr || ASN1_INTEGER_get_uint64(&value, number.get()) != 1) return std::nullopt;
  return value;
}

Result<void> Crl::CheckValidity(Time now) const {
  const auto wrong = OutsideOf(this_update_, next_update_, now);
  if (wrong) return Error(ErrorCode::kExpired, "revocation list of \"" + IssuerCommonName() + "\"" + *wrong);
  return {};
}

Result<void> Crl::VerifySignedBy(const Certificate& issuer) const {
  const ErrorScope errors;
  X509* by = issuer.certificate_.get();
  EVP_PKEY* key = X509_get0_pubkey(by);
  const std::optional<KeyUsage> usage = issuer.Usage();
  if (X509_NAME_cmp(X509_CRL_get_issuer(crl_.get()), X509_get_subject_name(by)) != 0 || key == nullptr ||
      EVP_PKEY_get_security_bits(key) < kMinimumSecurityBits || (usage && !usage->crl_sign) ||
      X509_CRL_verify(crl_.get(), key) != 1) {
    return Error(ErrorCode::kUntrusted, "revocation list of \"" + IssuerCommonName() + "\": not signed by \"" +
                                            issuer.SubjectCommonName() + "\"");
  }
  return {};
}

bool Crl::IsRevoked(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  ASN1_INTEGER* serial = X509_get_serialNumber(certificate.certificate_.get());
  // 1 is revoked, 2 is "removed from the list", which only delta lists say; both count.
  return X509_CRL_get0_by_serial(crl_.get(), &entry, serial) != 0;
}

}  // namespace cloister::crypto
