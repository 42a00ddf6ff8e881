#include "crypto/ocsp_builder.h"

#include "crypto/internal/ocsp.h"
#include "crypto/x509_builder.h"

namespace cloister::crypto {
namespace {

using internal::CertificateAccess;
using internal::KeyAccess;

const EVP_MD* IdHash(OcspIdHash hash) { return hash == OcspIdHash::kSha1 ? EVP_sha1() : EVP_sha384(); }

int StatusNumber(OcspStatus status) {
  return status == OcspStatus::kGood      ? V_OCSP_CERTSTATUS_GOOD
         : status == OcspStatus::kRevoked ? V_OCSP_CERTSTATUS_REVOKED
                                          : V_OCSP_CERTSTATUS_UNKNOWN;
}

// OCSP has GeneralizedTime in all years.
Result<internal::OwnedAsn1Time> GeneralizedTime(Time time) {
  internal::OwnedAsn1Time made = internal::TimeToAsn1(time);
  if (made == nullptr) return Error(ErrorCode::kUsage, "OCSP response: time out of range");
  ASN1_GENERALIZEDTIME* general = nullptr;
  CHECK(ASN1_TIME_to_generalizedtime(made.get(), &general) != nullptr);
  return internal::OwnedAsn1Time(general);
}

}  // namespace

Result<OcspResponse> MakeOcspResponse(const Certificate& certificate, const Certificate& issuer,
                                      const Certificate& responder, const SigningKey& key, const OcspAnswer& answer) {
  const internal::ErrorScope errors;
  const internal::OwnedOcspBasic basic(OCSP_BASICRESP_new());
  const internal::OwnedOcspId id(
      OCSP_cert_to_id(IdHash(answer.id_hash), CertificateAccess::Of(certificate), CertificateAccess::Of(issuer)));
  CHECK(basic != nullptr && id != nullptr);
  const internal::OwnedAsn1Time from = TRY(GeneralizedTime(answer.this_update));
  const internal::OwnedAsn1Time revoked = TRY(GeneralizedTime(answer.revoked_at));
  internal::OwnedAsn1Time to;
  if (answer.next_update) to = TRY(GeneralizedTime(*answer.next_update));
  CHECK(OCSP_basic_add1_status(basic.get(), id.get(), StatusNumber(answer.status), answer.reason.value_or(-1),
                               answer.status == OcspStatus::kRevoked ? revoked.get() : nullptr, from.get(),
                               to.get()) != nullptr);
  if (answer.nonce) {
    Bytes nonce = *answer.nonce;
    CHECK(OCSP_basic_add1_nonce(basic.get(), nonce.data(), internal::ToInt(nonce.size())) == 1);
  }
  const EVP_MD* md = internal::Md(key.algorithm());
  CHECK(OCSP_basic_sign(basic.get(), CertificateAccess::Of(responder), KeyAccess::Of(key), md, nullptr,
                        OCSP_RESPID_KEY | OCSP_NOTIME) == 1);
  const internal::OwnedOcspResponse outer(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  CHECK(outer != nullptr);
  return OcspResponse::ParseDer(internal::ToDer(i2d_OCSP_RESPONSE, static_cast<const OCSP_RESPONSE*>(outer.get())));
}

Result<Certificate> MakeOcspResponder(const VerifyingKey& key, std::string_view common_name, const Certificate& issuer,
                                      const SigningKey& issuer_key, Time not_before, Time not_after) {
  const Bytes ocsp_signing = {0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09};
  const Bytes null = {0x05, 0x00};
  return CertificateBuilder(key)
      .SubjectCommonName(common_name)
      .Validity(not_before, not_after)
      .Extension("2.5.29.37", ocsp_signing)
      .Extension("1.3.6.1.5.5.7.48.1.5", null)
      .Sign(issuer, issuer_key);
}

}  // namespace cloister::crypto
