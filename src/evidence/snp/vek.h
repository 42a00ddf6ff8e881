// Certificates of the keys that sign SNP reports: VCEK (of one chip) and VLEK (of a cloud provider), AMD 57230.
#pragma once

#include "crypto/x509.h"
#include "evidence/snp/certificate_table.h"
#include "evidence/snp/report.h"

namespace cloister::evidence {

enum class SnpVekType { kVcek, kVlek };

// What such a certificate says beyond X.509; extensions under 1.3.6.1.4.1.3704.1.
struct SnpVek {
  SnpVekType type;
  SnpProduct product;
  std::string product_name;  // such as "Milan-B0"
  unsigned struct_version;
  SnpTcb tcb;               // the versions that this key was derived for
  Bytes hwid;               // VCEK: 64 bytes, on Turin 8
  std::string csp_id;       // VLEK
  crypto::VerifyingKey key;  // ECDSA P-384
};

// Reads the extensions and the key; who made the certificate has not been looked at.
// kMalformed: an extension is missing, there twice, or not of its form; neither or both of HWID and CSP id.
// kUnsupported: another kind of key or processor line.
Result<SnpVek> ReadSnpVekFromUnverified(const crypto::Certificate& certificate);

// Which of a chain's certificates `der` is, for chains that came without saying so: a VEK by its extensions, an ARK where it names
// itself as issuer, else an ASK. A guess for the chain's verification to check. kMalformed: no certificate.
Result<SnpCertificate> ClassifySnpCertificate(Bytes der);

}  // namespace cloister::evidence
