// PEM (RFC 7468): base64 between labelled lines, several blocks in one text.
#pragma once

#include "base/bytes.h"

namespace cloister::formats {

struct PemBlock {
  std::string label;  // such as "CERTIFICATE"
  Bytes content;
};

struct PemLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_blocks = 64;
};

// Reads all blocks, in order; at least one. Lines end in LF or CRLF; base64 lines are up to 76 characters, all but the
// last of a block of one length. kMalformed: text between blocks (empty lines may be), labels that differ or are not
// RFC 7468's, headers within a block, base64 that is not canonical. kLimit.
Result<std::vector<PemBlock>> ParsePem(std::string_view text, const PemLimits& limits = {});
// As ParsePem, and each block has this label (kMalformed); gives the contents: a certificate chain as DER, for example.
Result<std::vector<Bytes>> ParsePemOf(std::string_view label, std::string_view text, const PemLimits& limits = {});

// One block, 64 characters a line.
std::string EncodePem(std::string_view label, ByteSpan content);

}  // namespace cloister::formats
