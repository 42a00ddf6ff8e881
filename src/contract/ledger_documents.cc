#include "contract/ledger_documents.h"

#include "contract/internal/fields.h"

namespace cloister::contract {
namespace {

using namespace internal;

Result<Nonce> GetNonce(const Json& json) {
  const Bytes bytes = TRY(GetBytes(json, "nonce", 64));
  return TRY_WITH("nonce", ToArray<32>(bytes));
}

Result<AccountName> ReadAccountName(const Json& json) {
  TRY(json.RefuseUnknownMembers({"broker", "account"}));
  AccountName name;
  name.broker = TRY(GetDid(json, "broker"));
  name.account = TRY(GetText(json, "account", 512));
  return name;
}

Result<std::uint64_t> ReadSize(const Json& json) {
  const std::int64_t size = TRY(json.AsInt());
  if (size < 0) return Error(ErrorCode::kMalformed, "expected a tree size, got a negative number");
  return static_cast<std::uint64_t>(size);
}

Result<FreshAnswer::RevokedBy> ReadRevokedBy(const Json& json) {
  TRY(json.RefuseUnknownMembers({"by", "reason", "time"}));
  FreshAnswer::RevokedBy revoked;
  revoked.by = TRY(GetDid(json, "by"));
  revoked.reason = TRY(GetText(json, "reason"));
  revoked.time = TRY(GetTime(json, "time"));
  return revoked;
}

Result<FreshAnswer::ContractStatus> ReadStatus(const Json& json) {
  TRY(json.RefuseUnknownMembers({"contract", "state", "missing", "revocation"}));
  FreshAnswer::ContractStatus status;
  status.contract = TRY(GetDigest(json, "contract"));
  status.state = TRY(
      GetEnum(json, "state",
              {ContractState::kActive, ContractState::kSignedInPart, ContractState::kNotYet, ContractState::kExpired,
               ContractState::kRevoked, ContractState::kSuperseded, ContractState::kUnknown},
              ContractStateName));
  status.missing = TRY(GetTexts(json, "missing"));
  if (json.Find("revocation") != nullptr) status.revocation = TRY(GetPart(json, "revocation", ReadRevokedBy));
  return status;
}

Result<FreshAnswer::RunStatus> ReadRunStatus(const Json& json) {
  TRY(json.RefuseUnknownMembers({"run", "state"}));
  FreshAnswer::RunStatus status{};
  status.run = TRY(GetUuid(json, "run"));
  status.state =
      TRY(GetEnum(json, "state", {RunState::kUnused, RunState::kReserved, RunState::kReported}, RunStateName));
  return status;
}

Result<FreshAnswer::AccountHead> ReadHead(const Json& json) {
  TRY(json.RefuseUnknownMembers({"broker", "account", "sequence", "head"}));
  FreshAnswer::AccountHead head{};
  head.name.broker = TRY(GetDid(json, "broker"));
  head.name.account = TRY(GetText(json, "account", 512));
  head.sequence = TRY(GetCount(json, "sequence"));
  head.head = TRY(GetDigest(json, "head"));
  if ((head.sequence == 0) != (head.head == Digest{}))
    return Malformed("head", "zeros at sequence 0 and only there", "otherwise");
  return head;
}

Result<FreshAnswer::Consistency> ReadConsistency(const Json& json) {
  TRY(json.RefuseUnknownMembers({"from", "proof"}));
  FreshAnswer::Consistency consistency;
  consistency.from = TRY(GetCount(json, "from"));
  consistency.proof = TRY(GetList(json, "proof", [](const Json& item) -> Result<Digest> {
    const std::string text = TRY(item.AsString());
    const Bytes hash = TRY(FromBase64(text));
    return ToArray<32>(hash);
  }));
  return consistency;
}

Json WriteName(const AccountName& name) { return Json::Object{{"broker", name.broker}, {"account", name.account}}; }

Json WriteStatus(const FreshAnswer::ContractStatus& status) {
  Json json = Json::Object{{"contract", Hex(status.contract)},
                           {"state", ContractStateName(status.state)},
                           {"missing", TextList(status.missing)}};
  if (status.revocation) {
    json.Set("revocation", Json::Object{{"by", status.revocation->by},
                                        {"reason", status.revocation->reason},
                                        {"time", ToRfc3339(status.revocation->time)}});
  }
  return json;
}

Json WriteHead(const FreshAnswer::AccountHead& head) {
  Json json = WriteName(head.name);
  json.Set("sequence", Count(head.sequence));
  json.Set("head", Hex(head.head));
  return json;
}

Json WriteConsistency(const FreshAnswer::Consistency& consistency) {
  return Json::Object{{"from", Count(consistency.from)},
                      {"proof", ToList(consistency.proof, [](const Digest& hash) { return Json(ToBase64(hash)); })}};
}

}  // namespace

std::string_view ContractStateName(ContractState state) {
  switch (state) {
    case ContractState::kActive:
      return "active";
    case ContractState::kSignedInPart:
      return "signed-in-part";
    case ContractState::kNotYet:
      return "not-yet";
    case ContractState::kExpired:
      return "expired";
    case ContractState::kRevoked:
      return "revoked";
    case ContractState::kSuperseded:
      return "superseded";
    case ContractState::kUnknown:
      return "unknown";
  }
  CHECK(false);
}

std::string_view RunStateName(RunState state) {
  switch (state) {
    case RunState::kUnused:
      return "unused";
    case RunState::kReserved:
      return "reserved";
    case RunState::kReported:
      return "reported";
  }
  CHECK(false);
}

Result<Revocation> Revocation::FromJson(const Json& json) {
  TRY(CheckType(json, "revocation/v1", {"type", "id", "contract", "by", "reason", "time"}));
  Revocation out{};
  out.id = TRY(GetUrnUuid(json, "id"));
  out.contract = TRY(GetDigest(json, "contract"));
  out.by = TRY(GetDid(json, "by"));
  out.reason = TRY(GetText(json, "reason", 4096));
  out.time = TRY(GetTime(json, "time"));
  return out;
}

Json Revocation::ToJson() const {
  return Json::Object{{"type", "revocation/v1"},   {"id", id},
                      {"contract", Hex(contract)}, {"by", by},
                      {"reason", reason},          {"time", ToRfc3339(time)}};
}

Result<FreshRequest> FreshRequest::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"nonce", "contracts", "run", "accounts", "consistency_from"}));
  FreshRequest request;
  request.nonce = TRY(GetNonce(json));
  request.contracts = TRY(GetDigests(json, "contracts"));
  if (json.Find("run") != nullptr) request.run = TRY(GetUuid(json, "run"));
  request.accounts = TRY(GetList(json, "accounts", ReadAccountName));
  request.consistency_from = TRY(GetList(json, "consistency_from", ReadSize));
  return request;
}

