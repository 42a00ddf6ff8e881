// The consumer's pipeline: what it sealed and the contract pins by digest (docs/formats/clean-room.md, "Pipeline").
#pragma once

#include "contract/parts.h"

namespace cloister::contract {

struct Pipeline {
  std::string sql;    // one SELECT over the contract's table names
  std::string label;  // a column of it
  std::string person;
  double validation;       // share of persons kept for validation, [0, 0.5]
  formats::Json training;  // the training plan; the training module reads it

  static Result<Pipeline> FromJson(const formats::Json& json);
  static Result<Pipeline> FromCanonical(std::string_view text);
  formats::Json ToJson() const;
  // SHA-256 of the canonical JSON, which is the plaintext that is sealed.
  Digest digest() const;
  bool operator==(const Pipeline&) const = default;
};

}  // namespace cloister::contract
