#include "crypto/ocsp.h"

#include "crypto/internal/ocsp.h"

namespace cloister::crypto {
namespace {

using internal::CertificateAccess;
using internal::ErrorScope;
using internal::OcspAccess;

constexpr std::size_t kMaximumResponse = 64 * 1024;
constexpr int kMaximumCertificates = 8;
constexpr int kMinimumSecurityBits = 112;
constexpr int kMinimumDigest = 32;  // bytes

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeStack>;

Error Untrusted(const std::string& what) { return Error(ErrorCode::kUntrusted, "OCSP response: " + what); }

// What we don't know and must not ignore (RFC 5280 §4.2). The nonce is never critical.
Result<void> RefuseCriticalExtensions(OCSP_BASICRESP* basic, const OCSP_SINGLERESP* single) {
  const bool critical = OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0 ||
                        OCSP_SINGLERESP_get_ext_by_critical(const_cast<OCSP_SINGLERESP*>(single), 1, -1) >= 0;
  if (critical) return Error(ErrorCode::kUnsupported, "OCSP response: a critical extension");
  return {};
}

Result<Time> TimeOf(const ASN1_GENERALIZEDTIME* time) { return internal::TimeFromAsn1(time); }

Result<std::vector<Certificate>> CertificatesOf(OCSP_BASICRESP* basic) {
  const STACK_OF(X509)* stack = OCSP_resp_get0_certs(basic);
  const int count = stack == nullptr ? 0 : sk_X509_num(stack);
  if (count > kMaximumCertificates) return Error(ErrorCode::kLimit, "OCSP response: more than 8 certificates");
  std::vector<Certificate> certificates;
  for (int i = 0; i < count; ++i) {
    const X509* one = sk_X509_value(stack, i);
    certificates.push_back(TRY(Certificate::ParseDer(internal::ToDer(i2d_X509, one))));
  }
  return certificates;
}

Result<internal::OwnedOcspBasic> ParseBasic(ByteSpan der) {
  const std::uint8_t* at = der.data();
  const internal::OwnedOcspResponse outer(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (outer == nullptr || at != der.data() + der.size()) {
    return Error(ErrorCode::kMalformed, "OCSP response: not one DER response");
  }
  const int answered = OCSP_response_status(outer.get());
  if (answered != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return Error(ErrorCode::kUnavailable, std::string("OCSP response: the responder says ") +
                                              OCSP_response_status_str(answered));
  }
  internal::OwnedOcspBasic basic(OCSP_response_get1_basic(outer.get()));
  if (basic == nullptr) return Error(ErrorCode::kUnsupported, "OCSP response: expected the basic type");
  const int count = OCSP_resp_count(basic.get());
  if (count != 1) {
    return Error(ErrorCode::kUnsupported, "OCSP response: expected one certificate's status, got " + std::to_string(count));
  }
  return basic;
}

// Checks the signature with the key of `signer`, which must be whom the response names.
Result<void> CheckSignature(const OcspResponse& response, const Certificate& signer) {
  OCSP_BASICRESP* basic = OcspAccess::Of(response);
  int digest = NID_undef;
  const int algorithm = OBJ_obj2nid(OCSP_resp_get0_tbs_sigalg(basic)->algorithm);
  const EVP_MD* md = OBJ_find_sigid_algs(algorithm, &digest, nullptr) == 1 ? EVP_get_digestbynid(digest) : nullptr;
  EVP_PKEY* key = X509_get0_pubkey(CertificateAccess::Of(signer));
  if (md == nullptr || EVP_MD_get_size(md) < kMinimumDigest || key == nullptr ||
      EVP_PKEY_get_security_bits(key) < kMinimumSecurityBits) {
    return Untrusted("signature algorithm or key too weak");
  }
  const BorrowedStack signers(sk_X509_new_null());
  CHECK(signers != nullptr && sk_X509_push(signers.get(), CertificateAccess::Of(signer)) > 0);
  // No chain is built here: whom to trust is decided by our own rules.
  if (OCSP_basic_verify(basic, signers.get(), nullptr, OCSP_NOINTERN | OCSP_NOVERIFY) != 1) {
    return Untrusted("signature of \"" + signer.SubjectCommonName() + "\" does not hold");
  }
  return {};
}

bool NamesResponder(const OcspResponse& response, const Certificate& certificate) {
  const ASN1_OCTET_STRING* key_hash = nullptr;
  const X509_NAME* name = nullptr;
  if (OCSP_resp_get0_id(OcspAccess::Of(response), &key_hash, &name) != 1) return false;
  X509* x509 = CertificateAccess::Of(certificate);
  if (name != nullptr) return X509_NAME_cmp(name, X509_get_subject_name(x509)) == 0;
  // RFC 6960 §4.2.1 has SHA-1 here; it only finds the certificate.
  std::uint8_t hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  return X509_pubkey_digest(x509, EVP_sha1(), hash, &size) == 1 &&
         Equal({hash, size}, {ASN1_STRING_get0_data(key_hash), static_cast<std::size_t>(ASN1_STRING_length(key_hash))});
}

// RFC 6960 §4.2.2.2.1: an extension. NVIDIA's device responders have it among the extended key usages instead.
bool WaivesItsRevocation(X509* responder) {
  if (X509_get_ext_by_NID(responder, NID_id_pkix_OCSP_noCheck, -1) >= 0) return true;
  const internal::Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(responder, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; usages != nullptr && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    if (OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i)) == NID_id_pkix_OCSP_noCheck) return true;
  }
  return false;
}

// RFC 6960 §4.2.2.2: the issuer itself, or whom it delegated. `validity` shrinks to the responder's certificate.
Result<void> CheckResponder(const OcspResponse& response, const Certificate& issuer, Time now, OcspValidity& validity) {
  if (NamesResponder(response, issuer)) return CheckSignature(response, issuer);
  for (const Certificate& responder : response.Certificates()) {
    if (!NamesResponder(response, responder)) continue;
    TRY_WITH("OCSP responder", responder.VerifySignedBy(issuer));
    TRY_WITH("OCSP responder", responder.CheckValidity(now));
    X509* x509 = CertificateAccess::Of(responder);
    const bool for_ocsp = (X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) != 0 &&
                          (X509_get_extended_key_usage(x509) & XKU_OCSP_SIGN) != 0;
    const std::optional<KeyUsage> usage = responder.Usage();
    if (!for_ocsp || (usage && !usage->digital_signature)) {
      return Untrusted("its issuer did not make \"" + responder.SubjectCommonName() + "\" a responder");
    }
    if (!WaivesItsRevocation(x509)) {
      return Untrusted("the responder's own revocation would have to be checked");
    }
    validity.from = std::max(validity.from, responder.NotBefore());
    validity.to = std::min(validity.to, responder.NotAfter());
    return CheckSignature(response, responder);
  }
  return Untrusted("neither the issuer \"" + issuer.SubjectCommonName() + "\" nor a responder of its signed it");
}

// That it is about `certificate` of `issuer`, by both hashes of the issuer and the serial number.
Result<void> CheckSubject(const OcspResponse& response, const Certificate& certificate, const Certificate& issuer) {
  const OCSP_CERTID* id = OCSP_SINGLERESP_get0_id(OcspAccess::SingleOf(response));
  ASN1_OBJECT* hash = nullptr;
  OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
  const int nid = OBJ_obj2nid(hash);
  // SHA-1 only says which issuer is meant (RFC 6960 has it for all responders); the signature is what counts.
  if (nid != NID_sha1 && nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512) {
    return Error(ErrorCode::kUnsupported, "OCSP response: hash of the certificate's id");
  }
  const internal::OwnedOcspId expected(OCSP_cert_to_id(EVP_get_digestbynid(nid), CertificateAccess::Of(certificate),
                                                       CertificateAccess::Of(issuer)));
  CHECK(expected != nullptr);
  if (OCSP_id_cmp(id, expected.get()) != 0) {
    return Error(ErrorCode::kMismatch, "OCSP response: it is about another certificate than \"" +
                                           certificate.SubjectCommonName() + "\"");
  }
  return {};
}

Result<OcspValidity> CheckTimes(const OcspResponse& response, Time now) {
  const std::optional<Time> next = response.NextUpdate();
  if (now < response.ThisUpdate() || !next || now > *next) {
    return Error(ErrorCode::kExpired, "OCSP response: valid from " + ToRfc3339(response.ThisUpdate()) + " to " +
                                          (next ? ToRfc3339(*next) : "an unknown time") + ", now " + ToRfc3339(now));
  }
  return OcspValidity{response.ThisUpdate(), *next};
}

}  // namespace

