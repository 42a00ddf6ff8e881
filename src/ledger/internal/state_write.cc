#include "ledger/internal/state.h"
#include "ledger/internal/tables.h"

namespace cloister::ledger::internal {
namespace {

using formats::Json;

Bytes Row(const Json& json) { return ToBytes(json.Dump()); }

}  // namespace

Result<void> StateWriter::PutContract(const Contract& contract, const Digest& digest) {
  TRY(transaction_.Put(kContracts, digest, AsBytes(contract.ToCanonical())));
  Bytes version = ToBytes(ByteSpan(HashOf(contract.id)));
  AppendBe(version, contract.version);
  TRY(transaction_.Put(kVersions, Concat({version, digest}), {}));
  for (const contract::Party& party : contract.parties) {
    for (const contract::NamedKey& key : party.keys) {
      TRY(transaction_.Put(kPartyKeys, Concat({key.kid, HashOf(party.did), digest}), {}));
    }
  }
  return {};
}

Result<void> StateWriter::AddSigner(const Digest& digest, std::string_view did) {
  return transaction_.Insert(kSigners, Concat({digest, HashOf(did)}), AsBytes(did));
}

Result<void> StateWriter::PinKeys(const Contract& contract) {
  for (const contract::Party& party : contract.parties) {
    if (!party.signs) continue;
    for (const contract::NamedKey& key : party.keys) {
      const Bytes row = Concat({HashOf(party.did), key.kid});
      if (!TRY(transaction_.Get(kPins, row))) TRY(transaction_.Put(kPins, row, {}));
    }
  }
  return {};
}

Result<void> StateWriter::PutRotation(const contract::KeyRotation& rotation, Time now) {
  const auto party = HashOf(rotation.party);
  TRY(transaction_.Put(kPins, Concat({party, rotation.to.kid}), Row(rotation.to.ToJson())));
  return transaction_.Insert(kReplacedKeys, Concat({party, rotation.from}), AsBytes(ToRfc3339(now)));
}

Result<void> StateWriter::PutRevocation(const Digest& digest, const RevocationRecord& record) {
  const Json json = Json::Object{{"by", record.what.by},
                                 {"reason", record.what.reason},
                                 {"time", ToRfc3339(record.what.time)},
                                 {"registered", ToRfc3339(record.registered)}};
  return transaction_.Put(kRevocations, digest, Row(json));
}

Result<void> StateWriter::PutHead(std::string_view broker, std::string_view account, const AccountHead& head) {
  Bytes row;
  AppendBe(row, head.sequence);
  return transaction_.Put(kHeads, Concat({HashOf(broker), HashOf(account)}), Concat({row, head.head}));
}

Result<void> StateWriter::PutRunDataset(std::string_view run, std::string_view dataset, std::string_view broker,
                                        const RunDataset& claim) {
  const Json json = Json::Object{{"last", static_cast<int>(claim.last)},
                                 {"contract", ToHex(claim.contract)},
                                 {"reserve_head", ToHex(claim.reserve_head)},
                                 {"epsilon", claim.epsilon},
                                 {"delta", claim.delta}};
  return transaction_.Put(kRunDatasets, Concat({HashOf(run), HashOf(dataset), HashOf(broker)}), Row(json));
}

Result<void> StateWriter::PutReport(std::string_view run, const ReportedRun& report) {
  Json::Array contracts;
  for (const Digest& digest : report.contracts) contracts.emplace_back(ToHex(digest));
  const Json json = Json::Object{{"report", ToHex(report.report)},
                                 {"room_key", report.room_key},
                                 {"contracts", std::move(contracts)},
                                 {"scrubbed", report.scrubbed}};
  return transaction_.Put(kReports, HashOf(run), Row(json));
}

}  // namespace cloister::ledger::internal
