// SIMULATED: a Nitro hypervisor made of software, whose documents are byte-exact and worth nothing. For simulators and
// tests; production programs link none of it.
#pragma once

#include "crypto/x509_builder.h"
#include "evidence/nitro/verify.h"
#include "formats/cbor.h"

namespace cloister::evidence {

// What is wrong with a SIMULATED chain.
enum class SimulatedNitroFault {
  kNone,
  kIssuerIsNoCa,  // the leaf's issuer
  kPathTooLong,   // a pathlen of 0 above two CAs
  kLeafIsCa,
  kLeafWithoutKeyUsage,
  kLeafOnP256,     // and the documents signed with ES256
  kForeignIssuer,  // the leaf signed by a key of the same name that nobody vouches for
};

struct SimulatedNitroOptions {
  Time not_before, not_after;            // of root, region, zone and instance
  Time leaf_not_before, leaf_not_after;  // AWS: three hours
  SimulatedNitroFault fault = SimulatedNitroFault::kNone;
};

// How a document is written, where not as the NSM writes it.
struct SimulatedNitroForm {
  bool tagged = false;
  bool indefinite_lengths = false;  // of the payload's map and of its strings
  std::int64_t algorithm = 0;       // what the header says; 0: the leaf's own
  formats::Cbor::Map replace;       // values of the payload's members, by name
  formats::Cbor::Map more;          // further members of the payload, known ones too: those come twice
  Bytes after_payload;              // bytes behind the payload's map, inside what is signed
  formats::Cbor::Map unprotected;
  bool der_signature = false;
};

struct SimulatedNitro {
  crypto::Certificate root, region, zone, instance, leaf;
  crypto::SigningKey root_key, region_key, zone_key, instance_key, leaf_key;

  // A hypervisor with a root of its own; every name says SIMULATED. kUsage: validity out of range.
  static Result<SimulatedNitro> Make(const SimulatedNitroOptions& options);

  // What the NSM would write for an enclave that started normally, for callers that change it before Sign().
  NitroDocument Document(Time timestamp, std::optional<Bytes> nonce) const;
  // PCR0 to PCR2 zero, as in debug mode.
  NitroDocument DebugDocument(Time timestamp, std::optional<Bytes> nonce) const;
  Bytes Sign(const NitroDocument& document, const SimulatedNitroForm& form = {}) const;
  SimulatedAnchors Anchors() const;

  // Current lists of root, region and zone, which name the serials of `revoked`.
  Result<NitroCollateral> Lists(Time this_update, Time next_update,
                                std::span<const crypto::Certificate> revoked = {}) const;
};

}  // namespace cloister::evidence
