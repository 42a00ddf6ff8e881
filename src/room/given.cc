#include "room/given.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "crypto/hash.h"

namespace cloister::room {
namespace {

using contract::Contract;
using contract::InitData;

constexpr std::size_t kMaxStatement = contract::kMaxSignedBytes;

Error Mismatch(std::string_view what, std::string_view expected, std::string_view came) {
  return Error(ErrorCode::kMismatch, std::string(what) + ": expected " + std::string(expected) + ", got " + std::string(came));
}

Result<void> CheckLedger(const InitData& init_data, const Contract& contract) {
  std::vector<contract::Digest> kids;
  for (const contract::NamedKey& key : contract.ledger.keys) kids.push_back(key.kid);
  if (init_data.ledger.origin != contract.ledger.origin) {
    return Mismatch("init-data: ledger", contract.ledger.origin, init_data.ledger.origin);
  }
  if (init_data.ledger.keys != kids || init_data.ledger.tls != contract.ledger.tls) {
    return Error(ErrorCode::kMismatch, "init-data: expected the ledger keys that the contract names, got others");
  }
  return {};
}

// Every provider's broker is named once, by a TLS key of the contract, and nobody else's.
Result<void> CheckBrokers(const InitData& init_data, const Contract& contract) {
  std::set<std::string> providers;
  for (const contract::Dataset& dataset : contract.datasets) providers.insert(dataset.provider);
  for (const std::string& provider : providers) {
    const InitData::Broker* broker = init_data.BrokerOf(provider);
    if (broker == nullptr) return Error(ErrorCode::kMismatch, "init-data: expected a broker of " + provider + ", got none");
    const auto& allowed = contract.FindParty(provider)->broker->tls;
    if (std::find(allowed.begin(), allowed.end(), broker->key) == allowed.end()) {
      return Error(ErrorCode::kMismatch,
                   "init-data: expected a TLS key of the contract for the broker of " + provider + ", got another");
    }
  }
  if (init_data.brokers.size() != providers.size()) {
    return Mismatch("init-data: brokers", std::to_string(providers.size()), std::to_string(init_data.brokers.size()));
  }
  return {};
}

Result<void> CheckRunRequest(const contract::Verified<contract::RunRequest>& request, const InitData& init_data,
                             const contract::SignedContract& contract) {
  if (request.digest() != init_data.run_request) {
    return Error(ErrorCode::kMismatch, "run request: expected the one that the init-data names, got another");
  }
  if (request->contracts != std::vector{contract.digest()}) {
    return Error(ErrorCode::kMismatch, "run request: expected this contract alone, got others");
  }
  if (request->pipeline != contract->pipeline.sha256) {
    return Error(ErrorCode::kMismatch, "run request: expected the contract's pipeline, got another");
  }
  for (const contract::Dataset& dataset : contract->datasets) {
    const contract::RunRequest::Spend* spend = request->SpendOn(dataset.id);
    const contract::PrivacyTerms* privacy = contract->PrivacyOf(dataset.id);
    if ((spend == nullptr) != (privacy == nullptr)) {
      return Error(ErrorCode::kMismatch, "run request: expected one spend for each metered dataset; " + dataset.name + " differs");
    }
    if (spend != nullptr && (spend->epsilon > privacy->epsilon || spend->delta > privacy->delta)) {
      return Error(ErrorCode::kExhausted, "run request: expected at most epsilon " + std::to_string(privacy->epsilon) +
                                              " on " + dataset.name + ", got " + std::to_string(spend->epsilon));
    }
  }
  return {};
}

}  // namespace

std::string PartyFileName(std::string_view did) { return ToHex(crypto::Sha256(AsBytes(did))) + ".cose"; }

Result<Given> ReadGiven(std::string_view text, const std::filesystem::path& data) {
  InitData init_data = TRY_WITH("init-data", InitData::FromToml(text));
  if (init_data.contracts.size() != 1) {
    return Mismatch("init-data: contracts", "exactly 1", std::to_string(init_data.contracts.size()));
  }
  const std::string json = TRY_WITH("contract", ReadTextFile(data / "contract.json", Contract::kMaxBytes));
  if (crypto::Sha256(AsBytes(json)) != init_data.contracts[0]) {
    return Error(ErrorCode::kMismatch, "contract: expected the one that the init-data names, got another");
  }
  const Contract unsigned_contract = TRY_WITH("contract", Contract::FromCanonical(json));
  std::vector<Bytes> signatures;
  std::vector<Bytes> receipts;
  for (const std::string& did : unsigned_contract.RequiredSigners()) {
    auto signature = ReadFile(data / "signatures" / PartyFileName(did), kMaxStatement);
    if (!signature) {
      return Error(ErrorCode::kUntrusted, "contract: expected a signature of " + did + ", got none");
    }
    signatures.push_back(*std::move(signature));
    auto receipt = ReadFile(data / "receipts" / PartyFileName(did), kMaxStatement);
    if (!receipt) {
      return Error(ErrorCode::kUntrusted, "contract: expected the ledger's receipt of the signature of " + did + ", got none");
    }
    receipts.push_back(*std::move(receipt));
  }
  contract::SignedContract contract = TRY_WITH("contract", contract::SignedContract::Verify(json, signatures));
  const Bytes request_bytes = TRY_WITH("run request", ReadFile(data / "run-request.cose", kMaxStatement));
  auto request = TRY_WITH("run request", contract::VerifyDocument<contract::RunRequest>(
                                             request_bytes, contract->Tdc().keys, contract->Tdc().did));
  const contract::Party* certifier = contract->FindParty(contract->compute.certifier);
  if (certifier == nullptr) return Error(ErrorCode::kMismatch, "contract: expected its certifier among the parties");
  const Bytes certification_bytes = TRY_WITH("certification", ReadFile(data / "certification.cose", kMaxStatement));
  auto certification = TRY_WITH("certification", contract::VerifyDocument<contract::Certification>(
                                                     certification_bytes, certifier->keys, certifier->did));
  if (init_data.pipeline != contract->pipeline.sha256) {
    return Error(ErrorCode::kMismatch, "init-data: expected the contract's pipeline, got another");
  }
  TRY(CheckLedger(init_data, *contract));
  TRY(CheckBrokers(init_data, *contract));
  TRY(CheckRunRequest(request, init_data, contract));
  return Given(std::string(text), std::move(init_data), std::move(contract), std::move(request),
               std::move(certification), std::move(receipts));
}

}  // namespace cloister::room
