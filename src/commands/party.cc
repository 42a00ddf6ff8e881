#include "commands/party.h"

#include "base/file.h"
#include "contract/key_rotation.h"
#include "sealed/age_keys.h"
#include "service/daemon.h"

namespace cloister::commands {
namespace {

using contract::NamedKey;
using contract::Role;
using formats::Json;

constexpr std::size_t kMaxKeyFile = 64 * 1024;

Result<void> WriteSecret(const std::filesystem::path& path, const SecretBytes& secret) {
  return WriteFile(path, secret.ExposeSecret(), FileMode::kPrivate);
}

// The broker's signing key, TLS key with certificate, the root key of its store, and the key of the owner's own tool.
Result<contract::BrokerTerms> MakeBroker(const std::filesystem::path& folder, const std::vector<std::string>& hosts,
                                         Time now) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": cannot make the folder: " + error.message());
  const auto signing = TRY(service::LoadOrMakeKey(folder / "key.pem", crypto::SignatureAlgorithm::kEs256));
  const auto admin = TRY(service::LoadOrMakeKey(folder / "admin.pem", crypto::SignatureAlgorithm::kEdDsa));
  TRY(WriteFile(folder / "admin.pub", AsBytes(admin.Public().SpkiPem()), FileMode::kPublic));
  std::vector<std::string> names = {"127.0.0.1", "localhost"};
  names.insert(names.end(), hosts.begin(), hosts.end());
  const auto tls = TRY(service::LoadOrMakeTls(folder, names, now));
  TRY(WriteSecret(folder / "root.key", crypto::RandomSecret(crypto::SystemRandom(), 32)));
  return contract::BrokerTerms{{NamedKey::Of(signing.Public())}, {tls.spki}};
}

Result<void> WriteCard(const std::filesystem::path& folder, const PartyCard& card) {
  return WriteFile(folder / "party.json", AsBytes(card.ToJson().Pretty()), FileMode::kPublic);
}

Json KeysToJson(const std::vector<NamedKey>& keys) {
  Json::Array array;
  for (const NamedKey& key : keys) array.push_back(key.ToJson());
  return array;
}

Result<std::vector<NamedKey>> KeysFromJson(const Json& json) {
  std::vector<NamedKey> keys;
  for (const Json& key : *TRY(json.GetArray("keys"))) keys.push_back(TRY(NamedKey::FromJson(key)));
  return keys;
}

}  // namespace

Result<Role> RoleFromName(std::string_view name) {
  for (const Role role : {Role::kTdp, Role::kTdc, Role::kCcrp, Role::kSro, Role::kAuditor}) {
    if (contract::RoleName(role) == name) return role;
  }
  return Error(ErrorCode::kMalformed, "expected a role tdp, tdc, ccrp, sro or auditor, got " + std::string(name));
}

Result<PartyCard> PartyCard::FromJson(const Json& json) {
  TRY(json.RefuseUnknownMembers({"did", "role", "keys", "broker", "recipient"}));
  PartyCard card;
  card.did = TRY(json.GetString("did"));
  TRY(contract::CheckDid(card.did));
  card.role = TRY_WITH("member \"role\"", RoleFromName(TRY(json.GetString("role"))));
  card.keys = TRY(KeysFromJson(json));
  card.recipient = TRY(json.GetString("recipient"));
  if (const Json* broker = json.Find("broker")) {
    contract::BrokerTerms terms{TRY(KeysFromJson(*broker)), {}};
    for (const std::string& tls : TRY(broker->GetStrings("tls"))) terms.tls.push_back(TRY(contract::DigestFromHex(tls)));
    card.broker = std::move(terms);
  }
  return card;
}

Json PartyCard::ToJson() const {
  Json json = Json::Object{
      {"did", did}, {"role", contract::RoleName(role)}, {"keys", KeysToJson(keys)}, {"recipient", recipient}};
  if (broker) {
    Json::Array tls;
    for (const contract::Digest& digest : broker->tls) tls.push_back(ToHex(digest));
    json.Set("broker", Json::Object{{"keys", KeysToJson(broker->keys)}, {"tls", tls}});
  }
  return json;
}

contract::Party PartyCard::ToParty() const {
  const bool signs = role == Role::kTdp || role == Role::kTdc || role == Role::kCcrp;
  return {did, role, signs, keys, broker};
}

