// CoMID (draft-ietf-rats-corim §5): what a maker says about its modules, as CBOR. Parsing proves nothing about who said it.
#pragma once

#include <map>

#include "base/time.h"
#include "formats/cbor.h"

namespace cloister::evidence {

// What names a thing: a class, an instance, a measured element. Two are the same where kind and text are.
struct CorimId {
  std::string kind;  // "uuid", "oid", "bytes", "ueid", "uint", "text"; or a key's kind, see CorimKey
  std::string text;  // hyphenated, dotted, lower-case hex, hex, digits, as it is
  bool operator==(const CorimId&) const = default;
};

// A key, a certificate or the digest of one: "pkix-key", "pkix-certificate", "pkix-path" (PEM text), "cose-key",
// "bytes", "der-certificate" (hex), "key-thumbprint", "certificate-thumbprint", "path-thumbprint" ("sha-256;" and hex).
using CorimKey = CorimId;

// A digest. `algorithm` is the name of the Named Information registry ("sha-256", "sha-384"), whose size was checked;
// or the author's own word.
struct CorimDigest {
  std::string algorithm;
  Bytes value;
  bool operator==(const CorimDigest&) const = default;
};

// A security version number: exactly `value`, or at least that.
struct CorimSvn {
  std::uint64_t value;
  bool minimum;
};

// Which thing a statement is about (environment-map). At least one member is there.
struct CorimEnvironment {
  std::optional<CorimId> class_id, instance, group;
  std::string vendor, model;  // empty where absent
  std::optional<std::uint64_t> layer, index;
};

// One measured element and what it should be (measurement-map). Absent members say nothing.
struct CorimMeasurement {
  std::optional<CorimId> key;
  std::string version, name, serial;
  std::optional<CorimSvn> svn;
  std::vector<CorimDigest> digests;
  std::map<std::string, bool, std::less<>> flags;  // "is-secure", "is-debug", …
  std::optional<Bytes> raw_value, raw_mask;        // mask: of the same length; bits set are those that count
  std::optional<Bytes> mac, ip, ueid;
  std::optional<std::string> uuid;
  std::vector<CorimKey> keys;
  std::map<std::string, std::vector<CorimDigest>> registers;  // integrity registers by name or number
  std::optional<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>> range;  // least, most
  std::vector<CorimKey> authorized_by;
  // Entries of a profile that are not read here. Who appraises must not take such a measurement for fully known.
  std::vector<std::int64_t> unread;
};

struct CorimTriple {
  CorimEnvironment environment;
  std::vector<CorimMeasurement> measurements;
};

struct CorimKeyTriple {
  CorimEnvironment environment;
  std::vector<CorimKey> keys;
};

// What a CoMID states, and what ConciseEvidence observes.
struct CorimTriples {
  std::vector<CorimTriple> reference_values, endorsed_values;
  std::vector<CorimKeyTriple> identity_keys, attest_keys;
  std::vector<std::int64_t> unread;  // numbers of other kinds of triples (dependencies, memberships, conditional ones)
};

// A concise module identifier (CBOR tag 506).
struct Comid {
  CorimId tag_id;
  std::uint64_t tag_version = 0;
  std::string language;
  std::vector<std::string> entities;  // their names
  CorimTriples triples;
};

// Read one decoded document. At most 1024 triples of a kind, 1024 measurements a triple, 64 digests or keys each.
// kMalformed: another structure, a non-negative key that the draft has not, an empty environment; kUnsupported: a digest
// cut to fewer than 256 bits' worth of its function, an identifier or key of an unknown tag; kLimit.
Result<Comid> ReadComid(const formats::Cbor& document);
// ConciseEvidence (CBOR tag 571, its content): what was measured stands in reference_values.
Result<CorimTriples> ReadConciseEvidence(const formats::Cbor& document);

// The measured elements in one line for messages and names: "ACME/RoadRunner".
std::string EnvironmentName(const CorimEnvironment& environment);

}  // namespace cloister::evidence
