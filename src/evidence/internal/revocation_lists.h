// Revocation lists that a verifier fetched, for chains whose certificates name where such lists are.
#pragma once

#include <span>

#include "crypto/x509.h"

namespace cloister::evidence::internal {

// kMalformed; kLimit: over 16.
Result<std::vector<crypto::Crl>> ReadRevocationLists(std::span<const Bytes> ders);
// The list by the name of `issuer`; null: none.
const crypto::Crl* ListOf(const crypto::Certificate& issuer, std::span<const crypto::Crl> lists);
// Whether `certificate` says where its issuer's list is (RFC 5280 §4.2.1.13).
Result<bool> NamesList(const crypto::Certificate& certificate);

}  // namespace cloister::evidence::internal
