#include "sealed/age_keys.h"

#include <algorithm>

#include "formats/bech32.h"

namespace cloister::sealed {
namespace {

constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "AGE-SECRET-KEY-";
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kMaxIdentities = 64;

Result<SecretBytes> DecodeKey(std::string_view text, std::string_view prefix, std::string_view what) {
  formats::Bech32 decoded = TRY_WITH(what, formats::DecodeBech32(text));
  if (decoded.prefix != prefix) {
    return Error(ErrorCode::kUnsupported, std::string(what) + ": expected the X25519 type, with prefix " +
                                              std::string(prefix) + "1, got another");
  }
  if (decoded.data.size() != kKeySize) {
    return Error(ErrorCode::kMalformed,
                 std::string(what) + ": expected 32 bytes, got " + std::to_string(decoded.data.size()));
  }
  return std::move(decoded.data);
}

std::string_view Trim(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<Recipient> Recipient::FromText(std::string_view text) {
  const SecretBytes key = TRY(DecodeKey(text, kRecipientPrefix, "age recipient"));
  return Recipient(TRY(crypto::X25519PublicKey::FromBytes(key.ExposeSecret())));
}

std::string Recipient::ToText() const { return formats::EncodeBech32(kRecipientPrefix, key_.bytes()); }

Identity Identity::Generate(crypto::RandomSource& random) {
  return Identity(crypto::X25519PrivateKey::Generate(random));
}

Result<Identity> Identity::FromText(std::string_view text) {
  SecretBytes key = TRY(DecodeKey(text, kIdentityPrefix, "age identity"));
  return Identity(TRY(crypto::X25519PrivateKey::FromBytes(std::move(key))));
}

SecretBytes Identity::ToText() const {
  std::string text = formats::EncodeBech32(kIdentityPrefix, key_.ToBytes().ExposeSecret());
  SecretBytes secret = SecretBytes::CopyOf(AsBytes(text));
  Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return secret;
}

Result<std::vector<Identity>> ParseIdentities(const SecretBytes& file) {
  std::vector<Identity> identities;
  std::string_view rest = AsText(file.ExposeSecret());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t size = std::min(rest.find('\n'), rest.size());
    const std::string_view line = Trim(rest.substr(0, size));
    rest.remove_prefix(std::min(size + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (identities.size() == kMaxIdentities)
      return Error(ErrorCode::kLimit, "expected at most 64 identities in a file");
    identities.push_back(TRY_WITH("line " + std::to_string(number), Identity::FromText(line)));
  }
  if (identities.empty()) return Error(ErrorCode::kMalformed, "expected at least one age identity, got none");
  return identities;
}

}  // namespace cloister::sealed
