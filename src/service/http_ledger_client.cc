#include "service/http_ledger_client.h"

namespace cloister::service {
namespace {

using formats::Json;

constexpr std::string_view kCose = "application/cose";

}  // namespace

Error ProblemFailure(const net::Response& response, std::string_view who) {
  const std::string status = std::string(who) + " answered " + std::to_string(response.status);
  // Only a refusal in its own words is one: brokers take entries back on it.
  const ErrorCode fallback = ErrorCode::kUnavailable;
  const auto body = Json::Parse(AsText(response.body));
  if (!body) return Error(fallback, status);
  const auto code = body->GetString("code");
  const auto detail = body->GetString("detail");
  return Error(code ? ErrorCodeFromName(*code, fallback) : fallback, detail ? *detail : status);
}

Result<std::unique_ptr<HttpLedgerClient>> HttpLedgerClient::Create(std::string_view url, const contract::Digest& tls_key,
                                                                   std::optional<std::filesystem::path> relay) {
  net::ClientConfig config{net::TrustKey{tls_key}};
  if (relay) config.unix_socket = *relay;
  auto client = TRY(net::Client::Create(url, std::move(config)));
  return std::unique_ptr<HttpLedgerClient>(new HttpLedgerClient(std::move(client)));
}

Result<Bytes> HttpLedgerClient::Register(ByteSpan statement) {
  const net::Response response = TRY(client_->Post("/entries", kCose, statement));
  if (response.status != 201 && response.status != 200) return ProblemFailure(response, "the ledger");
  return response.body;
}

Result<Bytes> HttpLedgerClient::Fresh(const contract::FreshRequest& request) {
  const net::Response response = TRY(client_->Post("/v1/fresh", "application/json", AsBytes(request.ToJson().Dump())));
  if (response.status != 200) return ProblemFailure(response, "the ledger");
  return response.body;
}

Result<std::string> HttpLedgerClient::Checkpoint() {
  const net::Response response = TRY(client_->Get("/checkpoint"));
  if (response.status != 200) return ProblemFailure(response, "the ledger");
  return std::string(AsText(response.body));
}

Result<translog::MerkleProof> HttpLedgerClient::Consistency(std::uint64_t from, std::uint64_t to) {
  const net::Response response =
      TRY(client_->Get("/v1/consistency/" + std::to_string(from) + "/" + std::to_string(to)));
  if (response.status != 200) return ProblemFailure(response, "the ledger");
  const Json body = TRY_WITH("the ledger's answer", Json::Parse(AsText(response.body)));
  translog::MerkleProof proof;
  for (const std::string& hash : TRY(body.GetStrings("proof"))) {
    if (proof.size() == translog::kMaxProofHashes) return Error(ErrorCode::kLimit, "consistency proof: too many hashes");
    proof.push_back(TRY(ToArray<32>(TRY(FromBase64(hash)))));
  }
  return proof;
}

Result<Bytes> HttpLedgerClient::Read(ByteSpan signed_request) {
  const net::Response response = TRY(client_->Post("/v1/read", kCose, signed_request));
  if (response.status != 200) return ProblemFailure(response, "the ledger");
  return response.body;
}

}  // namespace cloister::service
