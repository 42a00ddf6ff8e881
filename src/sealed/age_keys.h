// Keys of age v1 files (C2SP age.md): X25519 identities and recipients, as text in Bech32.
#pragma once

#include <span>

#include "crypto/ecdh.h"

namespace cloister::sealed {

// Whom a file is sealed to: "age1" and 58 characters. Public.
class Recipient {
 public:
  // Takes lower case only. kMalformed: not Bech32, not 32 bytes. kUnsupported: another type of recipient (post-quantum,
  // tagged, plugin).
  static Result<Recipient> FromText(std::string_view text);
  explicit Recipient(const crypto::X25519PublicKey& key) : key_(key) {}

  std::string ToText() const;
  const crypto::X25519PublicKey& key() const { return key_; }
  bool operator==(const Recipient&) const = default;

 private:
  crypto::X25519PublicKey key_;
};

// Opens what is sealed to its recipient: "AGE-SECRET-KEY-1" and 58 characters. Moves, never copies.
class Identity {
 public:
  static Identity Generate(crypto::RandomSource& random);
  // Takes upper case only. kMalformed, kUnsupported as for Recipient.
  static Result<Identity> FromText(std::string_view text);

  // One line without its end, as age-keygen writes it.
  SecretBytes ToText() const;
  Recipient recipient() const { return Recipient(key_.Public()); }
  const crypto::X25519PrivateKey& key() const { return key_; }

 private:
  explicit Identity(crypto::X25519PrivateKey key) : key_(std::move(key)) {}
  crypto::X25519PrivateKey key_;
};

// The identities of an identity file (age-keygen's output): one a line; lines that are empty or start with '#' are
// passed over. At least one. kMalformed, naming the line; kUnsupported; kLimit: more than 64.
Result<std::vector<Identity>> ParseIdentities(const SecretBytes& file);

}  // namespace cloister::sealed
