// Making OCSP responses: for simulators of other people's certificate authorities.
#pragma once

#include "crypto/ocsp.h"

namespace cloister::crypto {

enum class OcspIdHash { kSha1, kSha384 };

// What a responder says about one certificate.
struct OcspAnswer {
  OcspStatus status = OcspStatus::kGood;
  std::optional<int> reason = std::nullopt;  // of kRevoked
  Time this_update;
  std::optional<Time> next_update;
  std::optional<Bytes> nonce = std::nullopt;
  OcspIdHash id_hash = OcspIdHash::kSha384;
  Time revoked_at = {};
};

// `responder` (which may be `issuer` itself) signs with `key`; its certificate is put into the response.
// kUsage: times outside years 1950 to 9999.
Result<OcspResponse> MakeOcspResponse(const Certificate& certificate, const Certificate& issuer,
                                      const Certificate& responder, const SigningKey& key, const OcspAnswer& answer);

// A certificate for `key` that makes its holder a responder of `issuer`, with id-pkix-ocsp-nocheck.
Result<Certificate> MakeOcspResponder(const VerifyingKey& key, std::string_view common_name, const Certificate& issuer,
                                      const SigningKey& issuer_key, Time not_before, Time not_after);

}  // namespace cloister::crypto
