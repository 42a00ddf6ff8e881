#include "evidence/intel/pck.h"

#include <map>

#include "formats/der.h"

namespace cloister::evidence {
namespace {

using formats::DerReader;
using formats::DerTag;

std::string Oid(std::string_view suffix) { return std::string(kPckExtensionOid) + "." + std::string(suffix); }

// The values of a SEQUENCE OF SEQUENCE {OID, value}, by what follows `prefix` in their OIDs, each as encoded.
using Elements = std::map<std::string, ByteSpan>;

Result<Elements> ReadElements(DerReader reader, const std::string& prefix) {
  Elements elements;
  while (!reader.at_end()) {
    DerReader pair = TRY(reader.Enter());
    const std::string oid = TRY(pair.Oid());
    const ByteSpan value = TRY(pair.Next()).encoded;
    TRY(pair.Finish());
    if (!oid.starts_with(prefix) || oid.find('.', prefix.size()) != oid.npos) {
      return Error(ErrorCode::kUnsupported, "an element " + oid);
    }
    if (!elements.emplace(oid.substr(prefix.size()), value).second) {
      return Error(ErrorCode::kMalformed, "element " + oid + " is there twice");
    }
  }
  return elements;
}

// Removes an element and gives a reader of its value.
Result<DerReader> Take(Elements& elements, const std::string& name) {
  const auto found = elements.find(name);
  if (found == elements.end()) return Error(ErrorCode::kMalformed, "element ." + name + " is missing");
  const DerReader reader(found->second);
  elements.erase(found);
  return reader;
}

Result<void> RefuseOthers(const Elements& elements) {
  if (elements.empty()) return {};
  return Error(ErrorCode::kUnsupported, "an element ." + elements.begin()->first);
}

template <std::size_t N>
Result<std::array<std::uint8_t, N>> TakeOctets(Elements& elements, const std::string& name) {
  DerReader reader = TRY(Take(elements, name));
  return TRY_WITH("element ." + name, ToArray<N>(TRY(reader.OctetString())));
}

Result<std::uint64_t> TakeNumber(Elements& elements, const std::string& name, std::uint64_t most) {
  DerReader reader = TRY(Take(elements, name));
  const std::uint64_t value = TRY_WITH("element ." + name, reader.Uint64());
  if (value > most) return Error(ErrorCode::kMalformed, "element ." + name + ": over " + std::to_string(most));
  return value;
}

Result<void> ReadTcb(DerReader value, PckExtension& extension) {
  Elements elements = TRY(ReadElements(TRY(value.Enter()), Oid("2.")));
  for (std::size_t i = 0; i < extension.tcb_components.size(); ++i) {
    extension.tcb_components[i] = static_cast<std::uint8_t>(TRY(TakeNumber(elements, std::to_string(i + 1), 0xFF)));
  }
  extension.pce_svn = static_cast<std::uint16_t>(TRY(TakeNumber(elements, "17", 0xFFFF)));
  extension.cpu_svn = TRY(TakeOctets<16>(elements, "18"));
  return RefuseOthers(elements);
}

Result<SgxType> ReadSgxType(DerReader value) {
  const ByteSpan content = TRY(value.Expect(DerTag::kEnumerated)).content;
  if (content.size() != 1 || content[0] > 2) {
    return Error(ErrorCode::kUnsupported, "expected SGX type 0, 1 or 2");
  }
  return static_cast<SgxType>(content[0]);
}

Result<std::optional<bool>> FindFlag(Elements& elements, const std::string& name) {
  if (!elements.contains(name)) return std::optional<bool>();
  DerReader reader = TRY(Take(elements, name));
  return std::optional(TRY(reader.Boolean()));
}

Result<PckConfiguration> ReadConfiguration(DerReader value) {
  Elements elements = TRY(ReadElements(TRY(value.Enter()), Oid("7.")));
  PckConfiguration configuration;
  configuration.dynamic_platform = TRY(FindFlag(elements, "1"));
  configuration.cached_keys = TRY(FindFlag(elements, "2"));
  configuration.smt_enabled = TRY(FindFlag(elements, "3"));
  TRY(RefuseOthers(elements));
  return configuration;
}

Result<PckExtension> Read(ByteSpan der) {
  DerReader reader(der);
  Elements elements = TRY(ReadElements(TRY(reader.Enter()), Oid("")));
  TRY(reader.Finish());
  PckExtension extension;
  extension.ppid = TRY(TakeOctets<16>(elements, "1"));
  TRY_WITH("TCB", ReadTcb(TRY(Take(elements, "2")), extension));
  extension.pce_id = TRY(TakeOctets<2>(elements, "3"));
  extension.fmspc = TRY(TakeOctets<6>(elements, "4"));
  extension.sgx_type = TRY(ReadSgxType(TRY(Take(elements, "5"))));
  if (elements.contains("6")) extension.platform_instance_id = TRY(TakeOctets<16>(elements, "6"));
  if (elements.contains("7")) {
    extension.configuration = TRY_WITH("configuration", ReadConfiguration(TRY(Take(elements, "7"))));
  }
  TRY(RefuseOthers(elements));
  return extension;
}

Bytes Element(const std::string& suffix, ByteSpan value) {
  return formats::DerSequence({*formats::DerOid(Oid(suffix)), value});
}

Bytes SerializeTcb(const PckExtension& extension) {
  Bytes parts;
  const auto add = [&](const std::string& suffix, ByteSpan value) {
    const Bytes element = Element("2." + suffix, value);
    parts.insert(parts.end(), element.begin(), element.end());
  };
  for (std::size_t i = 0; i < extension.tcb_components.size(); ++i) {
    add(std::to_string(i + 1), formats::DerInteger(extension.tcb_components[i]));
  }
  add("17", formats::DerInteger(extension.pce_svn));
  add("18", formats::DerOctetString(extension.cpu_svn));
  return formats::DerEncode(DerTag::kSequence, parts);
}

Bytes SerializeConfiguration(const PckConfiguration& configuration) {
  Bytes parts;
  const auto add = [&](const std::string& suffix, std::optional<bool> value) {
    if (!value) return;
    const Bytes element = Element("7." + suffix, formats::DerBoolean(*value));
    parts.insert(parts.end(), element.begin(), element.end());
  };
  add("1", configuration.dynamic_platform);
  add("2", configuration.cached_keys);
  add("3", configuration.smt_enabled);
  return formats::DerEncode(DerTag::kSequence, parts);
}

}  // namespace

std::string_view SgxTypeName(SgxType type) {
  switch (type) {
    case SgxType::kStandard:
      return "Standard";
    case SgxType::kScalable:
      return "Scalable";
    case SgxType::kScalableWithIntegrity:
      return "Scalable with Integrity";
  }
  CHECK(false);
}

Result<PckExtension> ParsePckExtension(ByteSpan der) { return TRY_WITH("PCK extension", Read(der)); }

Bytes SerializePckExtension(const PckExtension& extension) {
  const std::uint8_t type[] = {static_cast<std::uint8_t>(extension.sgx_type)};
  Bytes parts = Concat({Element("1", formats::DerOctetString(extension.ppid)), Element("2", SerializeTcb(extension)),
                        Element("3", formats::DerOctetString(extension.pce_id)),
                        Element("4", formats::DerOctetString(extension.fmspc)),
                        Element("5", formats::DerEncode(DerTag::kEnumerated, type))});
  if (extension.platform_instance_id) {
    parts = Concat({parts, Element("6", formats::DerOctetString(*extension.platform_instance_id))});
  }
  if (extension.configuration) {
    parts = Concat({parts, Element("7", SerializeConfiguration(*extension.configuration))});
  }
  return formats::DerEncode(DerTag::kSequence, parts);
}

Result<PckExtension> ReadPckFromUnverified(const crypto::Certificate& certificate) {
  const auto extension = TRY(certificate.Extension(std::string(kPckExtensionOid)));
  if (!extension) return Error(ErrorCode::kMalformed, "PCK certificate: it has no SGX extension");
  return ParsePckExtension(*extension);
}

}  // namespace cloister::evidence
