#include "commands/party_commands.h"

#include "commands/documents.h"

namespace cloister::commands {
namespace {

void PrintCard(const PartyCard& card, std::ostream& out) {
  out << "party      " << card.did << "\n"
      << "role       " << contract::RoleName(card.role) << "\n";
  for (const auto& key : card.keys) out << "identity   " << ToHex(key.kid) << "\n";
  out << "recipient  " << card.recipient << "\n";
  if (!card.broker) return;
  for (const auto& key : card.broker->keys) out << "broker     signs with " << ToHex(key.kid) << "\n";
  for (const auto& tls : card.broker->tls) out << "broker     answers with TLS key " << ToHex(tls) << "\n";
}

}  // namespace

Result<Answer> PartyInit(const PartyInitOptions& options, Streams streams) {
  if (!contract::CheckDid(options.did)) {
    return Error(ErrorCode::kUsage, "--did: expected a DID such as did:web:hospital.example, got " + options.did);
  }
  const contract::Role role = TRY(RoleFromName(options.role));
  const SecretBytes passphrase = TRY(ReadPassphrase(options.passphrase_file));
  const PartyCard card = TRY(InitParty(options.folder, {options.did, role}, passphrase, options.hosts, Now()));
  PrintCard(card, streams.out);
  streams.err << "Hand " << options.folder << "/party.json to the other parties; everything else there stays with you.\n";
  return Answer::kYes;
}

Result<Answer> PartyShow(const PartyShowOptions& options, Streams streams) {
  const PartyCard card = TRY(LoadPartyCard(options.folder));
  if (options.json) {
    streams.out << card.ToJson().Pretty();
  } else {
    PrintCard(card, streams.out);
  }
  return Answer::kYes;
}

Result<Answer> PartyRotate(const PartyRotateOptions& options, Streams streams) {
  NewIdentity wanted;
  wanted.old_passphrase = TRY(ReadPassphrase(options.passphrase_file));
  wanted.new_passphrase = TRY(ReadPassphrase(options.new_passphrase_file));
  std::optional<service::LedgerCard> ledger;
  if (!options.ledger.empty()) ledger = TRY(ReadLedgerCard(options.ledger));
  const auto publish = [&](ByteSpan rotation) -> Result<void> {
    if (ledger) TRY(Register(rotation, *ledger));
    return {};
  };
  const PartyCard card = TRY(RotateIdentity(options.folder, wanted, Now(), publish));
  PrintCard(card, streams.out);
  streams.err << "Contracts that name the old key (identity.pem.old) keep naming it; new ones need the new party.json.\n";
  if (!ledger) {
    streams.err << "A ledger that knows the old key has to be told, or it takes no signature by the new one: "
                   "the next rotation with --ledger shows it this one too.\n";
  }
  return Answer::kYes;
}

}  // namespace cloister::commands
