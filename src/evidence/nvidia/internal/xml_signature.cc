#include "evidence/nvidia/internal/xml_signature.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <algorithm>
#include <memory>

namespace cloister::evidence::internal {
namespace {

constexpr std::size_t kMaximumText = std::size_t{1} << 20;
constexpr std::size_t kMaximumDepth = 8;
constexpr std::size_t kMaximumCertificates = 8;
constexpr std::string_view kSignatureSpace = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view kC14n11 = "http://www.w3.org/2006/12/xml-c14n11";
constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kEcdsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
constexpr std::string_view kSha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using OwnedDocument = std::unique_ptr<xmlDoc, FreeDocument>;
struct FreeContext {
  void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using OwnedContext = std::unique_ptr<xmlSecDSigCtx, FreeContext>;

// Both libraries keep global state: made once for the process, at first use, and never torn down.
void InitializeOnce() {
  static const bool ready = [] {
    xmlInitParser();
    CHECK(xmlSecInit() >= 0 && xmlSecCheckVersion() == 1);
    CHECK(xmlSecCryptoAppInit(nullptr) >= 0 && xmlSecCryptoInit() >= 0);
    // Reasons go to our callers, not to stderr.
    xmlSecErrorsDefaultCallbackEnableOutput(0);
    return true;
  }();
  CHECK(ready);
}

// libxml2 writes to stderr unless told otherwise, and keeps what it is told for each thread.
void Silence() {
  xmlSetStructuredErrorFunc(nullptr, [](void*, xmlErrorPtr) {});
}

Error Unsupported(const std::string& what) { return Error(ErrorCode::kUnsupported, "signed XML: " + what); }
Error Malformed(const std::string& what) { return Error(ErrorCode::kMalformed, "signed XML: " + what); }

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

bool IsSpace(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

// Rules on the bytes themselves, which hold whatever a parser makes of them. In UTF-8, '<', '!', '?' and '&' stand for
// themselves alone; the parser below is told that it is UTF-8.
Result<void> CheckText(std::string_view text) {
  if (text.size() > kMaximumText) return Error(ErrorCode::kLimit, "signed XML: over 1 MiB");
  if (text.find('\0') != text.npos) return Malformed("a NUL");
  if (text.find("<!") != text.npos) return Unsupported("a document type, comment or CDATA section");
  if (text.find('&') != text.npos) return Unsupported("a reference");
  const std::size_t declaration = text.starts_with("<?xml ") ? 2 : 0;
  if (text.find("<?", declaration) != text.npos) return Unsupported("a processing instruction");
  return {};
}

Result<OwnedDocument> Parse(std::string_view text) {
  InitializeOnce();
  Silence();
  TRY(CheckText(text));
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  OwnedDocument document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", kOptions));
  if (document == nullptr) return Malformed("not well-formed");
  const xmlNode* root = xmlDocGetRootElement(document.get());
  if (root == nullptr || document->intSubset != nullptr || document->children != root || root->next != nullptr) {
    return Malformed("expected one element alone");
  }
  return document;
}

std::string SpaceOf(const xmlNs* space) { return space == nullptr ? std::string() : std::string(View(space->href)); }

bool Is(const xmlNode* node, std::string_view name) {
  return View(node->name) == name && SpaceOf(node->ns) == kSignatureSpace;
}

bool IsSignature(const xmlNode* node) { return node->type == XML_ELEMENT_NODE && Is(node, "Signature"); }

Result<XmlAttribute> ReadAttribute(const xmlAttr* attribute) {
  const xmlNode* value = attribute->children;
  if (value != nullptr && (value->type != XML_TEXT_NODE || value->next != nullptr)) {
    return Unsupported("an attribute that is not plain text");
  }
  return XmlAttribute{SpaceOf(attribute->ns), std::string(View(attribute->name)),
                      std::string(value == nullptr ? std::string_view() : View(value->content))};
}

// All of `node` but the root's own Signature, which the caller reads; text may only be space between elements.
Result<XmlElement> ReadElement(const xmlNode* node, std::size_t depth) {
  if (depth > kMaximumDepth) return Error(ErrorCode::kLimit, "signed XML: elements nested more than 8 deep");
  XmlElement element{SpaceOf(node->ns), std::string(View(node->name)), {}, {}};
  for (const xmlAttr* one = node->properties; one != nullptr; one = one->next) {
    element.attributes.push_back(TRY(ReadAttribute(one)));
  }
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE && IsSpace(View(child->content))) continue;
    if (child->type != XML_ELEMENT_NODE) return Unsupported("text within " + element.name);
    if (IsSignature(child) && depth == 1) continue;
    if (SpaceOf(child->ns) == kSignatureSpace) return Unsupported("a part of a signature where none belongs");
    element.children.push_back(TRY(ReadElement(child, depth + 1)));
  }
  return element;
}

// The root's one Signature, which is its last element.
Result<xmlNode*> FindSignature(const xmlNode* root) {
  xmlNode* last = xmlLastElementChild(const_cast<xmlNode*>(root));
  if (last == nullptr || !IsSignature(last)) return Malformed("expected a Signature as the root's last element");
  for (const xmlNode* child = root->children; child != nullptr; child = child->next) {
    if (child != last && IsSignature(child)) return Unsupported("more than one Signature");
  }
  return last;
}

// The elements of `parent`, which must be exactly `names` of XML-DSig.
Result<std::vector<const xmlNode*>> Children(const xmlNode* parent, std::initializer_list<std::string_view> names) {
  std::vector<const xmlNode*> found;
  for (const xmlNode* child = parent->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE && IsSpace(View(child->content))) continue;
    if (child->type != XML_ELEMENT_NODE || found.size() == names.size() || !Is(child, names.begin()[found.size()])) {
      return Unsupported("another form of " + std::string(View(parent->name)));
    }
    found.push_back(child);
  }
  if (found.size() != names.size()) return Unsupported("another form of " + std::string(View(parent->name)));
  return found;
}

// `node` has exactly the attribute `name` with `value`, and if it is an algorithm, no parameters.
Result<void> ExpectOnly(const xmlNode* node, std::string_view name, std::string_view value) {
  const xmlAttr* attribute = node->properties;
  if (attribute == nullptr || attribute->next != nullptr) return Unsupported("attributes of " + std::string(View(node->name)));
  const XmlAttribute read = TRY(ReadAttribute(attribute));
  if (!read.space.empty() || read.name != name || read.value != value) {
    return Unsupported("another " + std::string(View(node->name)));
  }
  return {};
}

Result<void> ExpectAlgorithm(const xmlNode* node, std::string_view algorithm) {
  TRY(Children(node, {}));
  return ExpectOnly(node, "Algorithm", algorithm);
}

Result<void> ExpectPlain(const xmlNode* node) {
  if (node->properties != nullptr) return Unsupported("attributes of " + std::string(View(node->name)));
  return {};
}

Result<std::string> TextOf(const xmlNode* node) {
  TRY(ExpectPlain(node));
  const xmlNode* text = node->children;
  if (text == nullptr || text->type != XML_TEXT_NODE || text->next != nullptr) {
    return Malformed("expected text alone in " + std::string(View(node->name)));
  }
  return std::string(View(text->content));
}

Result<void> CheckReference(const xmlNode* reference) {
  TRY(ExpectOnly(reference, "URI", ""));
  const auto parts = TRY(Children(reference, {"Transforms", "DigestMethod", "DigestValue"}));
  TRY(ExpectPlain(parts[0]));
  const auto transforms = TRY(Children(parts[0], {"Transform", "Transform"}));
  TRY(ExpectAlgorithm(transforms[0], kEnveloped));
  TRY(ExpectAlgorithm(transforms[1], kC14n11));
  TRY(ExpectAlgorithm(parts[1], kSha384));
  TRY(TextOf(parts[2]));
  return {};
}

Result<std::vector<crypto::Certificate>> ReadCertificates(const xmlNode* key_info) {
  TRY(ExpectPlain(key_info));
  const xmlNode* data = TRY(Children(key_info, {"X509Data"}))[0];
  TRY(ExpectPlain(data));
  std::vector<crypto::Certificate> certificates;
  for (const xmlNode* child = data->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE && IsSpace(View(child->content))) continue;
    if (child->type != XML_ELEMENT_NODE || !Is(child, "X509Certificate")) return Unsupported("another form of X509Data");
    if (certificates.size() == kMaximumCertificates) return Error(ErrorCode::kLimit, "signed XML: over 8 certificates");
    std::string base64 = TRY(TextOf(child));
    std::erase_if(base64, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    const Bytes der = TRY_WITH("X509Certificate", FromBase64(base64));
    certificates.push_back(TRY(crypto::Certificate::ParseDer(der)));
  }
  if (certificates.empty()) return Malformed("no certificate");
  return certificates;
}

// Everything that the signature says about itself, before any library acts upon it.
Result<std::vector<crypto::Certificate>> CheckForm(const xmlNode* signature) {
  TRY(ExpectPlain(signature));
  const auto parts = TRY(Children(signature, {"SignedInfo", "SignatureValue", "KeyInfo"}));
  TRY(ExpectPlain(parts[0]));
  const auto info = TRY(Children(parts[0], {"CanonicalizationMethod", "SignatureMethod", "Reference"}));
  TRY(ExpectAlgorithm(info[0], kC14n11));
  TRY(ExpectAlgorithm(info[1], kEcdsaSha384));
  TRY(CheckReference(info[2]));
  TRY(TextOf(parts[1]));
  return ReadCertificates(parts[2]);
}

// A context that takes only what CheckForm has let through, with a key that was chosen beforehand.
OwnedContext MakeContext(ByteSpan key_pem) {
  OwnedContext context(xmlSecDSigCtxCreate(nullptr));
  CHECK(context != nullptr);
  context->signKey = xmlSecCryptoAppKeyLoadMemory(key_pem.data(), static_cast<xmlSecSize>(key_pem.size()),
                                                  xmlSecKeyDataFormatPem, nullptr, nullptr, nullptr);
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
  for (const xmlSecTransformId id : {xmlSecTransformEnvelopedId, xmlSecTransformInclC14N11Id, xmlSecTransformSha384Id}) {
    CHECK(xmlSecDSigCtxEnableReferenceTransform(context.get(), id) >= 0);
  }
  for (const xmlSecTransformId id : {xmlSecTransformInclC14N11Id, xmlSecTransformEcdsaSha384Id}) {
    CHECK(xmlSecDSigCtxEnableSignatureTransform(context.get(), id) >= 0);
  }
  return context;
}

Result<void> CheckSignature(xmlNode* signature, const crypto::Certificate& signer) {
  const auto key = TRY_WITH("signed XML", signer.PublicKey(crypto::SignatureAlgorithm::kEs384));
  const OwnedContext context = MakeContext(AsBytes(key.SpkiPem()));
  if (context->signKey == nullptr) return Error(ErrorCode::kInternal, "signed XML: key was not taken");
  if (xmlSecDSigCtxVerify(context.get(), signature) < 0 || context->status != xmlSecDSigStatusSucceeded ||
      xmlSecPtrListGetSize(&context->signedInfoReferences) != 1 ||
      xmlSecPtrListGetSize(&context->manifestReferences) != 0) {
    return Error(ErrorCode::kUntrusted, "signed XML: its signature does not hold");
  }
  return {};
}

std::string SignatureTemplate(std::span<const crypto::Certificate> certificates) {
  std::string data;
  for (const crypto::Certificate& one : certificates) {
    data += "<ds:X509Certificate>" + ToBase64(one.Der()) + "</ds:X509Certificate>";
  }
  const auto element = [](std::string_view name, std::string_view algorithm) {
    return "<ds:" + std::string(name) + " Algorithm=\"" + std::string(algorithm) + "\"/>";
  };
  return "<ds:Signature xmlns:ds=\"" + std::string(kSignatureSpace) + "\"><ds:SignedInfo>" +
         element("CanonicalizationMethod", kC14n11) + element("SignatureMethod", kEcdsaSha384) +
         "<ds:Reference URI=\"\"><ds:Transforms>" + element("Transform", kEnveloped) + element("Transform", kC14n11) +
         "</ds:Transforms>" + element("DigestMethod", kSha384) +
         "<ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>"
         "<ds:KeyInfo><ds:X509Data>" + data + "</ds:X509Data></ds:KeyInfo></ds:Signature>";
}

}  // namespace

