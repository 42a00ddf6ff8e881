#include "commands/run_commands.h"

#include <map>

#include "base/file.h"
#include "commands/documents.h"
#include "contract/init_data.h"
#include "contract/run.h"
#include "net/client.h"

namespace cloister::commands {
namespace {

using contract::Contract;
using contract::InitData;

constexpr std::chrono::minutes kClocksDiffer{1};

Result<double> Spend(std::string_view what, double wanted, double most) {
  if (wanted == 0) return most;
  if (wanted <= most) return wanted;
  return Error(ErrorCode::kRefused, "expected at most " + std::string(what) + " " + formats::Json(most).Dump() +
                                        " for one run, got " + formats::Json(wanted).Dump());
}

// "DID=URL" by DID.
Result<std::map<std::string, std::string>> BrokerUrls(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> urls;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return Error(ErrorCode::kUsage, "--broker: expected DID=URL, got " + text);
    const std::string url = text.substr(equals + 1);
    const auto origin = net::Origin::Parse(url);
    if (!origin) return Error(ErrorCode::kUsage, "--broker: expected DID=URL: " + origin.error().message());
    if (!urls.emplace(text.substr(0, equals), url).second) {
      return Error(ErrorCode::kUsage, "--broker: expected one URL for each DID, got two for " + text.substr(0, equals));
    }
  }
  return urls;
}

// One broker for each party that holds a key of the contract.
Result<std::vector<InitData::Broker>> BrokersOf(const Contract& contract, std::map<std::string, std::string> urls) {
  std::vector<InitData::Broker> brokers;
  for (const contract::Party& party : contract.parties) {
    if (!party.broker) continue;
    const auto found = urls.find(party.did);
    if (found == urls.end()) return Error(ErrorCode::kUsage, "expected --broker " + party.did + "=URL, got none for it");
    if (party.broker->tls.empty()) return Error(ErrorCode::kMalformed, party.did + ": expected a TLS key of its broker in the contract, got none");
    brokers.push_back({party.did, found->second, party.broker->tls[0]});
    urls.erase(found);
  }
  if (urls.empty()) return brokers;
  return Error(ErrorCode::kUsage, "--broker: expected parties with a broker in the contract, got " + urls.begin()->first);
}

}  // namespace

Result<Answer> Certify(const CertifyOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const Time now = Now();
  contract::Certification certification;
  for (const std::string& hex : options.measurements) {
    const auto bytes = TRY_WITH("--measurement: expected hex of 48 bytes", FromHex(hex));
    certification.measurements.push_back(TRY_WITH("--measurement", ToArray<48>(bytes)));
  }
  const Signer signer = TRY(LoadSigner(options.party, options.passphrase_file));
  if (signer.card.role != contract::Role::kSro) {
    return Error(ErrorCode::kUsage, "expected a party with role sro, " + signer.card.did + " is " +
                                        std::string(contract::RoleName(signer.card.role)));
  }
  certification.certifier = signer.card.did;
  certification.algorithms = {"dp-sgd/1"};
  certification.claims = {"releases nothing but the contracted outputs"};
  certification.not_before = now - kClocksDiffer;
  certification.not_after = now + std::chrono::hours(24) * options.days;
  const Bytes cose = TRY(contract::SignDocument(certification, signer.key, signer.card.did, now));
  TRY(WriteFile(options.output, cose, FileMode::kPublic));
  streams.out << "certified by " << signer.card.did << " until " << ToRfc3339(certification.not_after) << "\n";
  return Answer::kYes;
}

Result<Answer> RequestRun(const RunRequestOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const Contract contract = TRY(ReadContract(options.contract));
  const Time now = Now();
  TRY_WITH(options.contract, contract.CheckDates(now));
  contract::RunRequest request;
  request.run = crypto::NewUuidV4(crypto::SystemRandom());
  request.contracts = {contract.digest()};
  request.pipeline = contract.pipeline.sha256;
  for (const contract::PrivacyTerms& terms : contract.privacy) {
    const double epsilon = TRY(Spend("epsilon", options.epsilon, terms.epsilon));
    const double delta = TRY(Spend("delta", options.delta, terms.delta));
    request.spend.push_back({terms.dataset, epsilon, delta});
  }
  const Signer signer = TRY(LoadSigner(options.party, options.passphrase_file));
  if (signer.card.did != contract.Tdc().did) {
    return Error(ErrorCode::kRefused, "expected the contract's consumer " + contract.Tdc().did + ", got " + signer.card.did);
  }
  request.consumer = signer.card.did;
  request.not_before = now - kClocksDiffer;
  request.deadline = std::min(now + std::chrono::minutes(options.minutes), contract.expiry);
  const Bytes cose = TRY(contract::SignDocument(request, signer.key, signer.card.did, now));
  TRY_WITH("as " + signer.card.did,
           contract::VerifyDocument<contract::RunRequest>(cose, contract.Tdc().keys, contract.Tdc().did));
  TRY(WriteFile(options.output, cose, FileMode::kPublic));
  streams.out << "run " << request.run << " until " << ToRfc3339(request.deadline) << "\n";
  return Answer::kYes;
}

Result<Answer> RoomInitData(const RoomInitDataOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const Contract contract = TRY(ReadContract(options.contract));
  const auto card = TRY(ReadLedgerCard(options.ledger));
  TRY(CheckSameLedger(card, contract.ledger));
  const Bytes cose = TRY(ReadFile(options.run_request, contract::kMaxSignedBytes));
  const auto request = TRY_WITH(options.run_request + ": expected the consumer's run request",
                                contract::VerifyDocument<contract::RunRequest>(cose, contract.Tdc().keys, contract.Tdc().did));
  if (request->contracts != std::vector<contract::Digest>{contract.digest()}) {
    return Error(ErrorCode::kMismatch, options.run_request + ": expected a run under contract " + ToHex(contract.digest()) +
                                           ", it is for another");
  }
  TRY_WITH(options.run_request, request->CheckTime(std::max(Now(), request->not_before)));
  InitData init_data;
  init_data.run_request = request.digest();
  init_data.contracts = request->contracts;
  init_data.pipeline = request->pipeline;
  init_data.ledger.origin = contract.ledger.origin;
  init_data.ledger.url = card.url;
  for (const contract::NamedKey& key : contract.ledger.keys) init_data.ledger.keys.push_back(key.kid);
  init_data.ledger.tls = contract.ledger.tls;
  init_data.brokers = TRY(BrokersOf(contract, TRY(BrokerUrls(options.brokers))));
  const std::string toml = init_data.ToToml();
  TRY(WriteFile(options.output, AsBytes(toml), FileMode::kPublic));
  streams.out << "HOST_DATA " << ToHex(contract::InitDataDigest(toml)) << "\n";
  return Answer::kYes;
}

}  // namespace cloister::commands
