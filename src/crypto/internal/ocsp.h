// What ocsp.cc and ocsp_builder.cc share.
#pragma once

#include <openssl/ocsp.h>

#include "crypto/internal/x509.h"
#include "crypto/ocsp.h"

namespace cloister::crypto::internal {

using OwnedOcspResponse = Owned<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using OwnedOcspBasic = Owned<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OwnedOcspId = Owned<OCSP_CERTID, OCSP_CERTID_free>;

struct OcspAccess {
  static OCSP_BASICRESP* Of(const OcspResponse& response) { return response.response_.get(); }
  static const OCSP_SINGLERESP* SingleOf(const OcspResponse& response) { return OCSP_resp_get0(Of(response), 0); }
};

}  // namespace cloister::crypto::internal
