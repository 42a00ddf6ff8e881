// The files that people hand each other, as the commands read and write them. Messages name the file.
#pragma once

#include <filesystem>

#include "commands/party.h"
#include "ledger/client.h"
#include "sealed/age_keys.h"
#include "service/ledger_card.h"

namespace cloister::commands {

inline constexpr std::size_t kMaxDocument = 1u << 20;

Result<formats::Json> ReadJson(const std::filesystem::path& file, std::size_t maximum = kMaxDocument);
// In whatever layout; what parties sign is its canonical form.
Result<contract::Contract> ReadContract(const std::filesystem::path& file);
Result<service::LedgerCard> ReadLedgerCard(const std::filesystem::path& file);
// A party.json, or the folder that holds one.
Result<PartyCard> ReadPartyCard(const std::filesystem::path& path);
// An identity file with one identity.
Result<sealed::Identity> ReadIdentity(const std::filesystem::path& file);
// The *.cose files of `folder`, by name. kNotFound: there is none.
Result<std::vector<Bytes>> ReadSignatures(const std::filesystem::path& folder);

// Whether `file` can be written, before work is done for it. kUsage: it is a folder, or its folder is not there.
Result<void> CheckWritable(const std::filesystem::path& file);

// A party that signs: its public half and its identity key.
struct Signer {
  PartyCard card;
  crypto::SigningKey key;
};
Result<Signer> LoadSigner(const std::filesystem::path& party, const std::filesystem::path& passphrase_file);

// Puts `statement` on the ledger of `card` and verifies the receipt. kMismatch: `terms`, a contract's, name another ledger.
struct Registered {
  Bytes receipt;
  std::uint64_t index;
};
Result<Registered> Register(ByteSpan statement, const service::LedgerCard& card);
Result<void> CheckSameLedger(const service::LedgerCard& card, const contract::LedgerTerms& terms);

// The time for people and contracts.
Time Now();

}  // namespace cloister::commands
