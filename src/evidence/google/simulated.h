// SIMULATED: a signer of launch endorsements made of software, shaped as Google's and worth nothing. For tests and fuzz
// corpora; production programs link none of it.
#pragma once

#include "crypto/x509_builder.h"
#include "evidence/google/launch_endorsement.h"

namespace cloister::evidence {

struct SimulatedLaunchEndorser {
  crypto::Certificate root, intermediate, signer;
  crypto::SigningKey key;

  // RSA with 2048 bits, for speed; every name says SIMULATED. The signer's own validity, the others' a day more.
  static SimulatedLaunchEndorser Make(Time not_before, Time not_after);
  // What it would endorse: two sizes of each kind of machine.
  static GoldenMeasurement Golden(Time timestamp);

  // The serialized measurement, for callers that change it before Sign().
  Bytes Serialize(const GoldenMeasurement& golden) const;
  Bytes Sign(const Bytes& serialized) const;
};

}  // namespace cloister::evidence
