#include "evidence/corim/verify.h"

namespace cloister::evidence {
namespace {

using formats::Json;

Json IdJson(const CorimId& id) { return Json::Object{{"kind", id.kind}, {"id", id.text}}; }

Json EnvironmentJson(const CorimEnvironment& environment) {
  Json json = Json::Object{};
  if (environment.class_id) json.Set("class_id", IdJson(*environment.class_id));
  if (environment.instance) json.Set("instance", IdJson(*environment.instance));
  if (environment.group) json.Set("group", IdJson(*environment.group));
  if (!environment.vendor.empty()) json.Set("vendor", environment.vendor);
  if (!environment.model.empty()) json.Set("model", environment.model);
  // Numbers beyond 53 bits would not survive JSON.
  if (environment.layer) json.Set("layer", std::to_string(*environment.layer));
  if (environment.index) json.Set("index", std::to_string(*environment.index));
  return json;
}

Json DigestsJson(const std::vector<CorimDigest>& digests) {
  Json list = Json::Array{};
  for (const CorimDigest& digest : digests) {
    list.Push(Json::Object{{"algorithm", digest.algorithm}, {"value", ToHex(digest.value)}});
  }
  return list;
}

Json NumbersJson(const std::vector<std::int64_t>& numbers) {
  Json list = Json::Array{};
  for (const std::int64_t number : numbers) list.Push(number);
  return list;
}

void SetRaw(Json& json, const CorimMeasurement& measurement) {
  if (measurement.raw_value) json.Set("raw_value", ToHex(*measurement.raw_value));
  if (measurement.raw_mask) json.Set("raw_mask", ToHex(*measurement.raw_mask));
  if (measurement.mac) json.Set("mac", ToHex(*measurement.mac));
  if (measurement.ip) json.Set("ip", ToHex(*measurement.ip));
  if (measurement.ueid) json.Set("ueid", ToHex(*measurement.ueid));
}

void SetRegisters(Json& json, const CorimMeasurement& measurement) {
  if (measurement.registers.empty()) return;
  Json registers = Json::Object{};
  for (const auto& [name, digests] : measurement.registers) registers.Set(name, DigestsJson(digests));
  json.Set("integrity_registers", std::move(registers));
}

void SetRange(Json& json, const CorimMeasurement& measurement) {
  if (!measurement.range) return;
  const auto& [least, most] = *measurement.range;
  if (least) json.Set("least", std::to_string(*least));
  if (most) json.Set("most", std::to_string(*most));
}

Json MeasurementJson(const CorimMeasurement& measurement) {
  Json json = Json::Object{};
  if (measurement.key) json.Set("element", IdJson(*measurement.key));
  if (!measurement.version.empty()) json.Set("version", measurement.version);
  if (!measurement.name.empty()) json.Set("name", measurement.name);
  if (!measurement.serial.empty()) json.Set("serial", measurement.serial);
  if (measurement.uuid) json.Set("uuid", *measurement.uuid);
  if (measurement.svn) json.Set(measurement.svn->minimum ? "svn_at_least" : "svn", std::to_string(measurement.svn->value));
  if (!measurement.digests.empty()) json.Set("digests", DigestsJson(measurement.digests));
  for (const auto& [name, value] : measurement.flags) json.Set(name, value);
  SetRaw(json, measurement);
  SetRegisters(json, measurement);
  SetRange(json, measurement);
  if (!measurement.unread.empty()) json.Set("unread", NumbersJson(measurement.unread));
  return json;
}

void PushTriples(Json& list, const std::vector<CorimTriple>& triples) {
  for (const CorimTriple& triple : triples) {
    for (const CorimMeasurement& measurement : triple.measurements) {
      Json json = MeasurementJson(measurement);
      json.Set("environment", EnvironmentJson(triple.environment));
      list.Push(std::move(json));
    }
  }
}

void PushKeys(Json& list, const std::vector<CorimKeyTriple>& triples) {
  for (const CorimKeyTriple& triple : triples) {
    Json keys = Json::Array{};
    for (const CorimKey& key : triple.keys) keys.Push(IdJson(key));
    list.Push(Json::Object{{"environment", EnvironmentJson(triple.environment)}, {"keys", std::move(keys)}});
  }
}

void AppendPart(std::string& name, const std::string& part) {
  if (!part.empty()) name += (name.empty() ? "" : "/") + part;
}

// vendor/model/element/name/serial
std::string RegistryName(const CorimEnvironment& environment, const CorimMeasurement& measurement) {
  std::string name;
  AppendPart(name, environment.vendor);
  AppendPart(name, environment.model);
  if (measurement.key) AppendPart(name, measurement.key->text);
  AppendPart(name, measurement.name);
  AppendPart(name, measurement.serial);
  return name;
}

}  // namespace

std::vector<NamedReferenceValue> NamedReferenceValues(const Corim& corim) {
  std::vector<NamedReferenceValue> named;
  for (const Comid& comid : corim.comids) {
    for (const CorimTriple& triple : comid.triples.reference_values) {
      for (const CorimMeasurement& measurement : triple.measurements) {
        const std::string name = RegistryName(triple.environment, measurement);
        if (!measurement.digests.empty()) {
          NamedReferenceValue value{name + "/digests", {}};
          for (const CorimDigest& digest : measurement.digests) value.values.push_back(ToHex(digest.value));
          named.push_back(std::move(value));
        }
        // Under a mask the bytes alone would claim too much.
        if (measurement.raw_value && !measurement.raw_mask) {
          named.push_back({name + "/raw_bytes", {ToHex(*measurement.raw_value)}});
        }
      }
    }
  }
  return named;
}

std::vector<const CorimTriple*> VerifiedCorim::reference_values() const {
  std::vector<const CorimTriple*> all;
  for (const Comid& comid : corim_.comids) {
    for (const CorimTriple& triple : comid.triples.reference_values) all.push_back(&triple);
  }
  return all;
}

Json VerifiedCorim::Claims() const {
  Json reference = Json::Array{}, endorsed = Json::Array{}, attest = Json::Array{}, unread = Json::Array{};
  for (const Comid& comid : corim_.comids) {
    PushTriples(reference, comid.triples.reference_values);
    PushTriples(endorsed, comid.triples.endorsed_values);
    PushKeys(attest, comid.triples.attest_keys);
    for (const std::int64_t kind : comid.triples.unread) unread.Push(kind);
  }
  Json claims = Json::Object{{"id", corim_.id.text},
                             {"profile", corim_.profile},
                             {"signer", signer_},
                             {"reference_values", std::move(reference)},
                             {"endorsed_values", std::move(endorsed)},
                             {"attest_keys", std::move(attest)},
                             {"unread", std::move(unread)}};
  if (ends_) claims.Set("ends", ToRfc3339(*ends_));
  return claims;
}

}  // namespace cloister::evidence
