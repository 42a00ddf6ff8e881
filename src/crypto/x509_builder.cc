#include "crypto/x509_builder.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "crypto/internal/x509.h"

namespace cloister::crypto {
namespace {

using internal::CertificateAccess;
using internal::ErrorScope;
using internal::KeyAccess;
using internal::OwnedX509;

constexpr std::size_t kMaximumSerial = 20;  // RFC 5280 §4.1.2.2

struct Attribute {
  std::string short_name;
  std::string value;
};

struct RawExtension {
  std::string oid;
  Bytes value;
  bool critical;
};

Error Usage(const std::string& what) { return Error(ErrorCode::kUsage, "certificate builder: " + what); }

Result<void> AddExtension(X509* certificate, const RawExtension& extension) {
  const internal::OwnedObject object = TRY(internal::ParseOid(extension.oid));
  const internal::OwnedOctets value(ASN1_OCTET_STRING_new());
  CHECK(value != nullptr);
  CHECK(ASN1_OCTET_STRING_set(value.get(), extension.value.data(), internal::ToInt(extension.value.size())) == 1);
  const internal::OwnedExtension made(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), extension.critical ? 1 : 0, value.get()));
  CHECK(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1);
  return {};
}

// `text` in OpenSSL's own notation for extensions; only ever made of our constants and of checked names.
Result<void> AddStandardExtension(X509* certificate, int nid, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const internal::OwnedExtension made(X509V3_EXT_conf_nid(nullptr, &context, nid, text.c_str()));
  if (made == nullptr) return Usage("cannot say " + text);
  CHECK(X509_add_ext(certificate, made.get(), -1) == 1);
  return {};
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '*' || c == ':' || c == '_';
  });
}

// Signs with the key's own algorithm and padding; X509_sign_ctx writes the AlgorithmIdentifier from them.
template <class T>
void SignWith(int (*sign)(T*, EVP_MD_CTX*), T* object, const SigningKey& key) {
  const internal::OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr && KeyAccess::StartSigning(context.get(), key));
  CHECK(sign(object, context.get()) > 0);
}

}  // namespace

struct CertificateBuilder::Fields {
  explicit Fields(const VerifyingKey& subject_key) : key(subject_key) {}
  Result<void> Fill(X509* certificate) const;
  Result<void> FillName(X509_NAME* name) const;
  Result<void> AddExtensions(X509* certificate) const;

  VerifyingKey key;
  std::string common_name;
  std::vector<Attribute> attributes;
  std::optional<std::pair<Time, Time>> validity;
  Bytes serial;
  bool authority = false;
  std::optional<unsigned> path_length;
  bool plain = false;
  std::string alternative_names;  // "DNS:a,IP:1.2.3.4"
  bool bad_name = false;
  std::vector<RawExtension> extensions;
};

Result<void> CertificateBuilder::Fields::FillName(X509_NAME* name) const {
  std::vector<Attribute> all = attributes;
  all.push_back({"CN", common_name});
  for (const Attribute& one : all) {
    const auto* value = reinterpret_cast<const unsigned char*>(one.value.data());
    if (X509_NAME_add_entry_by_txt(name, one.short_name.c_str(), MBSTRING_UTF8, value,
                                   internal::ToInt(one.value.size()), -1, 0) != 1) {
      return Usage("cannot name " + one.short_name + " so");
    }
  }
  return {};
}

