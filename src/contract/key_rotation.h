// The document by which a party replaces one of its identity keys (docs/formats/clean-room.md, "Key rotation").
#pragma once

#include "base/time.h"
#include "contract/signed.h"

namespace cloister::contract {

// A party's word, by one of its keys, that another takes its place.
struct KeyRotation {
  static constexpr std::string_view kContentType = "application/vnd.cloister.key-rotation+json";
  std::string party;  // DID
  Digest from;        // the key that signs this, for the last time
  NamedKey to;
  Time time;

  static Result<KeyRotation> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return party; }
  bool operator==(const KeyRotation&) const = default;
};

}  // namespace cloister::contract