Json FreshRequest::ToJson() const {
  Json json =
      Json::Object{{"nonce", ToBase64Url(nonce)},
                   {"contracts", HexList(contracts)},
                   {"accounts", ToList(accounts, WriteName)},
                   {"consistency_from", ToList(consistency_from, [](std::uint64_t size) { return Count(size); })}};
  if (run) json.Set("run", *run);
  return json;
}

Result<FreshAnswer> FreshAnswer::FromJson(const Json& json) {
  TRY(CheckType(json, "fresh-answer/v1",
                {"type", "nonce", "origin", "checkpoint", "time", "contracts", "run", "accounts", "consistency"}));
  FreshAnswer answer;
  answer.nonce = TRY(GetNonce(json));
  answer.origin = TRY(GetText(json, "origin", 512));
  answer.checkpoint = TRY(GetText(json, "checkpoint"));
  answer.time = TRY(GetTime(json, "time"));
  answer.contracts = TRY(GetList(json, "contracts", ReadStatus));
  if (json.Find("run") != nullptr) answer.run = TRY(GetPart(json, "run", ReadRunStatus));
  answer.accounts = TRY(GetList(json, "accounts", ReadHead));
  answer.consistency = TRY(GetList(json, "consistency", ReadConsistency));
  return answer;
}

Json FreshAnswer::ToJson() const {
  Json json = Json::Object{{"type", "fresh-answer/v1"},
                           {"nonce", ToBase64Url(nonce)},
                           {"origin", origin},
                           {"checkpoint", checkpoint},
                           {"time", ToRfc3339(time)},
                           {"contracts", ToList(contracts, WriteStatus)},
                           {"accounts", ToList(accounts, WriteHead)},
                           {"consistency", ToList(consistency, WriteConsistency)}};
  if (run) json.Set("run", Json::Object{{"run", run->run}, {"state", RunStateName(run->state)}});
  return json;
}

const FreshAnswer::ContractStatus* FreshAnswer::StatusOf(const Digest& contract) const {
  for (const ContractStatus& status : contracts) {
    if (status.contract == contract) return &status;
  }
  return nullptr;
}

const FreshAnswer::AccountHead* FreshAnswer::HeadOf(const AccountName& name) const {
  for (const AccountHead& head : accounts) {
    if (head.name == name) return &head;
  }
  return nullptr;
}

const FreshAnswer::Consistency* FreshAnswer::ConsistencyFrom(std::uint64_t size) const {
  for (const Consistency& proof : consistency) {
    if (proof.from == size) return &proof;
  }
  return nullptr;
}

Result<ReadRequest> ReadRequest::FromJson(const Json& json) {
  TRY(CheckType(json, "read/v1", {"type", "entry", "time", "nonce"}));
  return ReadRequest{TRY(GetCount(json, "entry")), TRY(GetTime(json, "time")), TRY(GetNonce(json))};
}

Json ReadRequest::ToJson() const {
  return Json::Object{
      {"type", "read/v1"}, {"entry", Count(entry)}, {"time", ToRfc3339(time)}, {"nonce", ToBase64Url(nonce)}};
}

}  // namespace cloister::contract
