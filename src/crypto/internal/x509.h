// What x509.cc and x509_builder.cc share.
#pragma once

#include <openssl/x509.h>

#include "base/time.h"
#include "crypto/internal/openssl.h"
#include "crypto/x509.h"

namespace cloister::crypto::internal {

using OwnedX509 = Owned<X509, X509_free>;
using OwnedCrl = Owned<X509_CRL, X509_CRL_free>;
using OwnedAsn1Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using OwnedAsn1Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using OwnedObject = Owned<ASN1_OBJECT, ASN1_OBJECT_free>;
using OwnedOctets = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using OwnedExtension = Owned<X509_EXTENSION, X509_EXTENSION_free>;

struct CertificateAccess {
  static X509* Of(const Certificate& certificate) { return certificate.certificate_.get(); }
};

// kMalformed: not the form of RFC 5280 §4.1.2.5.
Result<Time> TimeFromAsn1(const ASN1_TIME* time);
// UTCTime to 2049, GeneralizedTime from 2050; nullptr outside years 1950 to 9999.
OwnedAsn1Time TimeToAsn1(Time time);
Bytes NumberFromAsn1(const ASN1_INTEGER* number);
OwnedAsn1Integer NumberToAsn1(ByteSpan number);
// kUsage: not a dotted OID.
Result<OwnedObject> ParseOid(const std::string& oid);

}  // namespace cloister::crypto::internal
