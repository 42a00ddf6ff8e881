#include "evidence/internal/revocation_lists.h"

#include <algorithm>

namespace cloister::evidence::internal {

Result<std::vector<crypto::Crl>> ReadRevocationLists(std::span<const Bytes> ders) {
  constexpr std::size_t kMaximumLists = 16;
  if (ders.size() > kMaximumLists) {
    return Error(ErrorCode::kLimit, "expected at most 16 revocation lists, got " + std::to_string(ders.size()));
  }
  std::vector<crypto::Crl> lists;
  for (const Bytes& der : ders) lists.push_back(TRY(crypto::Crl::ParseDer(der)));
  return lists;
}

const crypto::Crl* ListOf(const crypto::Certificate& issuer, std::span<const crypto::Crl> lists) {
  const auto found = std::find_if(lists.begin(), lists.end(),
                                  [&](const crypto::Crl& list) { return list.IssuerDer() == issuer.SubjectDer(); });
  return found == lists.end() ? nullptr : &*found;
}

Result<bool> NamesList(const crypto::Certificate& certificate) {
  return TRY(certificate.Extension("2.5.29.31")).has_value();
}

}  // namespace cloister::evidence::internal