Result<void> CertificateBuilder::Fields::AddExtensions(X509* certificate) const {
  if (authority) {
    const std::string length = path_length ? ",pathlen:" + std::to_string(*path_length) : "";
    TRY(AddStandardExtension(certificate, NID_basic_constraints, "critical,CA:TRUE" + length));
    TRY(AddStandardExtension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign"));
  } else if (!plain) {
    TRY(AddStandardExtension(certificate, NID_basic_constraints, "critical,CA:FALSE"));
    TRY(AddStandardExtension(certificate, NID_key_usage, "critical,digitalSignature"));
  }
  if (!alternative_names.empty()) {
    TRY(AddStandardExtension(certificate, NID_subject_alt_name, alternative_names));
    TRY(AddStandardExtension(certificate, NID_ext_key_usage, "serverAuth,clientAuth"));
  }
  for (const RawExtension& extension : extensions) TRY(AddExtension(certificate, extension));
  return {};
}

Result<void> CertificateBuilder::Fields::Fill(X509* certificate) const {
  if (common_name.empty()) return Usage("no commonName");
  if (bad_name) return Usage("a DNS name or address has characters that do not belong there");
  if (!validity) return Usage("no validity");
  const internal::OwnedAsn1Time from = internal::TimeToAsn1(validity->first);
  const internal::OwnedAsn1Time to = internal::TimeToAsn1(validity->second);
  if (from == nullptr || to == nullptr || validity->first > validity->second) {
    return Usage("validity out of order, or not within years 1950 to 9999");
  }
  Bytes number = serial;
  if (number.empty()) {
    const std::string moment = ToRfc3339(validity->first) + ToRfc3339(validity->second) + common_name;
    const Sha256Digest digest = Sha256Parts({key.SpkiDer(), AsBytes(moment)});
    number.assign(digest.begin(), digest.begin() + 16);
    number[0] = static_cast<std::uint8_t>((number[0] & 0x7F) | 0x40);  // positive, and always 16 bytes
  }
  if (number.size() > kMaximumSerial) return Usage("serial over 20 bytes");
  CHECK(X509_set_version(certificate, X509_VERSION_3) == 1);
  CHECK(X509_set_serialNumber(certificate, internal::NumberToAsn1(number).get()) == 1);
  CHECK(X509_set1_notBefore(certificate, from.get()) == 1 && X509_set1_notAfter(certificate, to.get()) == 1);
  CHECK(X509_set_pubkey(certificate, KeyAccess::Of(key)) == 1);
  TRY(FillName(X509_get_subject_name(certificate)));
  return AddExtensions(certificate);
}

CertificateBuilder::CertificateBuilder(const VerifyingKey& key) : fields_(std::make_unique<Fields>(key)) {}
CertificateBuilder::~CertificateBuilder() = default;
CertificateBuilder::CertificateBuilder(CertificateBuilder&&) noexcept = default;
CertificateBuilder& CertificateBuilder::operator=(CertificateBuilder&&) noexcept = default;

CertificateBuilder& CertificateBuilder::SubjectCommonName(std::string_view name) {
  fields_->common_name = name;
  return *this;
}

CertificateBuilder& CertificateBuilder::AddSubjectAttribute(std::string_view short_name, std::string_view value) {
  fields_->attributes.push_back({std::string(short_name), std::string(value)});
  return *this;
}

CertificateBuilder& CertificateBuilder::Validity(Time not_before, Time not_after) {
  fields_->validity = {not_before, not_after};
  return *this;
}

CertificateBuilder& CertificateBuilder::Serial(ByteSpan serial) {
  fields_->serial = ToBytes(serial);
  return *this;
}

CertificateBuilder& CertificateBuilder::CertificateAuthority(std::optional<unsigned> path_length) {
  fields_->authority = true;
  fields_->path_length = path_length;
  return *this;
}

CertificateBuilder& CertificateBuilder::Plain() {
  fields_->plain = true;
  return *this;
}

CertificateBuilder& CertificateBuilder::DnsName(std::string_view name) {
  fields_->bad_name = fields_->bad_name || !IsPlainName(name);
  fields_->alternative_names += (fields_->alternative_names.empty() ? "DNS:" : ",DNS:") + std::string(name);
  return *this;
}

CertificateBuilder& CertificateBuilder::IpAddress(std::string_view address) {
  fields_->bad_name = fields_->bad_name || !IsPlainName(address);
  fields_->alternative_names += (fields_->alternative_names.empty() ? "IP:" : ",IP:") + std::string(address);
  return *this;
}

CertificateBuilder& CertificateBuilder::Extension(std::string_view oid, Bytes value, bool critical) {
  fields_->extensions.push_back({std::string(oid), std::move(value), critical});
  return *this;
}

Result<Certificate> CertificateBuilder::SelfSign(const SigningKey& key) const {
  const ErrorScope errors;
  const OwnedX509 certificate(X509_new());
  CHECK(certificate != nullptr);
  TRY(fields_->Fill(certificate.get()));
  CHECK(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
  SignWith(X509_sign_ctx, certificate.get(), key);
  return Certificate::ParseDer(internal::ToDer(i2d_X509, static_cast<const X509*>(certificate.get())));
}

Result<Certificate> CertificateBuilder::Sign(const Certificate& issuer, const SigningKey& issuer_key) const {
  const ErrorScope errors;
  const OwnedX509 certificate(X509_new());
  CHECK(certificate != nullptr);
  TRY(fields_->Fill(certificate.get()));
  CHECK(X509_set_issuer_name(certificate.get(), X509_get_subject_name(CertificateAccess::Of(issuer))) == 1);
  SignWith(X509_sign_ctx, certificate.get(), issuer_key);
  return Certificate::ParseDer(internal::ToDer(i2d_X509, static_cast<const X509*>(certificate.get())));
}

Result<Certificate> MakeTlsCertificate(const SigningKey& key, std::span<const std::string> names, Time not_before,
                                       Time not_after) {
  if (names.empty()) return Usage("a TLS certificate needs a name");
  CertificateBuilder builder(key.Public());
  builder.SubjectCommonName(names[0].substr(0, 64)).Validity(not_before, not_after);
  for (const std::string& name : names) {
    const internal::OwnedOctets address(a2i_IPADDRESS(name.c_str()));
    if (address != nullptr) {
      builder.IpAddress(name);
    } else {
      builder.DnsName(name);
    }
  }
  return builder.SelfSign(key);
}

CrlBuilder& CrlBuilder::Updates(Time this_update, Time next_update) {
  updates_ = {this_update, next_update};
  return *this;
}

CrlBuilder& CrlBuilder::Number(std::uint64_t number) {
  number_ = number;
  return *this;
}

CrlBuilder& CrlBuilder::Revoke(ByteSpan serial, Time when) {
  revoked_.push_back({ToBytes(serial), when});
  return *this;
}

Result<Crl> CrlBuilder::Sign(const Certificate& issuer, const SigningKey& issuer_key) const {
  const ErrorScope errors;
  if (!updates_) return Error(ErrorCode::kUsage, "revocation list: Updates() was not called");
  const internal::OwnedAsn1Time from = internal::TimeToAsn1(updates_->first);
  const internal::OwnedAsn1Time to = internal::TimeToAsn1(updates_->second);
  if (from == nullptr || to == nullptr) return Error(ErrorCode::kUsage, "revocation list: time out of range");
  const internal::OwnedCrl crl(X509_CRL_new());
  CHECK(crl != nullptr && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1);
  CHECK(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(CertificateAccess::Of(issuer))) == 1);
  CHECK(X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1 && X509_CRL_set1_nextUpdate(crl.get(), to.get()) == 1);
  for (const Entry& entry : revoked_) {
    const internal::OwnedAsn1Time when = internal::TimeToAsn1(entry.when);
    if (when == nullptr) return Error(ErrorCode::kUsage, "revocation list: time out of range");
    X509_REVOKED* revoked = X509_REVOKED_new();
    CHECK(revoked != nullptr);
    CHECK(X509_REVOKED_set_serialNumber(revoked, internal::NumberToAsn1(entry.serial).get()) == 1);
    CHECK(X509_REVOKED_set_revocationDate(revoked, when.get()) == 1);
    CHECK(X509_CRL_add0_revoked(crl.get(), revoked) == 1);  // owned by the list now
  }
  const internal::OwnedAsn1Integer number(ASN1_INTEGER_new());
  CHECK(number != nullptr && ASN1_INTEGER_set_uint64(number.get(), number_) == 1);
  CHECK(X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, number.get(), 0, 0) == 1);
  CHECK(X509_CRL_sort(crl.get()) == 1);
  SignWith(X509_CRL_sign_ctx, crl.get(), issuer_key);
  return Crl::ParseDer(internal::ToDer(i2d_X509_CRL, static_cast<const X509_CRL*>(crl.get())));
}

}  // namespace cloister::crypto
