#include "commands/documents.h"

#include <algorithm>

#include "base/file.h"
#include "service/http_ledger_client.h"

namespace cloister::commands {

using formats::Json;
namespace fs = std::filesystem;

Result<Json> ReadJson(const fs::path& file, std::size_t maximum) {
  const std::string text = TRY(ReadTextFile(file, maximum));
  return TRY_WITH(file.string() + ": expected JSON", Json::Parse(text, {.max_bytes = maximum}));
}

Result<contract::Contract> ReadContract(const fs::path& file) {
  const Json json = TRY(ReadJson(file, contract::Contract::kMaxBytes));
  return TRY_WITH(file.string() + ": expected a contract/v1", contract::Contract::FromJson(json));
}

Result<service::LedgerCard> ReadLedgerCard(const fs::path& file) {
  const Json json = TRY(ReadJson(file));
  service::LedgerCard card = TRY_WITH(file.string() + ": expected a ledger's card", service::LedgerCard::FromJson(json));
  if (card.terms.tls.empty()) return Error(ErrorCode::kMalformed, file.string() + ": expected a TLS key of the ledger, got none");
  return card;
}

Result<PartyCard> ReadPartyCard(const fs::path& path) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? path / "party.json" : path;
  const Json json = TRY(ReadJson(file));
  return TRY_WITH(file.string() + ": expected a party's card", PartyCard::FromJson(json));
}

Result<sealed::Identity> ReadIdentity(const fs::path& file) {
  const SecretBytes text = TRY(ReadSecretFile(file, 64 * 1024));
  auto identities = TRY_WITH(file.string() + ": expected an age identity file", sealed::ParseIdentities(text));
  if (identities.size() != 1) {
    return Error(ErrorCode::kUsage, file.string() + ": expected one identity, got " + std::to_string(identities.size()));
  }
  return std::move(identities[0]);
}

Result<std::vector<Bytes>> ReadSignatures(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".cose") files.push_back(it->path());
  }
  if (error) return Error(ErrorCode::kNotFound, folder.string() + ": expected a folder of signatures: " + error.message());
  if (files.empty()) return Error(ErrorCode::kNotFound, folder.string() + ": expected signatures (*.cose), found none");
  std::sort(files.begin(), files.end());
  std::vector<Bytes> signatures;
  for (const fs::path& file : files) signatures.push_back(TRY(ReadFile(file, contract::kMaxSignedBytes)));
  return signatures;
}

Result<void> CheckWritable(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::none) {
    return Error(ErrorCode::kUsage, file.string() + ": expected a file that can be written: " + error.message());
  }
  if (status.type() == fs::file_type::directory) {
    return Error(ErrorCode::kUsage, file.string() + ": expected a file to write, it is a folder");
  }
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) {
    return Error(ErrorCode::kUsage, file.string() + ": expected a file in a folder that exists, " + folder.string() + " does not");
  }
  return {};
}

Result<Signer> LoadSigner(const fs::path& party, const fs::path& passphrase_file) {
  PartyCard card = TRY(LoadPartyCard(party));
  const SecretBytes passphrase = TRY(ReadPassphrase(passphrase_file));
  crypto::SigningKey key = TRY_WITH("expected the identity key that the passphrase opens", LoadIdentity(party, passphrase));
  if (contract::FindKey(card.keys, contract::KeyThumbprint(key.Public())) == nullptr) {
    return Error(ErrorCode::kMismatch, party.string() + ": expected identity.pem to be a key that party.json names, it is another");
  }
  return Signer{std::move(card), std::move(key)};
}

Result<Registered> Register(ByteSpan statement, const service::LedgerCard& card) {
  const auto client = TRY(service::HttpLedgerClient::Create(card.url, card.terms.tls.at(0), std::nullopt));
  const auto trust = TRY_WITH("ledger's card", ledger::LedgerTrust::FromTerms(card.terms));
  Bytes receipt = TRY_WITH("ledger", client->Register(statement));
  const auto verified = TRY_WITH("the ledger's receipt", ledger::VerifyReceipt(receipt, statement, trust));
  return Registered{std::move(receipt), verified.index()};
}

Result<void> CheckSameLedger(const service::LedgerCard& card, const contract::LedgerTerms& terms) {
  if (card.terms.origin == terms.origin && card.terms.keys == terms.keys) return {};
  return Error(ErrorCode::kMismatch, "expected the contract's ledger " + terms.origin + " with its keys, the card is of " +
                                         card.terms.origin + (card.terms.origin == terms.origin ? " with other keys" : ""));
}

Time Now() { return SystemClock().Now(); }

}  // namespace cloister::commands