const std::string* XmlElement::Find(std::string_view wanted_space, std::string_view wanted_name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const XmlAttribute& one) {
    return one.space == wanted_space && one.name == wanted_name;
  });
  return found == attributes.end() ? nullptr : &found->value;
}

Result<SignedXml> VerifySignedXml(ByteSpan text) {
  const OwnedDocument document = TRY(Parse(AsText(text)));
  const xmlNode* root = xmlDocGetRootElement(document.get());
  xmlNode* signature = TRY(FindSignature(root));
  std::vector<crypto::Certificate> certificates = TRY(CheckForm(signature));
  TRY(CheckSignature(signature, certificates.front()));
  XmlElement element = TRY(ReadElement(root, 1));
  return SignedXml{std::move(element), std::move(certificates)};
}

Result<std::string> SignXml(std::string_view text, const crypto::SigningKey& key,
                            std::span<const crypto::Certificate> certificates) {
  const std::size_t end = text.rfind("</");
  if (end == text.npos) return Malformed("expected an element to sign");
  const std::string whole =
      std::string(text.substr(0, end)) + SignatureTemplate(certificates) + std::string(text.substr(end));
  const OwnedDocument document = TRY(Parse(whole));
  xmlNode* signature = TRY(FindSignature(xmlDocGetRootElement(document.get())));
  const SecretBytes pem = key.ToPem();
  const OwnedContext context = MakeContext(pem.ExposeSecret());
  if (context->signKey == nullptr || xmlSecDSigCtxSign(context.get(), signature) < 0) {
    return Error(ErrorCode::kInternal, "signed XML: could not sign");
  }
  xmlChar* written = nullptr;
  int size = 0;
  xmlDocDumpMemoryEnc(document.get(), &written, &size, "UTF-8");
  CHECK(written != nullptr);
  const std::string signed_text(reinterpret_cast<const char*>(written), static_cast<std::size_t>(size));
  xmlFree(written);
  return signed_text;
}

}  // namespace cloister::evidence::internal