Result<PartyCard> InitParty(const std::filesystem::path& folder, const NewParty& party, const SecretBytes& passphrase,
                            const std::vector<std::string>& hosts, Time now) {
  TRY(contract::CheckDid(party.did));
  if (passphrase.empty()) return Error(ErrorCode::kUsage, "expected a passphrase for the identity key, got an empty one");
  std::error_code error;
  if (std::filesystem::exists(folder / "party.json", error)) {
    return Error(ErrorCode::kConflict, folder.string() + ": expected an empty folder, it holds a party already");
  }
  std::filesystem::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": cannot make the folder: " + error.message());
  const auto identity = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  TRY(WriteSecret(folder / "identity.pem", identity.ToEncryptedPem(passphrase.ExposeSecret())));
  const sealed::Identity age = sealed::Identity::Generate(crypto::SystemRandom());
  TRY(WriteSecret(folder / "age-identity.txt", age.ToText()));
  PartyCard card{party.did, party.role, {NamedKey::Of(identity.Public())}, std::nullopt, age.recipient().ToText()};
  if (party.role == Role::kTdp || party.role == Role::kTdc) card.broker = TRY(MakeBroker(folder / "broker", hosts, now));
  TRY(WriteCard(folder, card));
  return card;
}

Result<PartyCard> LoadPartyCard(const std::filesystem::path& folder) {
  const std::string text = TRY(ReadTextFile(folder / "party.json", kMaxKeyFile));
  const std::string where = (folder / "party.json").string();
  const Json json = TRY_WITH(where + ": expected JSON", Json::Parse(text));
  return TRY_WITH(where + ": expected a party's card", PartyCard::FromJson(json));
}

Result<crypto::SigningKey> LoadIdentity(const std::filesystem::path& folder, const SecretBytes& passphrase) {
  const SecretBytes pem = TRY(ReadSecretFile(folder / "identity.pem", kMaxKeyFile));
  return TRY_WITH((folder / "identity.pem").string(),
                  crypto::SigningKey::FromEncryptedPem(pem.ExposeSecret(), passphrase.ExposeSecret()));
}

Result<PartyCard> RotateIdentity(const std::filesystem::path& folder, const NewIdentity& wanted, Time now,
                                 const std::function<Result<void>(ByteSpan rotation)>& publish) {
  if (wanted.new_passphrase.empty()) return Error(ErrorCode::kUsage, "expected a new passphrase, got an empty one");
  PartyCard card = TRY(LoadPartyCard(folder));
  const auto old = TRY_WITH("expected the passphrase of the present key", LoadIdentity(folder, wanted.old_passphrase));
  const auto identity = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  NamedKey named = NamedKey::Of(identity.Public());
  // On disk before anybody hears of it: a key that is in force and lost would keep its party out.
  const std::filesystem::path fresh = folder / "identity.pem.new";
  TRY(WriteSecret(fresh, identity.ToEncryptedPem(wanted.new_passphrase.ExposeSecret())));
  const contract::KeyRotation rotation{card.did, contract::KeyThumbprint(old.Public()), named, now};
  TRY(publish(TRY(contract::SignDocument(rotation, old, card.did, now))));
  TRY(WriteSecret(folder / "identity.pem.old", TRY(ReadSecretFile(folder / "identity.pem", kMaxKeyFile))));
  std::error_code error;
  std::filesystem::rename(fresh, folder / "identity.pem", error);
  if (error) return Error(ErrorCode::kIo, fresh.string() + ": cannot take its place: " + error.message());
  card.keys = {std::move(named)};
  TRY(WriteCard(folder, card));
  return card;
}

Result<SecretBytes> ReadPassphrase(const std::filesystem::path& file) {
  std::error_code error;
  const auto mode = std::filesystem::status(file, error).permissions();
  if (!error && (mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) !=
                    std::filesystem::perms::none) {
    return Error(ErrorCode::kUsage, file.string() + ": expected a passphrase file that only its owner may read (chmod 600)");
  }
  const SecretBytes text = TRY(ReadSecretFile(file, 4096));
  const std::string_view all = AsText(text.ExposeSecret());
  const std::string_view line = all.substr(0, all.find_first_of("\r\n"));
  if (line.empty()) return Error(ErrorCode::kUsage, file.string() + ": expected a passphrase in the first line, got none");
  return SecretBytes::CopyOf(AsBytes(line));
}

}  // namespace cloister::commands
