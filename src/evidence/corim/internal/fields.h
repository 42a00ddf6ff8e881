// How CoRIM's maps are read: non-negative keys are the draft's, negative ones a profile's.
#pragma once

#include "evidence/corim/comid.h"

namespace cloister::evidence::internal {

inline constexpr std::size_t kMaximumTriples = 1024;
inline constexpr std::size_t kMaximumFew = 64;  // digests, keys, entities

// kMalformed: no map, an empty map, a key that is no integer, or a non-negative one not `known`.
// Gives the negative keys, which extend the map.
Result<std::vector<std::int64_t>> CheckKeys(const formats::Cbor& map, std::initializer_list<std::int64_t> known);
// A non-empty array of at most `most` elements.
Result<const formats::Cbor::Array*> NonEmptyArray(const formats::Cbor& value, std::size_t most);
// Text, or empty where absent.
Result<std::string> FindText(const formats::Cbor& map, std::int64_t key);
// A URI with or without tag 32.
Result<std::string> ReadUri(const formats::Cbor& value);
// tdate or time: tag 1 around an integer, or the integer alone.
Result<Time> ReadTime(const formats::Cbor& value);

// A class, group, instance or element name; text and integers where they may stand.
Result<CorimId> ReadId(const formats::Cbor& value);
// A tag's identifier: text, or 16 bytes of a UUID.
Result<CorimId> ReadTagId(const formats::Cbor& value);
Result<CorimDigest> ReadDigest(const formats::Cbor& value);
Result<std::vector<CorimDigest>> ReadDigests(const formats::Cbor& value);
Result<CorimKey> ReadKey(const formats::Cbor& value);
// One key, or an array of them.
Result<std::vector<CorimKey>> ReadKeys(const formats::Cbor& value);

Result<CorimEnvironment> ReadEnvironment(const formats::Cbor& value);
Result<CorimMeasurement> ReadMeasurement(const formats::Cbor& value);

}  // namespace cloister::evidence::internal
