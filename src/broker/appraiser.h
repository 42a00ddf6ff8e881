// Where verified evidence becomes an attestation result. `appraisal` implements it; tests have their own.
#pragma once

#include "base/time.h"
#include "evidence/snp_verify.h"
#include "formats/json.h"
#include "token/ear.h"

namespace cloister::broker {

// Everything that an appraisal may look at.
struct AttestedFacts {
  const evidence::VerifiedSnp& evidence;
  const formats::Json& tee_pubkey;  // JWK
  std::string_view nonce;
  std::string_view additional_evidence;
  std::string_view init_data;  // TOML; empty: none was shown
};

struct Appraised {
  std::string token;      // EAR, a JWT
  formats::Json claims;   // its claims, the input of release policies
  token::EarStatus status = token::EarStatus::kNone;  // the worst of all parts
};

class EvidenceAppraiser {
 public:
  virtual ~EvidenceAppraiser() = default;
  // Never better than a warning where the evidence is simulated. Errors mean that nothing can be said.
  virtual Result<Appraised> Appraise(const AttestedFacts& facts, Time now) = 0;
  // Puts a Rego attestation policy into force, such as "default_cpu". kMalformed, kUnsupported: it does not compile.
  virtual Result<void> SetPolicy(std::string_view id, std::string_view rego) = 0;
};

}  // namespace cloister::broker
