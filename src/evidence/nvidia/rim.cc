#include "evidence/nvidia/rim.h"

#include <algorithm>
#include <charconv>

#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/internal/xml_signature.h"

namespace cloister::evidence {
namespace {

using internal::XmlAttribute;
using internal::XmlElement;

constexpr std::string_view kSwid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
constexpr std::string_view kHash = "http://www.w3.org/2001/04/xmlenc#sha384";
constexpr std::size_t kMaximumCertificates = 6;
constexpr unsigned kMaximumAlternatives = 64, kMaximumSize = 64;
constexpr std::size_t kMaximumText = 256;

Error Malformed(const std::string& what) { return Error(ErrorCode::kMalformed, "NVIDIA RIM: " + what); }

Result<std::string> TextOf(const XmlElement& element, std::string_view name) {
  const std::string* value = element.Find("", name);
  if (value == nullptr || value->empty() || value->size() > kMaximumText) {
    return Malformed(element.name + " has no attribute " + std::string(name) + ", or one over 256 bytes");
  }
  return *value;
}

Result<unsigned> NumberOf(const XmlElement& element, std::string_view name, unsigned most) {
  const std::string text = TRY(TextOf(element, name));
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) {
    return Malformed(std::string(name) + ": expected a number of at most " + std::to_string(most));
  }
  return value;
}

Result<bool> IsActive(const XmlElement& resource) {
  const std::string text = TRY(TextOf(resource, "active"));
  if (text != "True" && text != "False") return Malformed("active: expected True or False");
  return text == "True";
}

// Hash0, Hash1, … of `size` bytes each, and no other.
Result<std::vector<Bytes>> ReadAlternatives(const XmlElement& resource) {
  const unsigned count = TRY(NumberOf(resource, "alternatives", kMaximumAlternatives));
  const unsigned size = TRY(NumberOf(resource, "size", kMaximumSize));
  const auto hashes = std::count_if(resource.attributes.begin(), resource.attributes.end(),
                                    [](const XmlAttribute& one) { return one.space == kHash; });
  if (count == 0 || static_cast<std::size_t>(hashes) != count) {
    return Malformed("alternatives says " + std::to_string(count) + ", there are " + std::to_string(hashes));
  }
  std::vector<Bytes> alternatives;
  for (unsigned i = 0; i < count; ++i) {
    const std::string* hex = resource.Find(kHash, "Hash" + std::to_string(i));
    if (hex == nullptr) return Malformed("Hash" + std::to_string(i) + " is missing");
    Bytes value = TRY_WITH("NVIDIA RIM", FromHex(*hex));
    if (value.size() != size) return Malformed("a hash is not of the size that is stated");
    alternatives.push_back(std::move(value));
  }
  return alternatives;
}

Result<void> ReadResource(const XmlElement& resource, NvidiaRim& rim) {
  if (resource.space != kSwid || resource.name != "Resource" || !resource.children.empty() ||
      TRY(TextOf(resource, "type")) != "Measurement") {
    return Malformed("expected measurements alone in the payload");
  }
  const unsigned index = TRY(NumberOf(resource, "index", kMaximumNvidiaRimIndex));
  NvidiaRimMeasurement measurement;
  measurement.active = TRY(IsActive(resource));
  measurement.name = TRY(TextOf(resource, "name"));
  measurement.alternatives = TRY(ReadAlternatives(resource));
  if (!rim.measurements.emplace(index, std::move(measurement)).second) {
    return Malformed("index " + std::to_string(index) + " is there twice");
  }
  return {};
}

// The only child of that name.
Result<const XmlElement*> OnlyChild(const XmlElement& parent, std::string_view name) {
  const XmlElement* found = nullptr;
  for (const XmlElement& child : parent.children) {
    if (child.space != kSwid || child.name != name) continue;
    if (found != nullptr) return Malformed(std::string(name) + " is there twice");
    found = &child;
  }
  if (found == nullptr) return Malformed("no " + std::string(name));
  return found;
}

Result<NvidiaRim> ReadRim(const XmlElement& root) {
  if (root.space != kSwid || root.name != "SoftwareIdentity") return Malformed("expected a SoftwareIdentity");
  NvidiaRim rim;
  rim.tag_id = TRY(TextOf(root, "tagId"));
  const XmlElement& meta = *TRY(OnlyChild(root, "Meta"));
  rim.product = TRY(TextOf(meta, "product"));
  rim.version = TRY(TextOf(meta, "colloquialVersion"));
  if (TRY(TextOf(root, "name")) != rim.product) return Malformed("name and product differ");
  for (const XmlElement& resource : TRY(OnlyChild(root, "Payload"))->children) TRY(ReadResource(resource, rim));
  return rim;
}

}  // namespace

Result<void> VerifiedNvidiaRim::CheckAt(Time at) const {
  return CheckAllValid(certificates_, "NVIDIA RIM certificate chain", at);
}

Result<VerifiedNvidiaRim> VerifyNvidiaRim(ByteSpan xml, const TrustAnchors& anchors, Time at) {
  internal::SignedXml parsed = TRY_WITH("NVIDIA RIM", internal::VerifySignedXml(xml));
  std::vector<crypto::Certificate>& chain = parsed.certificates;
  if (chain.size() < 2 || chain.size() > kMaximumCertificates) {
    return Error(ErrorCode::kUnsupported, "NVIDIA RIM: expected 2 to 6 certificates, got " + std::to_string(chain.size()));
  }
  Root root = TRY(anchors.Find(RootUse::kNvidiaRim, chain.back()));
  TRY_WITH("NVIDIA RIM", crypto::VerifyChain(chain, {&chain.back(), 1}, at));
  const std::optional<crypto::KeyUsage> usage = chain.front().Usage();
  if (chain.front().IsCa() || !usage || !usage->digital_signature) {
    return Error(ErrorCode::kUntrusted, "NVIDIA RIM: its certificate is not for signing");
  }
  NvidiaRim rim = TRY(ReadRim(parsed.root));
  return VerifiedNvidiaRim(std::move(rim), std::move(root), std::move(chain));
}

}  // namespace cloister::evidence