std::string_view OcspStatusName(OcspStatus status) {
  switch (status) {
    case OcspStatus::kGood:
      return "good";
    case OcspStatus::kRevoked:
      return "revoked";
    case OcspStatus::kUnknown:
      return "unknown";
  }
  CHECK(false);
}

Result<OcspResponse> OcspResponse::ParseDer(ByteSpan der) {
  const ErrorScope errors;
  if (der.size() > kMaximumResponse) return Error(ErrorCode::kLimit, "OCSP response: over 64 KiB");
  internal::OwnedOcspBasic basic = TRY(ParseBasic(der));
  OcspResponse response;
  OCSP_SINGLERESP* single = OCSP_resp_get0(basic.get(), 0);
  TRY(RefuseCriticalExtensions(basic.get(), single));
  int reason = -1;
  ASN1_GENERALIZEDTIME *this_update = nullptr, *next_update = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, nullptr, &this_update, &next_update);
  response.status_ = status == V_OCSP_CERTSTATUS_GOOD      ? OcspStatus::kGood
                     : status == V_OCSP_CERTSTATUS_REVOKED ? OcspStatus::kRevoked
                                                           : OcspStatus::kUnknown;
  if (reason >= 0) response.reason_ = reason;
  if (this_update == nullptr) return Error(ErrorCode::kMalformed, "OCSP response: no thisUpdate");
  response.this_update_ = TRY_WITH("OCSP response", TimeOf(this_update));
  if (next_update != nullptr) response.next_update_ = TRY_WITH("OCSP response", TimeOf(next_update));
  response.certificates_ = TRY_WITH("OCSP response", CertificatesOf(basic.get()));
  response.response_ = {basic.release(), OCSP_BASICRESP_free};
  response.der_ = ToBytes(der);
  return response;
}

