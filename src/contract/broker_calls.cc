#include "contract/broker_calls.h"

#include "contract/internal/fields.h"

namespace cloister::contract {
namespace {

using namespace internal;

constexpr std::size_t kMaxCose = 512 * 1024;
constexpr std::size_t kFileKeySize = 16;
constexpr std::size_t kKeyTextSize = 22;  // of 16 bytes in base64url
constexpr std::string_view kKeyMember = "\"file_key\":\"";

Result<Bytes> ReadCose(const Json& json) {
  const std::string text = TRY(json.AsString());
  if (text.size() > kMaxCose) return Error(ErrorCode::kLimit, "COSE: expected at most 524288 characters, got more");
  return FromBase64Url(text);
}

Json WriteCose(const Bytes& cose) { return ToBase64Url(cose); }

}  // namespace

Result<ReserveCall> ReserveCall::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers(
      {"run_request", "contracts", "receipts", "certification", "ledger_answer", "dataset", "epsilon", "delta"}));
  ReserveCall out{};
  out.run_request = TRY(GetBytes(json, "run_request", kMaxCose));
  out.contracts = TRY(GetDigests(json, "contracts"));
  out.receipts = TRY(GetList(json, "receipts", ReadCose));
  out.certification = TRY(GetBytes(json, "certification", kMaxCose));
  out.ledger_answer = TRY(GetBytes(json, "ledger_answer", kMaxCose));
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.epsilon = TRY(GetFinite(json, "epsilon", 0, 1e6));
  out.delta = TRY(GetFinite(json, "delta", 0, 1));
  return out;
}

Json ReserveCall::ToJson() const {
  return Json::Object{{"run_request", WriteCose(run_request)},
                      {"contracts", HexList(contracts)},
                      {"receipts", ToList(receipts, WriteCose)},
                      {"certification", WriteCose(certification)},
                      {"ledger_answer", WriteCose(ledger_answer)},
                      {"dataset", dataset},
                      {"epsilon", Number(epsilon)},
                      {"delta", Number(delta)}};
}

Result<ReleaseCall> ReleaseCall::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"dataset", "reservations"}));
  ReleaseCall call;
  call.dataset = TRY(GetUrnUuid(json, "dataset"));
  call.reservations = TRY(GetList(json, "reservations", ReadCose));
  return call;
}

Json ReleaseCall::ToJson() const {
  return Json::Object{{"dataset", dataset}, {"reservations", ToList(reservations, WriteCose)}};
}

Result<ReportCall> ReportCall::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"spent"}));
  return ReportCall{TRY(GetBytes(json, "spent", kMaxCose))};
}

Json ReportCall::ToJson() const { return Json::Object{{"spent", WriteCose(spent)}}; }

Json AnswerWith(std::string_view member, ByteSpan cose) {
  return Json::Object{{std::string(member), ToBase64Url(cose)}};
}

Result<Bytes> CoseFromAnswer(const Json& json, std::string_view member) {
  TRY(json.RefuseUnknownMembers({member}));
  return GetBytes(json, member, kMaxCose);
}

// The key's text is taken out before the rest is parsed as JSON, so that no copy of it stays in memory that is not
// wiped.
Result<FileKey> FileKey::FromCanonical(const SecretBytes& text) {
  const std::string_view raw = AsText(text.ExposeSecret());
  const std::size_t at = raw.find(kKeyMember);
  if (raw.size() > 4096 || at == std::string_view::npos || raw.size() < at + kKeyMember.size() + kKeyTextSize) {
    return Error(ErrorCode::kMalformed, "file key: expected its canonical JSON");
  }
  const std::size_t begin = at + kKeyMember.size();
  Result<Bytes> key = FromBase64Url(raw.substr(begin, kKeyTextSize));
  if (!key) return Error(ErrorCode::kMalformed, "file key: expected 16 bytes in base64url");
  SecretBytes file_key = SecretBytes::CopyOf(*key);
  Wipe(*key);

  const std::string rest = std::string(raw.substr(0, begin)) + std::string(raw.substr(begin + kKeyTextSize));
  const Json json = TRY_WITH("file key", Json::Parse(rest, {.max_bytes = 4096, .max_depth = 4}));
  TRY_WITH("file key",
           CheckType(json, "file-key/v1", {"type", "run", "contract", "dataset", "header_sha256", "file_key"}));
  FileKey out{};
  out.run = TRY(GetUuid(json, "run"));
  out.contract = TRY(GetDigest(json, "contract"));
  out.dataset = TRY(GetUrnUuid(json, "dataset"));
  out.header_sha256 = TRY(GetDigest(json, "header_sha256"));
  out.file_key = std::move(file_key);
  const SecretBytes again = out.ToCanonical();
  if (!Equal(again.ExposeSecret(), text.ExposeSecret()))
    return Error(ErrorCode::kMalformed, "file key: expected canonical JSON");
  return out;
}

// In the order of RFC 8785; no member needs escaping.
SecretBytes FileKey::ToCanonical() const {
  CHECK(file_key.size() == kFileKeySize);
  std::string key = ToBase64Url(file_key.ExposeSecret());
  const std::string before =
      "{\"contract\":\"" + ToHex(contract) + "\",\"dataset\":\"" + dataset + "\"," + std::string(kKeyMember);
  const std::string after =
      "\",\"header_sha256\":\"" + ToHex(header_sha256) + "\",\"run\":\"" + run + "\",\"type\":\"file-key/v1\"}";
  SecretBytes out(before.size() + key.size() + after.size());
  std::uint8_t* at = out.ExposeSecretForWriting().data();
  for (const std::string* part : {&before, static_cast<const std::string*>(&key), &after})
    at = std::copy(part->begin(), part->end(), at);
  Wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  return out;
}

}  // namespace cloister::contract
