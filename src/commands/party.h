// A party's folder: who it is, and its keys.
//
//   party.json                DID, role, public keys: what others need to draw up a contract
//   identity.pem              signs contracts and run requests; encrypted under the owner's passphrase
//   age-identity.txt          opens what is sealed to the party (consumer's outputs); 0600
//   broker/key.pem            signs reservations; broker/tls.pem, tls.crt; broker/root.key seals its store; 0600
//   broker/admin.pem          signs the tokens with which the owner's tool speaks to the broker; admin.pub is the broker's half
#pragma once

#include <filesystem>
#include <functional>

#include "contract/contract.h"
#include "crypto/random.h"

namespace cloister::commands {

// The public half, as party.json has it.
struct PartyCard {
  std::string did;
  contract::Role role;
  std::vector<contract::NamedKey> keys;          // identity
  std::optional<contract::BrokerTerms> broker;   // tdp and tdc
  std::string recipient;                         // age1…

  static Result<PartyCard> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  // As it stands in a contract.
  contract::Party ToParty() const;
};

struct NewParty {
  std::string did;
  contract::Role role;
};

// Makes all keys of a party in `folder`. A tdp or tdc gets a broker's keys too; its TLS certificate is for 127.0.0.1 and
// localhost and `hosts`, and is pinned by key. kConflict: the folder has a party already; kUsage: an empty passphrase.
Result<PartyCard> InitParty(const std::filesystem::path& folder, const NewParty& party, const SecretBytes& passphrase,
                            const std::vector<std::string>& hosts, Time now);

Result<PartyCard> LoadPartyCard(const std::filesystem::path& folder);
// kUntrusted: wrong passphrase.
Result<crypto::SigningKey> LoadIdentity(const std::filesystem::path& folder, const SecretBytes& passphrase);
// Makes a new identity key. The card then lists the new key alone: contracts signed with the old one keep naming it, and
// new contracts need the new card. The old key is kept beside as identity.pem.old. `publish` gets the old key's word that
// the new one takes its place (contract::KeyRotation), after those of all earlier rotations (rotation-N.cose), which a
// ledger may know already. After a failure the same call goes on with the same new key (identity.pem.new) and word.
struct NewIdentity {
  SecretBytes old_passphrase;
  SecretBytes new_passphrase;
};
Result<PartyCard> RotateIdentity(const std::filesystem::path& folder, const NewIdentity& wanted, Time now,
                                 const std::function<Result<void>(ByteSpan rotation)>& publish);

// "tdp", "tdc", "ccrp", "sro", "auditor". kMalformed otherwise.
Result<contract::Role> RoleFromName(std::string_view name);

// The first line of `file` without its line end. kUsage: empty; others may read the file.
Result<SecretBytes> ReadPassphrase(const std::filesystem::path& file);

}  // namespace cloister::commands