Bytes OcspResponse::Serial() const {
  ASN1_INTEGER* serial = nullptr;
  const OCSP_CERTID* id = OCSP_SINGLERESP_get0_id(OcspAccess::SingleOf(*this));
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, const_cast<OCSP_CERTID*>(id));
  return internal::NumberFromAsn1(serial);
}

std::optional<Bytes> OcspResponse::Nonce() const {
  const int at = OCSP_BASICRESP_get_ext_by_NID(response_.get(), NID_id_pkix_OCSP_Nonce, -1);
  if (at < 0) return std::nullopt;
  // RFC 8954: an OCTET STRING within the extension's own; older responders leave the inner one out.
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(response_.get(), at));
  const std::uint8_t* data = ASN1_STRING_get0_data(value);
  const Bytes outer(data, data + ASN1_STRING_length(value));
  if (outer.size() >= 2 && outer[0] == 0x04 && outer[1] == outer.size() - 2) return Bytes(outer.begin() + 2, outer.end());
  return outer;
}

Result<OcspValidity> VerifyNotRevoked(const Certificate& certificate, const Certificate& issuer,
                                      const OcspResponse& response, const std::optional<Bytes>& nonce, Time now) {
  const ErrorScope errors;
  TRY(certificate.VerifySignedBy(issuer));
  TRY(CheckSubject(response, certificate, issuer));
  OcspValidity validity = TRY(CheckTimes(response, now));
  TRY(CheckResponder(response, issuer, now, validity));
  if (nonce && response.Nonce() != nonce) {
    return Error(ErrorCode::kMismatch, "OCSP response: its nonce is not the one that was sent");
  }
  if (response.status() == OcspStatus::kRevoked) {
    const bool hold = response.revocation_reason() == kCertificateHold;
    return Error(ErrorCode::kRevoked, "certificate \"" + certificate.SubjectCommonName() + "\": " +
                                          (hold ? "put on hold" : "revoked") + " by its issuer");
  }
  if (response.status() != OcspStatus::kGood) {
    return Untrusted("its issuer does not know \"" + certificate.SubjectCommonName() + "\"");
  }
  return validity;
}

Result<Certificate> CheckOcspSignatureOnly(const OcspResponse& response) {
  const ErrorScope errors;
  for (const Certificate& responder : response.Certificates()) {
    if (!NamesResponder(response, responder)) continue;
    TRY(CheckSignature(response, responder));
    return responder;
  }
  return Untrusted("it has no certificate of its responder");
}

}  // namespace cloister::crypto
