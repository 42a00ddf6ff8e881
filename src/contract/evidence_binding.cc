#include "contract/evidence_binding.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

namespace {

Result<EvidenceBinding> ReadBinding(const Json& json) {
  TRY(json.RefuseUnknownMembers({"role", "run", "contracts", "party", "peer_key", "exporter", "signing_key"}));
  if (TRY(json.GetString("role")) != "room") return Malformed("role", "room", "another text");
  const Bytes exporter = TRY(GetBytes(json, "exporter", 64));
  crypto::VerifyingKey signing_key = TRY(GetPart(json, "signing_key", KeyFromJwk));
  EvidenceBinding binding{{}, {}, {}, {}, {}, std::move(signing_key)};
  binding.run = TRY(GetUuid(json, "run"));
  binding.contracts = TRY(GetDigests(json, "contracts"));
  binding.party = TRY(GetDid(json, "party"));
  binding.peer_key = TRY(GetDigest(json, "peer_key"));
  binding.exporter = TRY_WITH("exporter", ToArray<kExporterSize>(exporter));
  return binding;
}

}  // namespace

Result<EvidenceBinding> EvidenceBinding::FromAdditionalEvidence(std::string_view text) {
  const Json json = TRY_WITH("additional evidence", Json::Parse(text, {.max_bytes = 64 * 1024, .max_depth = 8}));
  TRY_WITH("additional evidence", json.RefuseUnknownMembers({"cloister"}));
  EvidenceBinding binding = TRY_WITH("additional evidence", GetPart(json, "cloister", ReadBinding));
  if (binding.ToAdditionalEvidence() != text) {
    return Error(ErrorCode::kMalformed, "additional evidence: expected canonical JSON (RFC 8785)");
  }
  return binding;
}

std::string EvidenceBinding::ToAdditionalEvidence() const {
  const Json json = Json::Object{{"cloister", Json::Object{{"role", "room"},
                                                           {"run", run},
                                                           {"contracts", HexList(contracts)},
                                                           {"party", party},
                                                           {"peer_key", Hex(peer_key)},
                                                           {"exporter", ToBase64Url(exporter)},
                                                           {"signing_key", KeyToJwk(signing_key)}}}};
  Result<std::string> text = json.Canonical();
  CHECK(text);
  return *std::move(text);
}

}  // namespace cloister::contract
