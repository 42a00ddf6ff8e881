// proof.json beside each output: everything that shows which room made it, under which contract
// (docs/formats/clean-room.md).
#pragma once

#include "contract/parts.h"

namespace cloister::contract {

struct Proof {
  Bytes report;            // COSE
  Bytes receipt;           // COSE
  Bytes run_request;       // COSE
  std::vector<Bytes> settlements;  // COSE, one of each dataset, in the contract's order
  formats::Json evidence;  // the TEE's evidence as the KBS protocol writes it
  std::string init_data;
  std::string additional_evidence;
  std::string nonce;         // as the broker's challenge wrote it
  formats::Json tee_pubkey;  // JWK
  Bytes certification;       // COSE
  formats::Json contract;
  std::string checkpoint;

  // Reads, verifies nothing.
  static Result<Proof> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const Proof&) const = default;
};

}  // namespace cloister::contract
