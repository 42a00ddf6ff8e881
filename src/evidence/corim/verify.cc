#include "evidence/corim/verify.h"

#include <algorithm>

#include "evidence/corim/internal/corim_reader.h"
#include "evidence/corim/internal/fields.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::VerifyingKey;
using formats::Cbor;
using formats::CborForm;

constexpr std::int64_t kMetaLabel = 8;
constexpr std::int64_t kHashAlgorithmLabel = 258;  // COSE hash envelope: the payload is a digest
constexpr std::uint64_t kCorimTag = 501;
constexpr std::size_t kMaximumChain = 8;
constexpr token::Cose1Expectations kAnyForm{.form = token::CoseForm::kAny};

bool IsCorimContentType(std::string_view type) {
  return type == "application/rim+cbor" || type == "application/corim-unsigned+cbor";
}

// RFC 9360 §2: one certificate, or several, leaf first.
Result<std::vector<Certificate>> ReadChain(const Cbor& value) {
  std::vector<Certificate> chain;
  if (value.type() == formats::CborType::kBytes) {
    chain.push_back(TRY(Certificate::ParseDer(TRY(value.AsBytes()))));
    return chain;
  }
  for (const Cbor& one : *TRY(internal::NonEmptyArray(value, kMaximumChain))) {
    chain.push_back(TRY(Certificate::ParseDer(TRY(one.AsBytes()))));
  }
  return chain;
}

// The leaf's key: for RSA the header says which padding, of those that a certificate of that kind can have.
Result<VerifyingKey> LeafKey(const Certificate& leaf, std::optional<std::int64_t> algorithm) {
  using enum crypto::SignatureAlgorithm;
  for (const crypto::SignatureAlgorithm rsa : {kPs256, kPs384, kPs512}) {
    if (algorithm == token::CoseAlgorithm(rsa)) return leaf.PublicKey(rsa);
  }
  return leaf.PublicKey();
}

Result<VerifyingKey> SignerKey(const token::UnverifiedCose1& hint, const CorimTrust& trust, Time at) {
  const Cbor* chain_header = hint.Protected(token::kX5ChainLabel);
  if (chain_header == nullptr) chain_header = hint.Unprotected(token::kX5ChainLabel);
  if (!trust.roots.empty() && chain_header != nullptr) {
    const std::vector<Certificate> chain = TRY_WITH("x5chain", ReadChain(*chain_header));
    TRY_WITH("x5chain", crypto::VerifyChain(chain, trust.roots, at));
    return LeafKey(chain.front(), hint.algorithm());
  }
  for (const token::CoseKey& candidate : trust.keys) {
    if (!hint.key_id().empty() && candidate.key_id != hint.key_id()) continue;
    if (hint.algorithm() == token::CoseAlgorithm(candidate.key.algorithm())) return candidate.key;
  }
  return Error(ErrorCode::kUntrusted, "none of the given keys and roots fits its kid, algorithm or chain");
}

struct Meta {
  std::string signer;
  std::optional<CorimPeriod> validity;
};

Result<Meta> ReadMeta(const token::VerifiedCose1& message) {
  Meta meta;
  const Cbor* wrapped = message.Protected(kMetaLabel);
  if (wrapped == nullptr) {
    meta.signer = message.claims().issuer;
    if (meta.signer.empty()) return Error(ErrorCode::kMalformed, "names no signer (corim-meta or CWT claims)");
    return meta;
  }
  const Cbor map = TRY(Cbor::Decode(TRY(wrapped->AsBytes()), CborForm::kAnyWellFormed, {.max_bytes = 64 * 1024}));
  TRY(internal::CheckKeys(map, {0, 1}));
  const Cbor& signer = *TRY(map.GetMap(0));
  TRY(internal::CheckKeys(signer, {0, 1}));
  meta.signer = std::string(TRY(signer.GetText(0)));
  if (const Cbor* uri = signer.Find(1); uri != nullptr) TRY(internal::ReadUri(*uri));
  if (const Cbor* period = map.Find(1); period != nullptr) meta.validity = TRY(internal::ReadPeriod(*period));
  return meta;
}

std::vector<CorimPeriod> Periods(const Corim& corim, const Meta& meta) {
  std::vector<CorimPeriod> periods;
  if (meta.validity) periods.push_back(*meta.validity);
  if (corim.validity) periods.push_back(*corim.validity);
  for (const Cotl& list : corim.cotls) periods.push_back(list.validity);
  return periods;
}

Result<void> CheckPeriods(const std::vector<CorimPeriod>& periods, Time at) {
  if (periods.empty()) return Error(ErrorCode::kExpired, "does not say until when it holds");
  for (const CorimPeriod& period : periods) {
    if (period.not_before && at < *period.not_before) {
      return Error(ErrorCode::kExpired, "begins " + ToRfc3339(*period.not_before) + ", now " + ToRfc3339(at));
    }
    if (at > period.not_after) {
      return Error(ErrorCode::kExpired, "ended " + ToRfc3339(period.not_after) + ", now " + ToRfc3339(at));
    }
  }
  return {};
}

}  // namespace

// The only maker of VerifiedCorim.
struct CorimMaker {
  static Result<VerifiedCorim> Verify(ByteSpan bytes, const CorimTrust& trust, const CorimExpectations& expected,
                                      Time at) {
    if (bytes.size() > kMaxCorimBytes) return Error(ErrorCode::kLimit, "over 4 MiB");
    TRY(RefuseUnsigned(bytes));
    const auto hint = TRY(token::UnverifiedCose1::Parse(bytes, token::CoseForm::kAny));
    if (!hint.tagged()) return Error(ErrorCode::kMalformed, "expected CBOR tag 18");
    const VerifyingKey key = TRY(SignerKey(hint, trust, at));
    const auto message = TRY(token::VerifyCose1(bytes, key, kAnyForm));
    if (message.Protected(kHashAlgorithmLabel) != nullptr) {
      return Error(ErrorCode::kUnsupported, "signs a digest of its content (hash envelope)");
    }
    if (!IsCorimContentType(message.content_type())) {
      return Error(ErrorCode::kUnsupported, "expected content type application/rim+cbor");
    }
    Meta meta = TRY_WITH("corim-meta", ReadMeta(message));
    Corim corim = TRY(CorimFromUnverified(message.payload()));
    if (expected.profile && corim.profile != *expected.profile) {
      return Error(ErrorCode::kMismatch, "its profile is not the expected one");
    }
    const std::vector<CorimPeriod> periods = Periods(corim, meta);
    if (expected.validity == CorimValidity::kMustBeCurrent) TRY(CheckPeriods(periods, at));
    std::optional<Time> ends;
    for (const CorimPeriod& period : periods) ends = std::min(ends.value_or(period.not_after), period.not_after);
    return VerifiedCorim(std::move(corim), std::move(meta.signer), key, ends);
  }

  // A package without signature gets an answer of its own, since registries are given such.
  static Result<void> RefuseUnsigned(ByteSpan bytes) {
    const Cbor document = TRY(Cbor::Decode(bytes, CborForm::kAnyWellFormed, {.max_bytes = kMaxCorimBytes}));
    if (document.tag() == kCorimTag) return Error(ErrorCode::kUntrusted, "is not signed");
    return {};
  }
};

Result<VerifiedCorim> VerifyCorim(ByteSpan message, const CorimTrust& trust, const CorimExpectations& expected,
                                  Time at) {
  return TRY_WITH("signed CoRIM", CorimMaker::Verify(message, trust, expected, at));
}

}  // namespace cloister::evidence
