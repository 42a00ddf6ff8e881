#include "evidence/tokens/detached_eat.h"

#include "crypto/hash.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kMaximumSubmods = 32;

Result<DetachedEat> Parse(std::string_view text) {
  const Json json = TRY(Json::Parse(text, {.max_bytes = std::size_t{4} << 20, .max_depth = 4}));
  const Json::Array& parts = *TRY(json.AsArray());
  if (parts.size() != 2) return Error(ErrorCode::kMalformed, "expected an array of two");
  const Json::Array& typed = *TRY(parts[0].AsArray());
  if (typed.size() != 2 || !(typed[0] == Json("JWT"))) {
    return Error(ErrorCode::kMalformed, "expected [\"JWT\", token] as first part");
  }
  DetachedEat bundle;
  bundle.overall = TRY(typed[1].AsString());
  for (const auto& [name, token] : *TRY(parts[1].AsObject())) bundle.submods[name] = TRY(token.AsString());
  if (bundle.submods.empty() || bundle.submods.size() > kMaximumSubmods) {
    return Error(ErrorCode::kMalformed, "expected 1 to 32 submodules, got " + std::to_string(bundle.submods.size()));
  }
  return bundle;
}

// ["DIGEST", ["SHA-256", hex]]
Result<Bytes> ReadDigest(const Json& claim) {
  const Json::Array& typed = *TRY(claim.AsArray());
  if (typed.size() != 2 || !(typed[0] == Json("DIGEST"))) {
    return Error(ErrorCode::kMalformed, "expected [\"DIGEST\", …]");
  }
  const Json::Array& digest = *TRY(typed[1].AsArray());
  if (digest.size() != 2) return Error(ErrorCode::kMalformed, "expected an algorithm and a digest");
  if (!(digest[0] == Json("SHA-256"))) return Error(ErrorCode::kUnsupported, "expected a digest by SHA-256");
  const std::string hex = TRY(digest[1].AsString());
  return FromHex(hex);
}

Result<void> CheckDigests(const Json& claims, const DetachedEat& bundle) {
  const Json& submods = *TRY(claims.GetObject("submods"));
  for (const auto& [name, claim] : *TRY(submods.AsObject())) {
    const Bytes digest = TRY_WITH("submodule", ReadDigest(claim));
    const auto found = bundle.submods.find(name);
    if (found == bundle.submods.end()) return Error(ErrorCode::kMismatch, "a submodule that it names is not there");
    if (!Equal(digest, crypto::Sha256(AsBytes(found->second)))) {
      return Error(ErrorCode::kMismatch, "a submodule's token is not the one whose digest it has");
    }
  }
  for (const auto& [name, token] : bundle.submods) {
    if (submods.Find(name) == nullptr) return Error(ErrorCode::kMismatch, "a submodule that it does not name");
  }
  return {};
}

}  // namespace

Result<DetachedEat> ParseDetachedEat(std::string_view json) { return TRY_WITH("detached EAT", Parse(json)); }

Result<void> CheckSubmodDigests(const Json& claims, const DetachedEat& bundle) {
  TRY_WITH("detached EAT", CheckDigests(claims, bundle));
  return {};
}

}  // namespace cloister::evidence
