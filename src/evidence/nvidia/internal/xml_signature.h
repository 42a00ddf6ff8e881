// Enveloped XML signatures as NVIDIA's reference manifests have them, and nothing else of XML. The one place that knows
// libxml2 and xmlsec.
#pragma once

#include "crypto/x509.h"

namespace cloister::evidence::internal {

struct XmlAttribute {
  std::string space, name, value;  // namespace URI, local name
};

// An element without its text.
struct XmlElement {
  std::string space, name;
  std::vector<XmlAttribute> attributes;
  std::vector<XmlElement> children;
  // nullptr: no such attribute. `space` is empty for attributes without a prefix.
  const std::string* Find(std::string_view space, std::string_view name) const;
};

struct SignedXml {
  XmlElement root;                                // without the Signature
  std::vector<crypto::Certificate> certificates;  // of X509Data, in their order; not verified
};

// Reads `text` once and checks its signature with the key of the first certificate in it. Success proves that the holder of
// that key signed all of `root`; the caller verifies the certificates before using anything.
// Accepted is exactly: UTF-8, at most 1 MiB; no document type, comments, CDATA, references or processing instructions; one
// Signature, a child of the root and its last; SignedInfo with C14N 1.1, ecdsa-sha384 and one Reference to "" whose transforms
// are enveloped-signature and C14N 1.1, digest sha384; KeyInfo with one X509Data of 1 to 8 X509Certificates.
// Errors: kMalformed, kLimit, kUnsupported (other algorithms or forms), kUntrusted (signature).
Result<SignedXml> VerifySignedXml(ByteSpan text);

// SIMULATED signers only: `text`, an element ending in "</name>", with such a signature by `key` put before its end.
// `certificates`: leaf first. kMalformed: not well-formed.
Result<std::string> SignXml(std::string_view text, const crypto::SigningKey& key,
                            std::span<const crypto::Certificate> certificates);

}  // namespace cloister::evidence::internal
