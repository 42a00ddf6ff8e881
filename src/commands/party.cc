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

namespace {

// The key that a rotation which did not come to its end made, or a new one. On disk before anybody hears of it: a key that
// is in force and lost would keep its party out.
Result<crypto::SigningKey> NextIdentity(const std::filesystem::path& file, const SecretBytes& passphrase) {
  if (std::filesystem::exists(file)) {
    const SecretBytes pem = TRY(ReadSecretFile(file, kMaxKeyFile));
    return TRY_WITH(file.string() + " is of a rotation that was begun: expected the new passphrase of then",
                    crypto::SigningKey::FromEncryptedPem(pem.ExposeSecret(), passphrase.ExposeSecret()));
  }
  auto identity = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  TRY(WriteSecret(file, identity.ToEncryptedPem(passphrase.ExposeSecret())));
  return identity;
}

// The old key's word that `next` takes its place: the one of a rotation that was begun, since the ledger takes only one.
Result<Bytes> RotationStatement(const std::filesystem::path& file, const std::string& did, const crypto::SigningKey& old,
                                const crypto::SigningKey& next, Time now) {
  if (std::filesystem::exists(file)) {
    Bytes kept = TRY(ReadFile(file, kMaxKeyFile));
    const NamedKey named = NamedKey::Of(old.Public());
    const auto rotation = contract::VerifyDocument<contract::KeyRotation>(kept, std::span(&named, 1), did);
    if (rotation && (*rotation)->to == NamedKey::Of(next.Public())) return kept;
  }
  const contract::KeyRotation rotation{did, contract::KeyThumbprint(old.Public()), NamedKey::Of(next.Public()), now};
  Bytes statement = TRY(contract::SignDocument(rotation, old, did, now));
  TRY(WriteFile(file, statement, FileMode::kPublic));
  return statement;
}

// Every rotation so far, oldest first.
std::vector<std::filesystem::path> EarlierRotations(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (int number = 1; std::filesystem::exists(folder / ("rotation-" + std::to_string(number) + ".cose")); ++number) {
    files.push_back(folder / ("rotation-" + std::to_string(number) + ".cose"));
  }
  return files;
}

Result<void> Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) return Error(ErrorCode::kIo, from.string() + ": cannot be renamed: " + error.message());
  return {};
}

}  // namespace

Result<PartyCard> RotateIdentity(const std::filesystem::path& folder, const NewIdentity& wanted, Time now,
                                 const std::function<Result<void>(ByteSpan rotation)>& publish) {
  if (wanted.new_passphrase.empty()) return Error(ErrorCode::kUsage, "expected a new passphrase, got an empty one");
  PartyCard card = TRY(LoadPartyCard(folder));
  const auto old = TRY_WITH("expected the passphrase of the present key", LoadIdentity(folder, wanted.old_passphrase));
  const std::filesystem::path next_file = folder / "identity.pem.new", statement_file = folder / "rotation.cose.new";
  const auto next = TRY(NextIdentity(next_file, wanted.new_passphrase));
  const Bytes statement = TRY(RotationStatement(statement_file, card.did, old, next, now));
  const auto earlier = EarlierRotations(folder);
  for (const auto& file : earlier) TRY_WITH(file.string(), publish(TRY(ReadFile(file, kMaxKeyFile))));
  TRY(publish(statement));
  // The new key takes its place last: until then all of this can be done again.
  card.keys = {NamedKey::Of(next.Public())};
  TRY(WriteCard(folder, card));
  TRY(WriteSecret(folder / "identity.pem.old", TRY(ReadSecretFile(folder / "identity.pem", kMaxKeyFile))));
  TRY(WriteFile(folder / ("rotation-" + std::to_string(earlier.size() + 1) + ".cose"), statement, FileMode::kPublic));
  TRY(Rename(next_file, folder / "identity.pem"));
  std::error_code ignored;
  std::filesystem::remove(statement_file, ignored);
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
