#include "broker/broker.h"

#include "broker/internal/state.h"
#include "evidence/composite.h"
#include "formats/toml.h"
#include "token/jwe.h"

namespace cloister::broker {
namespace {

using formats::Json;
using Asker = audit::RefusalLog::Asker;

constexpr Seconds kTokenLifetime(300);
constexpr Seconds kLeeway(60);
constexpr std::string_view kTeeKeyPointers[] = {
    "/submods/cpu0/ear.veraison.annotated-evidence/runtime_data_claims/tee-pubkey",
    "/customized_claims/runtime_data/tee-pubkey",
};

constexpr std::string_view kCpuEvidencePointer = "/submods/cpu0/ear.veraison.annotated-evidence";
constexpr std::string_view kRoomEntry = "cloister";

// Of the claims of an EAR: what ran on the CPU; none where they don't say.
std::optional<Json> MeasurementIn(const Json& claims) {
  const auto cpu = claims.At(kCpuEvidencePointer);
  if (!cpu) return std::nullopt;
  for (const evidence::EvidenceKind kind : evidence::AllEvidenceKinds()) {
    const Json* of_tee = (*cpu)->Find(evidence::PolicyInputName(kind));
    const Json* measurement = of_tee == nullptr ? nullptr : of_tee->Find("measurement");
    if (measurement != nullptr) return *measurement;
  }
  return std::nullopt;
}

Result<Json> InitDataClaims(std::string_view toml) {
  if (toml.empty()) return Json();
  const Json json = TRY(formats::ParseToml(toml));
  const Json* data = json.Find("data");
  return data == nullptr ? Json() : *data;
}

appraisal::ReferenceValues ReferencesOf(std::span<const internal::Shelf::KeptCertification> kept) {
  appraisal::ReferenceValues references;
  for (const auto& [digest, certification] : kept) {
    for (const crypto::Sha384Digest& measurement : certification.measurements) {
      references.Add({measurement, certification.certifier, certification.not_before, certification.not_after});
    }
  }
  return references;
}

// None for a plain client, which shows devices or nothing beside its CPU.
Result<std::optional<RoomBinding>> ReadBinding(const KbsAttestation& attestation) {
  if (attestation.additional_evidence.empty()) return std::optional<RoomBinding>();
  const Json additional = TRY_WITH("additional evidence", Json::Parse(attestation.additional_evidence,
                                                                      {.max_bytes = evidence::kMaxEvidence, .max_depth = 16}));
  if (additional.Find(kRoomEntry) == nullptr) return std::optional<RoomBinding>();
  auto binding = TRY(contract::EvidenceBinding::FromAdditionalEvidence(attestation.additional_evidence));
  if (attestation.init_data.empty()) return Error(ErrorCode::kRefused, "init-data: expected a room's, got none");
  auto init_data = TRY(contract::InitData::FromToml(attestation.init_data));
  return std::optional(RoomBinding{std::move(binding), std::move(init_data)});
}

// Over the session's nonce, the key and all that is shown beside; `tee` is what the session was begun for.
Result<evidence::VerifiedEvidence> VerifyHardware(const BrokerParts& parts, const KbsAttestation& attestation,
                                                  const std::string& tee, ByteSpan nonce, bool is_room,
                                                  evidence::EvidenceCaches& caches, Time now) {
  const evidence::EvidencePart primary = TRY(evidence::PrimaryPartOf(attestation));
  if (evidence::EvidenceKindName(primary.kind) != tee) {
    return Error(ErrorCode::kMismatch, "tee: expected evidence of the kind that the session is for, got " +
                                           std::string(evidence::EvidenceKindName(primary.kind)));
  }
  evidence::MachineExpectations expected{evidence::ChosenNonce::Exactly(nonce), evidence::ChosenInitData::AnyInitData(),
                                         evidence::ExpectedDevices::WhateverIsBound(), {}};
  if (is_room) expected.other_entries = {std::string(kRoomEntry)};
  auto verified = TRY(evidence::VerifyEvidence(attestation, parts.collateral, parts.anchors, expected, now, caches));
  const auto& snp = verified.parts()[0].snp;
  if (snp != nullptr && snp->report().vmpl != 0) {
    return Error(ErrorCode::kMismatch, "primary evidence: expected an SNP report of VMPL 0, got " + std::to_string(snp->report().vmpl));
  }
  return verified;
}

Result<std::string> TeeKeyDigest(const token::TeePublicKey& key) {
  return ToHex(TRY(contract::CanonicalDigest(key.ToJwk())));
}

// What an auditor needs to know whom later entries are about, and to verify that room's own log.
Result<Json> AttestedFields(const Attested& attested) {
  const std::string tee_key = TRY(TeeKeyDigest(attested.tee_key));
  const evidence::PartFindings& cpu = attested.evidence.parts()[0];
  const Json* measurement = cpu.claims.Find("measurement");
  Json fields = Json::Object{{"status", token::EarStatusName(attested.appraisal.status())},
                             {"simulated", attested.appraisal.simulated()},
                             {"tee", cpu.Tee()},
                             {"tee_key", tee_key}};
  if (measurement != nullptr) fields.Set("measurement", *measurement);
  if (attested.evidence.parts().size() > 1) fields.Set("devices", attested.evidence.parts().size() - 1);
  if (attested.room) {
    fields.Set("run", attested.room->evidence.run);
    fields.Set("room_key", token::JwkOf(attested.room->evidence.signing_key));
  }
  return fields;
}

// Which run an attestation that was refused said it is for: ids in their strict form, or nothing.
Json ClaimedBy(const Json& attestation) {
  Json fields = Json::Object{};
  const auto text = attestation.At("/tee-evidence/additional_evidence");
  if (!text) return fields;
  const auto string = (*text)->AsString();
  if (!string) return fields;
  const auto binding = contract::EvidenceBinding::FromAdditionalEvidence(*string);
  if (!binding) return fields;
  fields.Set("claimed_run", binding->run);
  if (!binding->contracts.empty()) fields.Set("claimed_contract", ToHex(binding->contracts[0]));
  return fields;
}

}  // namespace

Broker::State::State(BrokerParts given)
    : parts(std::move(given)),
      sessions(parts.sessions, parts.random),
      watch(parts.store, parts.ledger, parts.ledger_trust, parts.ledger_max_age, parts.random),
      accounts(parts.store, watch, parts.key, parts.owner.did),
      resources(parts.store),
      policies(parts.store),
      shelf(parts.store) {}

Result<void> Broker::State::Load() { return UseAttestationPolicy(TRY(policies.AttestationPolicy())); }

Result<void> Broker::State::UseAttestationPolicy(std::string rego) {
  auto made = TRY(appraisal::Appraiser::Create({parts.owner.did, kTokenLifetime, std::move(rego)}, parts.token_key));
  const std::lock_guard lock(appraiser_mutex_);
  appraiser_ = std::move(made);
  return {};
}

std::shared_ptr<const appraisal::Appraiser> Broker::State::appraiser() {
  const std::lock_guard lock(appraiser_mutex_);
  return appraiser_;
}

Result<std::shared_ptr<const Attested>> Broker::State::VerifyAttestation(const PendingAttestation& pending,
                                                                         const Json& json, const Connection& connection,
                                                                         Time now) {
  if (!evidence::EvidenceKindFromName(pending.tee)) return Error(ErrorCode::kUnsupported, "tee: expected one that we verify, got another");
  const KbsAttestation attestation = TRY(KbsAttestation::FromJson(json));
  if (attestation.nonce != pending.nonce)
    return Error(ErrorCode::kMismatch, "nonce: expected the session's, got another");
  Bytes nonce = TRY_WITH("nonce", FromBase64(attestation.nonce));
  auto room = TRY(ReadBinding(attestation));
  auto evidence = TRY(VerifyHardware(parts, attestation, pending.tee, nonce, room.has_value(), caches, now));
  if (room) TRY(internal::CheckBinding(*room, parts.owner, connection));

  Json init_data_claims = room ? Json(Json::Object{{"cloister.json", room->init_data.ToJson()}})
                               : TRY(InitDataClaims(attestation.init_data));
  auto bound = appraisal::BoundClaims::Of(evidence, evidence::RuntimeDataOf(attestation), std::move(init_data_claims));
  bool contracted = false;
  for (const contract::Digest& digest : room ? room->evidence.contracts : std::vector<contract::Digest>()) {
    contracted |= shelf.FindContract(digest).has_value();
  }
  const auto kept = TRY(shelf.AllCertifications());
  auto appraisal = TRY(appraiser()->Appraise(evidence, ReferencesOf(kept), bound, nonce, now));
  return std::make_shared<const Attested>(Attested{std::move(evidence), attestation.tee_key, std::move(bound),
                                                   std::move(nonce), std::move(appraisal), std::move(room), contracted});
}

Result<Privacy> Broker::State::TotalOf(const contract::Contract& contract, const contract::Dataset& dataset) const {
  const Privacy total = internal::TotalOf(contract, dataset);
  if (parts.accounts.empty() || contract::IsUnmetered(dataset.account)) return total;
  const auto limit = parts.accounts.find(dataset.account);
  if (limit == parts.accounts.end()) {
    return Error(ErrorCode::kRefused, "account " + dataset.account + ": expected one of the owner's accounts");
  }
  return Privacy{std::min(total.epsilon, limit->second.epsilon), std::min(total.delta, limit->second.delta)};
}

Result<std::string> Broker::State::EncryptResource(const Json& claims, const token::TeePublicKey& key,
                                                   const ResourcePath& path, Time now) {
  Json::Array segments;
  for (std::string& segment : path.Segments()) segments.push_back(std::move(segment));
  const Json data =
      Json::Object{{"plugin", "resource"}, {"resource-path", std::move(segments)}, {"query", Json::Object{}}};
  const auto decision = TRY_WITH("resource policy", policies.Allows(PolicyKind::kResource, claims, data, now));
  if (!decision.allowed) return Error(ErrorCode::kRefused, "resource policy: " + decision.reason);
  const SecretBytes content = TRY(resources.Get(path));
  auto jwe = TRY(token::EncryptJwe(key, content.ExposeSecret()));
  const std::string tee_key = TRY(TeeKeyDigest(key));
  Json fields = Json::Object{{"resource", path.text()}, {"tee_key", tee_key}};
  // Its attestation may be an entry that was suppressed.
  if (auto measured = MeasurementIn(claims)) fields.Set("measurement", *std::move(measured));
  TRY(parts.audit.Append("resource.released", fields, now));
  return jwe;
}

Broker::Broker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Broker::~Broker() = default;

Result<std::unique_ptr<Broker>> Broker::Open(BrokerParts parts) {
  if (parts.owner.identity_keys.empty() || parts.owner.tls_keys.empty()) {
    return Error(ErrorCode::kUsage, "broker: expected the owner's identity key and the digest of our TLS key");
  }
  auto state = std::make_unique<State>(std::move(parts));
  TRY(state->Load());
  const auto recovered = state->accounts.Recover(state->Now());
  if (!recovered && recovered.error().code() != ErrorCode::kUnavailable) return recovered.error();
  return std::unique_ptr<Broker>(new Broker(std::move(state)));
}

Result<Broker::Authed> Broker::Auth(const Json& request) {
  KbsRequest read = TRY(KbsRequest::FromJson(request));
  auto session = TRY(state_->sessions.Begin(std::move(read.tee), state_->Now()));
  return Authed{std::move(session.id), session.expires, KbsChallenge(session.nonce)};
}

Result<std::string> Broker::State::Attest(std::string_view session, const Json& attestation,
                                          const Connection& connection, Time now) {
  const PendingAttestation pending = TRY(sessions.TakeForAttestation(session, now));
  const auto attested = VerifyAttestation(pending, attestation, connection, now);
  if (!attested) {
    sessions.Remove(session);
    return attested.error();
  }
  const Json fields = TRY(AttestedFields(**attested));
  // Any machine of the vendor's can attest; what is released to one later names its measurement again.
  if ((*attested)->contracted) {
    TRY(parts.audit.Append("session.attested", fields, now));
  } else {
    TRY(refusals.WriteEvent(Asker::kStranger, "session.attested", fields, now));
  }
  TRY(sessions.Finish(session, *attested, now));
  return (*attested)->appraisal.token();
}

Result<std::string> Broker::Attest(std::string_view session, const Json& attestation, const Connection& connection) {
  const Time now = state_->Now();
  auto token = state_->Attest(session, attestation, connection, now);
  if (token) return token;
  return state_->refusals.Write(Asker::kStranger, "attest", ClaimedBy(attestation), token.error(), now);
}

Result<std::string> Broker::ResourceForSession(std::string_view session, const ResourcePath& path) {
  const Time now = state_->Now();
  const Json fields = Json::Object{{"resource", path.text()}};
  const auto attested = state_->sessions.Find(session, now);
  if (!attested) return state_->refusals.Write(Asker::kStranger, "resource", fields, attested.error(), now);
  auto resource = state_->EncryptResource((*attested)->appraisal.claims(), (*attested)->tee_key, path, now);
  if (resource) return resource;
  return state_->refusals.Write(Asker::kAttested, "resource", fields, resource.error(), now);
}

Result<std::string> Broker::State::ResourceForToken(std::string_view token, const ResourcePath& path, Time now) {
  std::vector<token::NamedJwk> keys = parts.token_keys;
  const crypto::VerifyingKey ours = parts.token_key.Public();
  keys.push_back({ToBase64Url(token::JwkThumbprint(ours)), ours});
  const auto ear = TRY_WITH("token", token::VerifyEar(token, keys, {std::nullopt, std::nullopt, kLeeway}, now));
  for (const std::string_view pointer : kTeeKeyPointers) {
    const auto found = ear.claims().At(pointer);
    if (!found) continue;
    const auto key = TRY_WITH("token: tee-pubkey", token::TeePublicKey::FromJwk(**found));
    return EncryptResource(ear.claims(), key, path, now);
  }
  return Error(ErrorCode::kUntrusted, "token: expected the TEE's public key in it, got none");
}

Result<std::string> Broker::ResourceForToken(std::string_view token, const ResourcePath& path) {
  const Time now = state_->Now();
  auto resource = state_->ResourceForToken(token, path, now);
  if (resource) return resource;
  const Json fields = Json::Object{{"resource", path.text()}};
  return state_->refusals.Write(Asker::kStranger, "resource", fields, resource.error(), now);
}

}  // namespace cloister::broker
