// CoRIM (draft-ietf-rats-corim §4): a package of reference values and endorsements, not yet verified. verify.h checks
// who signed it.
#pragma once

#include "evidence/corim/comid.h"

namespace cloister::evidence {

inline constexpr std::size_t kMaxCorimBytes = std::size_t{4} << 20;

struct CorimPeriod {
  std::optional<Time> not_before;
  Time not_after;  // the last second that counts
};

// A file that a CoSWID (RFC 9393, CBOR tag 505) lists, with its digest.
struct CoswidFile {
  std::string name;
  CorimDigest digest;
};

struct Coswid {
  CorimId tag_id;
  std::string name, version;
  std::vector<CoswidFile> files;  // of its payload, in all directories
};

// A concise tag list (CBOR tag 508): which tags are to be used together, and until when.
struct Cotl {
  CorimId tag_id;
  std::vector<CorimId> tags;
  CorimPeriod validity;
};

// The unsigned package (CBOR tag 501).
struct Corim {
  CorimId id;
  std::string profile;  // URI or dotted OID; empty where absent
  std::optional<CorimPeriod> validity;
  std::vector<std::string> entities;
  std::vector<std::string> dependent;  // URIs of other packages that it builds on
  std::vector<Comid> comids;
  std::vector<Coswid> coswids;
  std::vector<Cotl> cotls;
};

// Reads an unsigned package in any well-formed CBOR, and by the rules of its profile where we know that (Arm CCA
// platform and realm). kMalformed, kUnsupported, kLimit: over 4 MiB, 64 tags.
Result<Corim> CorimFromUnverified(ByteSpan document);

// What a document is that stands alone, read and not trusted: a package (501), a bare CoMID, or concise evidence (571).
struct UnverifiedRimDocument {
  std::optional<Corim> corim;
  std::optional<Comid> comid;
  std::optional<CorimTriples> evidence;
};
Result<UnverifiedRimDocument> RimDocumentFromUnverified(ByteSpan document);

}  // namespace cloister::evidence
