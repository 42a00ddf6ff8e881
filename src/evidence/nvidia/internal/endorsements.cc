#include "evidence/nvidia/internal/endorsements.h"

#include "base/byte_reader.h"

namespace cloister::evidence {

NvidiaVerifiedCache::NvidiaVerifiedCache(std::size_t capacity)
    : state_(std::make_unique<internal::NvidiaCacheState>(capacity)) {}
NvidiaVerifiedCache::~NvidiaVerifiedCache() = default;

std::size_t NvidiaVerifiedCache::size() const {
  return state_->chains.size() + state_->rims.size() + state_->answers.size();
}

PreparedNvidiaCollateral::PreparedNvidiaCollateral(NvidiaCollateral collateral) {
  for (Bytes& xml : collateral.rims) {
    const crypto::Sha256Digest digest = crypto::Sha256(xml);
    rims_.push_back({std::move(xml), digest});
  }
  for (NvidiaOcspAnswer& one : collateral.ocsp) {
    auto response = crypto::OcspResponse::ParseDer(one.der);
    if (!response) {
      answers_refused_ = response.error();
      return;
    }
    crypto::Sha256Hasher hasher;
    hasher.Update(crypto::Sha256(one.der));
    if (one.nonce) hasher.Update(crypto::Sha256(*one.nonce));
    Bytes serial = response->Serial();
    answers_.push_back({*std::move(response), std::move(serial), std::move(one.nonce), hasher.Finish()});
  }
}

namespace internal {
namespace {

// Each part with its length, so that their limits cannot be moved.
crypto::Sha256Digest KeyOf(const crypto::Sha256Digest& anchors, std::initializer_list<ByteSpan> parts) {
  crypto::Sha256Hasher hasher;
  hasher.Update(anchors);
  for (const ByteSpan part : parts) {
    hasher.Update(BeBytes<std::uint64_t>(part.size()));
    hasher.Update(part);
  }
  return hasher.Finish();
}

bool SameText(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

NvidiaEndorsements::NvidiaEndorsements(const PreparedNvidiaCollateral& collateral, const TrustAnchors& anchors, Time at,
                                       NvidiaCacheState& cache)
    : collateral_(collateral), anchors_digest_(anchors.Digest()), anchors_(anchors), at_(at), cache_(cache) {}

Result<std::shared_ptr<const VerifiedNvidiaChain>> NvidiaEndorsements::Chain(const std::string& pem) {
  const crypto::Sha256Digest key = KeyOf(anchors_digest_, {AsBytes(pem)});
  if (auto known = cache_.chains.Find(key)) {
    if (auto current = known->CheckAt(at_); !current) {
      cache_.chains.Drop(key);
      return current.error();
    }
    return known;
  }
  auto certificates = TRY_WITH("NVIDIA certificate chain", crypto::Certificate::ParsePemChain(pem));
  auto chain = std::make_shared<const VerifiedNvidiaChain>(
      TRY(VerifiedNvidiaChain::Verify(std::move(certificates), anchors_, at_)));
  cache_.chains.Keep(key, chain);
  return std::shared_ptr<const VerifiedNvidiaChain>(chain);
}

Result<std::shared_ptr<const VerifiedNvidiaRim>> NvidiaEndorsements::Verified(const PreparedNvidiaCollateral::Rim& given) {
  const crypto::Sha256Digest key = KeyOf(anchors_digest_, {given.sha256});
  if (auto known = cache_.rims.Find(key)) {
    if (auto current = known->CheckAt(at_); !current) {
      cache_.rims.Drop(key);
      return current.error();
    }
    return known;
  }
  auto rim = std::make_shared<const VerifiedNvidiaRim>(TRY(VerifyNvidiaRim(given.xml, anchors_, at_)));
  cache_.rims.Keep(key, rim);
  return std::shared_ptr<const VerifiedNvidiaRim>(rim);
}

// Once for all devices of a machine. A manifest that does not hold harms only who needs it.
Result<void> NvidiaEndorsements::VerifyRims() {
  if (rims_read_) return {};
  if (collateral_.rims_.size() > kMaximumRims) return Error(ErrorCode::kLimit, "NVIDIA: more than 64 manifests");
  for (const PreparedNvidiaCollateral::Rim& given : collateral_.rims_) {
    if (auto rim = Verified(given)) {
      rims_.push_back(*std::move(rim));
    } else if (!rim_refused_) {
      rim_refused_ = rim.error();
    }
  }
  rims_read_ = true;
  return {};
}

Result<std::shared_ptr<const VerifiedNvidiaRim>> NvidiaEndorsements::Rim(std::string_view product,
                                                                         std::string_view version) {
  TRY(VerifyRims());
  std::shared_ptr<const VerifiedNvidiaRim> found;
  for (const auto& rim : rims_) {
    if (!SameText(rim->rim().product, product) || !SameText(rim->rim().version, version)) continue;
    if (found != nullptr && found->rim() != rim->rim()) {
      return Error(ErrorCode::kConflict, "NVIDIA RIM: two signed manifests for " + std::string(version) + " differ");
    }
    found = rim;
  }
  if (found != nullptr) return found;
  if (rim_refused_) return *rim_refused_;
  return Error(ErrorCode::kNotFound, "NVIDIA RIM: none at hand for version " + std::string(version) + " on " +
                                         std::string(product));
}

// Found by the digest of all that is verified, or verified now.
Result<Time> NvidiaEndorsements::Check(const crypto::Certificate& certificate, const crypto::Certificate& issuer,
                                       const Answer& answer) {
  const crypto::Sha256Digest key = KeyOf(anchors_digest_, {certificate.Fingerprint(), issuer.Fingerprint(), answer.sha256});
  if (const auto known = cache_.answers.Find(key)) {
    if (at_ >= known->from && at_ <= known->to) return known->to;
    cache_.answers.Drop(key);  // verified again, for its reason
  }
  const auto validity = TRY(crypto::VerifyNotRevoked(certificate, issuer, answer.response, answer.nonce, at_));
  cache_.answers.Keep(key, std::make_shared<const crypto::OcspValidity>(validity));
  return validity.to;
}

// Serial numbers find candidates; crypto::VerifyNotRevoked compares the issuer too. A verified "revoked" is final, whatever
// other answers say.
Result<Time> NvidiaEndorsements::NotRevoked(const crypto::Certificate& certificate, const crypto::Certificate& issuer) {
  std::optional<Result<Time>> best;
  for (const Answer& answer : collateral_.answers_) {
    if (!certificate.HasSerial(answer.serial)) continue;
    auto checked = Check(certificate, issuer, answer);
    if (!checked && checked.error().code() == ErrorCode::kRevoked) return checked;
    if (checked || !best || !*best) best = std::move(checked);
  }
  if (best) return *std::move(best);
  return Error(ErrorCode::kNotFound, "NVIDIA: no OCSP answer at hand for \"" + certificate.SubjectCommonName() + "\"");
}

Result<Time> NvidiaEndorsements::NotRevoked(std::span<const crypto::Certificate> chain, std::size_t first) {
  if (collateral_.answers_refused_) return *collateral_.answers_refused_;
  if (collateral_.answers_.size() > kMaximumAnswers) return Error(ErrorCode::kLimit, "NVIDIA: more than 256 OCSP answers");
  Time ends = Time::max();
  for (std::size_t i = first; i + 1 < chain.size(); ++i) ends = std::min(ends, TRY(NotRevoked(chain[i], chain[i + 1])));
  return ends;
}

}  // namespace internal
}  // namespace cloister::evidence
