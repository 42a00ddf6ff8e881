#include <openssl/x509_vfy.h>

#include "crypto/internal/x509.h"
#include "crypto/x509.h"

namespace cloister::crypto {

namespace internal {

namespace {

using OwnedStore = Owned<X509_STORE, X509_STORE_free>;
using OwnedStoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeStack>;

constexpr int kSecurityLevel = 2;  // 112 bits, OpenSSL's scale
constexpr std::size_t kMaximumPath = 16;

Error ChainError(int code) {
  const bool time = code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
  return Error(time ? ErrorCode::kExpired : ErrorCode::kUntrusted,
               std::string("certificate chain: ") + X509_verify_cert_error_string(code));
}

}  // namespace
}  // namespace internal

using internal::CertificateAccess;

Result<void> VerifyChain(std::span<const Certificate> chain, std::span<const Certificate> roots, Time now) {
  if (chain.empty()) return Error(ErrorCode::kUsage, "certificate chain: is empty");
  // The order is part of the claim: each is signed by the next.
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) TRY(chain[i].VerifySignedBy(chain[i + 1]));
  return VerifyPath(chain[0], chain.subspan(1), roots, now);
}

Result<void> VerifyPath(const Certificate& leaf, std::span<const Certificate> between,
                        std::span<const Certificate> roots, Time now) {
  const internal::ErrorScope errors;
  if (between.size() >= internal::kMaximumPath) return Error(ErrorCode::kLimit, "certificate chain: more than 16");
  const internal::OwnedStore store(X509_STORE_new());
  const internal::OwnedStoreContext context(X509_STORE_CTX_new());
  const internal::BorrowedStack stack(sk_X509_new_null());
  CHECK(store != nullptr && context != nullptr && stack != nullptr);
  for (const Certificate& root : roots) CHECK(X509_STORE_add_cert(store.get(), CertificateAccess::Of(root)) == 1);
  for (const Certificate& one : between) CHECK(sk_X509_push(stack.get(), CertificateAccess::Of(one)) > 0);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), CertificateAccess::Of(leaf), stack.get()) == 1);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, ToUnixSeconds(now));
  X509_VERIFY_PARAM_set_auth_level(parameters, internal::kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(internal::kMaximumPath));
  // A root's own signature adds nothing for us, but one that does not hold says that the file is broken.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CHECK_SS_SIGNATURE);
  if (X509_verify_cert(context.get()) != 1) return internal::ChainError(X509_STORE_CTX_get_error(context.get()));
  return {};
}

Result<void> VerifyNotRevoked(const Certificate& certificate, const Certificate& issuer, const Crl& crl, Time now) {
  TRY(certificate.VerifySignedBy(issuer));
  TRY(crl.VerifySignedBy(issuer));
  TRY(crl.CheckValidity(now));
  if (crl.IsRevoked(certificate)) {
    return Error(ErrorCode::kRevoked, "certificate \"" + certificate.SubjectCommonName() + "\": revoked by its issuer");
  }
  return {};
}

}  // namespace cloister::crypto
