// Signing and verifying documents: COSE_Sign1 (RFC 9052) with the headers of docs/formats/clean-room.md.
#pragma once

#include "base/time.h"
#include "contract/parts.h"

namespace cloister::contract {

// Largest COSE_Sign1 that is looked at.
inline constexpr std::size_t kMaxSignedBytes = 1024 * 1024;

// What a COSE_Sign1 says before its signature was checked; to find the key, never to act on.
struct UnverifiedStatement {
  std::string content_type;
  std::string issuer;
  std::string subject;
  Time issued_at;
  Digest kid;
  formats::Json payload;  // parsed from canonical form
};
// kMalformed: not in the one form that we sign (tag 18, exactly the header parameters of the spec, canonical payload).
Result<UnverifiedStatement> StatementFromUnverified(ByteSpan cose);

template <class T>
class Verified;
namespace internal {
template <class T>
Result<Verified<T>> VerifyKnown(const T& document, ByteSpan cose, UnverifiedStatement statement,
                                std::span<const NamedKey> keys, std::string_view issuer);
}

// A document that was signed by the key it was checked against. Only VerifyDocument() makes one, and VerifyKnown().
template <class T>
class Verified {
 public:
  const T& operator*() const { return document_; }
  const T* operator->() const { return &document_; }
  // The COSE_Sign1, and its SHA-256.
  const Bytes& cose() const { return cose_; }
  const Digest& digest() const { return digest_; }
  const Digest& kid() const { return kid_; }
  const std::string& issuer() const { return issuer_; }
  Time issued_at() const { return issued_at_; }

 private:
  Verified(T document, ByteSpan cose, UnverifiedStatement statement)
      : document_(std::move(document)),
        cose_(ToBytes(cose)),
        digest_(crypto::Sha256(cose)),
        kid_(statement.kid),
        issuer_(std::move(statement.issuer)),
        issued_at_(statement.issued_at) {}
  template <class U>
  friend Result<Verified<U>> VerifyDocument(ByteSpan, std::span<const NamedKey>, std::string_view);
  template <class U>
  friend Result<Verified<U>> internal::VerifyKnown(const U&, ByteSpan, UnverifiedStatement, std::span<const NamedKey>,
                                                   std::string_view);
  T document_;
  Bytes cose_;
  Digest digest_;
  Digest kid_;
  std::string issuer_;
  Time issued_at_;
};

namespace internal {
Result<Bytes> SignStatement(const formats::Json& payload, std::string_view content_type, std::string_view issuer,
                            std::string_view subject, Time issued_at, const crypto::SigningKey& key);
Result<UnverifiedStatement> VerifyStatement(ByteSpan cose, std::span<const NamedKey> keys,
                                            std::string_view content_type, std::string_view issuer);
// The same for a `statement` that was read from `cose`.
Result<void> CheckStatement(ByteSpan cose, const UnverifiedStatement& statement, std::span<const NamedKey> keys,
                            std::string_view content_type, std::string_view issuer);
// As StatementFromUnverified, if the payload is exactly `known`, canonical JSON that was read before: `payload` then stays
// null. None: it is another payload.
Result<std::optional<UnverifiedStatement>> StatementOverKnown(ByteSpan cose, std::string_view known);
Result<void> CheckSame(const formats::Json& payload, const formats::Json& again, std::string_view subject,
                       std::string_view expected_subject);
}  // namespace internal

// Signs `document` (kContentType, ToJson, Subject) as `issuer`. kUsage: the key is not ES256; kUnsupported: a number
// that canonical JSON cannot carry.
template <class T>
Result<Bytes> SignDocument(const T& document, const crypto::SigningKey& key, std::string_view issuer, Time issued_at) {
  return internal::SignStatement(document.ToJson(), T::kContentType, issuer, document.Subject(), issued_at, key);
}

// Verifies and reads in one call. Success proves that the holder of one of `keys` signed this document as `issuer`,
// that it follows its schema and is in the one form that we write. The caller still checks times and references.
// Errors: kMalformed; kUntrusted (none of the keys, or the signature does not hold); kMismatch (another type, issuer,
// subject).
template <class T>
Result<Verified<T>> VerifyDocument(ByteSpan cose, std::span<const NamedKey> keys, std::string_view issuer) {
  UnverifiedStatement statement = TRY(internal::VerifyStatement(cose, keys, T::kContentType, issuer));
  T document = TRY(T::FromJson(statement.payload));
  TRY(internal::CheckSame(statement.payload, document.ToJson(), statement.subject, document.Subject()));
  return Verified<T>(std::move(document), cose, std::move(statement));
}
// VerifyDocument for a document whose canonical form is, byte for byte, the payload of the `cose` that `statement` was read
// from (StatementOverKnown): it need not be parsed again for each of its signatures.
template <class T>
Result<Verified<T>> internal::VerifyKnown(const T& document, ByteSpan cose, UnverifiedStatement statement,
                                          std::span<const NamedKey> keys, std::string_view issuer) {
  TRY(CheckStatement(cose, statement, keys, T::kContentType, issuer));
  if (statement.subject != document.Subject()) {
    return Error(ErrorCode::kMismatch, "signed document: its subject is not what it is about");
  }
  return Verified<T>(document, cose, std::move(statement));
}
template <class T>
Result<Verified<T>> VerifyDocument(ByteSpan cose, const crypto::VerifyingKey& key, std::string_view issuer) {
  const NamedKey named = NamedKey::Of(key);
  return VerifyDocument<T>(cose, std::span(&named, 1), issuer);
}

}  // namespace cloister::contract
