#include "commands/ledger_commands.h"

#include <algorithm>

#include "base/file.h"
#include "commands/broker_admin.h"
#include "commands/documents.h"

namespace cloister::commands {

using formats::Json;

Result<Answer> LedgerVerify(const LedgerVerifyOptions& options, Streams streams) {
  const auto card = TRY(ReadLedgerCard(options.ledger));
  const auto trust = TRY_WITH(options.ledger + ": expected a ledger's card", ledger::LedgerTrust::FromTerms(card.terms));
  const Bytes receipt = TRY(ReadFile(options.receipt, kMaxDocument));
  const Bytes statement = TRY(ReadFile(options.statement, contract::kMaxSignedBytes));
  const auto verified = ledger::VerifyReceipt(receipt, statement, trust);
  if (!verified) return AsVerdict(verified.error().With(options.receipt + ": expected the ledger's receipt of " + options.statement));
  if (options.json) {
    streams.out << Json(Json::Object{{"origin", trust.origin},
                                     {"entry", verified->index()},
                                     {"tree_size", verified->head().size},
                                     {"sha256", ToHex(crypto::Sha256(statement))}})
                       .Pretty();
  } else {
    streams.out << options.statement << " is entry " << verified->index() << " of the ledger " << trust.origin
                << ", in its tree of " << verified->head().size << " entries\n";
  }
  return Answer::kYes;
}

Result<Answer> Revoke(const RevokeOptions& options, Streams streams) {
  for (const std::string* file : {&options.output, &options.receipt}) {
    if (!file->empty()) TRY(CheckWritable(*file));
  }
  const auto contract = TRY(ReadContract(options.contract));
  const auto card = TRY(ReadLedgerCard(options.ledger));
  TRY(CheckSameLedger(card, contract.ledger));
  const Signer signer = TRY(LoadSigner(options.party, options.passphrase_file));
  const auto& allowed = contract.revocable_by;
  if (std::find(allowed.begin(), allowed.end(), signer.card.did) == allowed.end()) {
    return Error(ErrorCode::kRefused, "expected a party that may revoke the contract, " + signer.card.did + " may not");
  }
  const Time now = Now();
  const contract::Revocation revocation{contract.id, contract.digest(), signer.card.did, options.reason, now};
  TRY(contract::Revocation::FromJson(revocation.ToJson()));  // such as a reason that is empty
  const Bytes cose = TRY(contract::SignDocument(revocation, signer.key, signer.card.did, now));
  if (!options.url.empty()) {
    BrokerAdmin admin = TRY(BrokerAdmin::Connect(options.party, options.url));
    TRY_WITH(options.url, admin.Revoke(contract.digest(), options.reason));
    streams.out << "one's own broker releases nothing under " << ToHex(contract.digest()) << " any more\n";
  }
  const Registered registered = TRY(Register(cose, card));
  streams.out << "revoked " << ToHex(contract.digest()) << ": entry " << registered.index << " of the ledger "
              << card.terms.origin << "\n";
  if (!options.output.empty()) TRY(WriteFile(options.output, cose, FileMode::kPublic));
  if (!options.receipt.empty()) TRY(WriteFile(options.receipt, registered.receipt, FileMode::kPublic));
  return Answer::kYes;
}

}  // namespace cloister::commands
