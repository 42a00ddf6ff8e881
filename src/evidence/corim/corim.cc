#include "evidence/corim/corim.h"

#include "evidence/corim/internal/corim_reader.h"
#include "evidence/corim/internal/fields.h"

namespace cloister::evidence {
namespace {

using formats::Cbor;
using formats::CborForm;

constexpr std::uint64_t kCorimTag = 501, kCoswidTag = 505, kComidTag = 506, kCotlTag = 508, kEvidenceTag = 571;
constexpr std::uint64_t kOidTag = 111;
constexpr formats::CborLimits kLimits{.max_bytes = kMaxCorimBytes, .max_depth = 32, .max_items = 1u << 16};

Result<Cbor> Decode(ByteSpan document) { return Cbor::Decode(document, CborForm::kAnyWellFormed, kLimits); }

// A tag's document stands as CBOR within a byte string.
Result<void> ReadTag(const Cbor& value, Corim& out) {
  const std::optional<std::uint64_t> number = value.tag();
  if (!number) return Error(ErrorCode::kMalformed, "expected a tagged document");
  const ByteSpan bytes = TRY(TRY(value.AsTagged(*number))->AsBytes());
  const Cbor document = TRY(Decode(bytes));
  switch (*number) {
    case kComidTag: out.comids.push_back(TRY(ReadComid(document))); return {};
    case kCoswidTag: out.coswids.push_back(TRY_WITH("CoSWID", internal::ReadCoswid(document))); return {};
    case kCotlTag: out.cotls.push_back(TRY_WITH("CoTL", internal::ReadCotl(document))); return {};
    default: return Error(ErrorCode::kUnsupported, "a document with CBOR tag " + std::to_string(*number));
  }
}

Result<std::string> ReadProfile(const Cbor& value) {
  if (value.tag() == kOidTag) return TRY(internal::ReadId(value)).text;
  return internal::ReadUri(value);
}

Result<void> ReadDependent(const Cbor& value, Corim& out) {
  for (const Cbor& locator : *TRY(internal::NonEmptyArray(value, internal::kMaximumFew))) {
    const Cbor& href = *TRY(locator.Get(0));
    if (href.type() != formats::CborType::kArray) {
      out.dependent.push_back(TRY(internal::ReadUri(href)));
      continue;
    }
    for (const Cbor& one : *TRY(internal::NonEmptyArray(href, internal::kMaximumFew))) {
      out.dependent.push_back(TRY(internal::ReadUri(one)));
    }
  }
  return {};
}

Result<void> ReadEntities(const Cbor& value, Corim& out) {
  for (const Cbor& entity : *TRY(internal::NonEmptyArray(value, internal::kMaximumFew))) {
    TRY(internal::CheckKeys(entity, {0, 1, 2}));
    out.entities.emplace_back(TRY(entity.GetText(0)));
  }
  return {};
}

Result<Corim> ReadCorim(const Cbor& map) {
  TRY(internal::CheckKeys(map, {0, 1, 2, 3, 4, 5}));
  Corim corim;
  corim.id = TRY_WITH("id", internal::ReadTagId(*TRY(map.Get(0))));
  for (const Cbor& tag : *TRY_WITH("tags", internal::NonEmptyArray(*TRY(map.Get(1)), internal::kMaximumFew))) {
    TRY_WITH("tag", ReadTag(tag, corim));
  }
  if (const Cbor* rims = map.Find(2); rims != nullptr) TRY_WITH("dependent packages", ReadDependent(*rims, corim));
  if (const Cbor* profile = map.Find(3); profile != nullptr) corim.profile = TRY_WITH("profile", ReadProfile(*profile));
  if (const Cbor* period = map.Find(4); period != nullptr) {
    corim.validity = TRY_WITH("validity", internal::ReadPeriod(*period));
  }
  if (const Cbor* entities = map.Find(5); entities != nullptr) TRY_WITH("entities", ReadEntities(*entities, corim));
  TRY_WITH("profile " + corim.profile, internal::CheckProfile(corim));
  return corim;
}

Result<Corim> ReadPackage(const Cbor& document) { return ReadCorim(*TRY(document.AsTagged(kCorimTag))); }

}  // namespace

Result<Corim> CorimFromUnverified(ByteSpan document) {
  const Cbor decoded = TRY_WITH("CoRIM", Decode(document));
  return TRY_WITH("CoRIM", ReadPackage(decoded));
}

Result<UnverifiedRimDocument> RimDocumentFromUnverified(ByteSpan document) {
  const Cbor decoded = TRY_WITH("RIM document", Decode(document));
  UnverifiedRimDocument read;
  if (decoded.tag() == kCorimTag) {
    read.corim = TRY_WITH("CoRIM", ReadPackage(decoded));
  } else if (decoded.tag() == kEvidenceTag) {
    read.evidence = TRY(ReadConciseEvidence(*TRY(decoded.AsTagged(kEvidenceTag))));
  } else if (decoded.tag() == kComidTag) {
    read.comid = TRY(ReadComid(*TRY(decoded.AsTagged(kComidTag))));
  } else {
    read.comid = TRY(ReadComid(decoded));
  }
  return read;
}

}  // namespace cloister::evidence
