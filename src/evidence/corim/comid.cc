#include "evidence/corim/comid.h"

#include "evidence/corim/internal/fields.h"

namespace cloister::evidence {
namespace {

using formats::Cbor;

// [environment, [+ measurement]]
Result<CorimTriple> ReadTriple(const Cbor& value) {
  const Cbor::Array& parts = *TRY(value.AsArrayOf(2));
  CorimTriple triple;
  triple.environment = TRY(internal::ReadEnvironment(parts[0]));
  // An older draft has one measurement without an array around it.
  if (parts[1].type() == formats::CborType::kMap) {
    triple.measurements.push_back(TRY(internal::ReadMeasurement(parts[1])));
    return triple;
  }
  for (const Cbor& one : *TRY_WITH("measurements", internal::NonEmptyArray(parts[1], internal::kMaximumTriples))) {
    triple.measurements.push_back(TRY(internal::ReadMeasurement(one)));
  }
  return triple;
}

// [environment, [+ key]] and, in newer drafts, conditions, which say for which element or authority: not read, so refused.
Result<CorimKeyTriple> ReadKeyTriple(const Cbor& value) {
  const Cbor::Array& parts = *TRY(value.AsArray());
  if (parts.size() != 2) return Error(ErrorCode::kUnsupported, "keys: expected no conditions");
  CorimKeyTriple triple;
  triple.environment = TRY(internal::ReadEnvironment(parts[0]));
  triple.keys = TRY_WITH("keys", internal::ReadKeys(parts[1]));
  return triple;
}

template <class Read, class Triple>
Result<void> ReadAll(const Cbor& triples, std::int64_t key, Read read, std::vector<Triple>& out) {
  const Cbor* list = triples.Find(key);
  if (list == nullptr) return {};
  for (const Cbor& one : *TRY(internal::NonEmptyArray(*list, internal::kMaximumTriples))) out.push_back(TRY(read(one)));
  return {};
}

Result<CorimTriples> ReadTriples(const Cbor& value) {
  CorimTriples triples;
  triples.unread = TRY(internal::CheckKeys(value, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  for (const std::int64_t other : {4, 5, 6, 7, 8, 9, 10}) {
    if (value.Find(other) != nullptr) triples.unread.push_back(other);
  }
  TRY_WITH("reference values", ReadAll(value, 0, ReadTriple, triples.reference_values));
  TRY_WITH("endorsed values", ReadAll(value, 1, ReadTriple, triples.endorsed_values));
  TRY_WITH("identity keys", ReadAll(value, 2, ReadKeyTriple, triples.identity_keys));
  TRY_WITH("attestation keys", ReadAll(value, 3, ReadKeyTriple, triples.attest_keys));
  return triples;
}

Result<Comid> Read(const Cbor& document) {
  TRY(internal::CheckKeys(document, {0, 1, 2, 3, 4}));
  Comid comid;
  comid.language = TRY_WITH("language", internal::FindText(document, 0));
  const Cbor& identity = *TRY_WITH("tag identity", document.GetMap(1));
  TRY_WITH("tag identity", internal::CheckKeys(identity, {0, 1}));
  comid.tag_id = TRY_WITH("tag identity", internal::ReadTagId(*TRY_WITH("tag identity", identity.Get(0))));
  if (identity.Find(1) != nullptr) comid.tag_version = TRY_WITH("tag version", identity.GetUint(1));
  if (const Cbor* entities = document.Find(2); entities != nullptr) {
    for (const Cbor& entity : *TRY_WITH("entities", internal::NonEmptyArray(*entities, internal::kMaximumFew))) {
      TRY_WITH("entity", internal::CheckKeys(entity, {0, 1, 2}));
      comid.entities.emplace_back(TRY_WITH("entity", entity.GetText(0)));
    }
  }
  if (const Cbor* links = document.Find(3); links != nullptr) {
    TRY_WITH("linked tags", internal::NonEmptyArray(*links, internal::kMaximumFew));
  }
  comid.triples = TRY(ReadTriples(*TRY_WITH("triples", document.GetMap(4))));
  return comid;
}

Result<CorimTriples> ReadEvidence(const Cbor& document) {
  TRY(internal::CheckKeys(document, {0, 1, 2}));
  // ev-triples-map has numbers of its own: 0 is what was measured, 1 to 5 other kinds.
  const Cbor& triples = *TRY(document.GetMap(0));
  CorimTriples evidence;
  evidence.unread = TRY(internal::CheckKeys(triples, {0, 1, 2, 3, 4, 5}));
  for (const std::int64_t other : {1, 2, 3, 4, 5}) {
    if (triples.Find(other) != nullptr) evidence.unread.push_back(other);
  }
  TRY_WITH("evidence triples", ReadAll(triples, 0, ReadTriple, evidence.reference_values));
  return evidence;
}

}  // namespace

Result<Comid> ReadComid(const Cbor& document) { return TRY_WITH("CoMID", Read(document)); }

Result<CorimTriples> ReadConciseEvidence(const Cbor& document) {
  return TRY_WITH("concise evidence", ReadEvidence(document));
}

std::string EnvironmentName(const CorimEnvironment& environment) {
  std::string name = environment.vendor;
  if (!environment.model.empty()) name += (name.empty() ? "" : "/") + environment.model;
  if (name.empty() && environment.class_id) name = environment.class_id->text;
  if (name.empty() && environment.instance) name = environment.instance->text;
  if (name.empty() && environment.group) name = environment.group->text;
  return name;
}

}  // namespace cloister::evidence
