// What all runs on one budget account stand charged with, as the account's chain has it.
#pragma once

#include "formats/json.h"

namespace cloister::contract {

// Reserved, released and settled together; each at most the account's total.
struct Charged {
  double epsilon = 0;
  double delta = 0;

  static Result<Charged> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const Charged&) const = default;
};

}  // namespace cloister::contract
