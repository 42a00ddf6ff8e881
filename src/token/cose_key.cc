#include "token/cose_key.h"

#include <algorithm>

namespace cloister::token {
namespace {

using crypto::SignatureAlgorithm;
using crypto::VerifyingKey;
using formats::Cbor;
using formats::CborForm;

constexpr std::size_t kMaximumKeys = 64;
constexpr std::int64_t kOperationVerify = 2;

// RFC 9053 §7, RFC 8230 §4.
constexpr std::int64_t kType = 1, kKeyId = 2, kAlgorithm = 3, kOperations = 4;
constexpr std::int64_t kOkp = 1, kEc2 = 2, kRsa = 3;
constexpr std::int64_t kCurve = -1, kX = -2, kY = -3, kEcPrivate = -4;
constexpr std::int64_t kModulus = -1, kExponent = -2, kRsaPrivate = -3;

struct Kind {
  SignatureAlgorithm algorithm;
  std::int64_t number;
  std::int64_t type;
  std::int64_t curve;  // 0 for RSA
};
// The first of each curve is the one that goes without saying.
constexpr Kind kKinds[] = {
    {SignatureAlgorithm::kEs256, -7, kEc2, 1},        {SignatureAlgorithm::kEs384, -35, kEc2, 2},
    {SignatureAlgorithm::kEs512, -36, kEc2, 3},       {SignatureAlgorithm::kEdDsa, -8, kOkp, 6},
    {SignatureAlgorithm::kPs256, -37, kRsa, 0},       {SignatureAlgorithm::kPs384, -38, kRsa, 0},
    {SignatureAlgorithm::kPs512, -39, kRsa, 0},       {SignatureAlgorithm::kRs256, -257, kRsa, 0},
    {SignatureAlgorithm::kEs512OnP256, -36, kEc2, 1}, {SignatureAlgorithm::kEd448, -8, kOkp, 7},
};

const Kind& KindOf(SignatureAlgorithm algorithm) {
  const auto* kind =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& each) { return each.algorithm == algorithm; });
  CHECK(kind != std::end(kKinds));
  return *kind;
}

Result<SignatureAlgorithm> AlgorithmOf(const Cbor& key, std::int64_t type, std::int64_t curve) {
  std::optional<std::int64_t> number;
  if (key.Find(kAlgorithm) != nullptr) number = TRY(key.GetInt(kAlgorithm));
  if (type == kRsa && !number) return Error(ErrorCode::kUnsupported, "an RSA key without its algorithm");
  for (const Kind& kind : kKinds) {
    if (kind.type == type && kind.curve == curve && (!number || kind.number == *number)) return kind.algorithm;
  }
  return Error(ErrorCode::kUnsupported, "a kind of key, curve or algorithm that we do not take");
}

Result<void> CheckOperations(const Cbor& key) {
  if (key.Find(kOperations) == nullptr) return {};
  for (const Cbor& operation : *TRY(key.GetArray(kOperations))) {
    if (operation == Cbor(kOperationVerify)) return {};
  }
  return Error(ErrorCode::kUnsupported, "a key that is not for verifying");
}

Result<VerifyingKey> PublicKeyOf(const Cbor& key) {
  const std::int64_t type = TRY(key.GetInt(kType));
  if (key.Find(type == kRsa ? kRsaPrivate : kEcPrivate) != nullptr) {
    return Error(ErrorCode::kMalformed, "expected a public key, got a private one");
  }
  TRY(CheckOperations(key));
  const std::int64_t curve = type == kRsa ? 0 : TRY(key.GetInt(kCurve));
  const SignatureAlgorithm algorithm = TRY(AlgorithmOf(key, type, curve));
  if (type == kRsa) {
    const ByteSpan modulus = TRY(key.GetBytes(kModulus));
    return VerifyingKey::FromRsa(algorithm, modulus, TRY(key.GetBytes(kExponent)));
  }
  const ByteSpan x = TRY(key.GetBytes(kX));
  if (algorithm == SignatureAlgorithm::kEd448) return VerifyingKey::FromEd448(x);
  if (type == kOkp) return VerifyingKey::FromEd25519(x);
  if (const Cbor* y = key.Find(kY); y != nullptr && y->type() == formats::CborType::kBool) {
    return Error(ErrorCode::kUnsupported, "a compressed point");
  }
  return VerifyingKey::FromEcPoint(algorithm, x, TRY(key.GetBytes(kY)));
}

Result<CoseKey> Parse(const Cbor& key) {
  TRY(key.AsMap());
  Bytes key_id;
  if (key.Find(kKeyId) != nullptr) key_id = ToBytes(TRY(key.GetBytes(kKeyId)));
  const VerifyingKey public_key = TRY(PublicKeyOf(key));
  return CoseKey{std::move(key_id), public_key};
}

// The members that RFC 9679 §4 hashes.
Cbor RequiredMembers(const VerifyingKey& key) {
  const Kind& kind = KindOf(key.algorithm());
  if (kind.type == kRsa) {
    return Cbor::Map{{kType, kRsa}, {kModulus, key.RsaModulus()}, {kExponent, key.RsaExponent()}};
  }
  if (kind.type == kOkp) return Cbor::Map{{kType, kOkp}, {kCurve, kind.curve}, {kX, key.Ed25519Bytes()}};
  return Cbor::Map{{kType, kEc2}, {kCurve, kind.curve}, {kX, key.EcX()}, {kY, key.EcY()}};
}

}  // namespace

std::int64_t CoseAlgorithm(SignatureAlgorithm algorithm) { return KindOf(algorithm).number; }

Result<CoseKey> ParseCoseKey(const Cbor& key) { return TRY_WITH("COSE key", Parse(key)); }

Result<CoseKey> DecodeCoseKey(ByteSpan encoded) {
  const Cbor key = TRY_WITH("COSE key", Cbor::Decode(encoded, CborForm::kAnyWellFormed));
  return ParseCoseKey(key);
}

Cbor CoseKeyToCbor(const CoseKey& key) {
  Cbor cbor = RequiredMembers(key.key);
  cbor.Set(kAlgorithm, CoseAlgorithm(key.key.algorithm()));
  if (!key.key_id.empty()) cbor.Set(kKeyId, key.key_id);
  return cbor;
}

Result<std::vector<CoseKey>> ParseCoseKeySet(ByteSpan encoded) {
  const Cbor set = TRY_WITH("COSE key set", Cbor::Decode(encoded, CborForm::kAnyWellFormed));
  const Cbor::Array& array = *TRY_WITH("COSE key set", set.AsArray());
  if (array.empty()) return Error(ErrorCode::kMalformed, "COSE key set: is empty");
  if (array.size() > kMaximumKeys) return Error(ErrorCode::kLimit, "COSE key set: more than 64 keys");
  std::vector<CoseKey> keys;
  for (const Cbor& each : array) {
    Result<CoseKey> key = ParseCoseKey(each);
    if (!key && key.error().code() == ErrorCode::kUnsupported) continue;
    if (!key) return std::move(key).error();
    const auto same = [&](const CoseKey& other) { return !other.key_id.empty() && other.key_id == key->key_id; };
    if (std::any_of(keys.begin(), keys.end(), same)) return Error(ErrorCode::kConflict, "COSE key set: a kid twice");
    keys.push_back(*std::move(key));
  }
  return keys;
}

Bytes EncodeCoseKeySet(std::span<const CoseKey> keys) {
  Cbor::Array array;
  for (const CoseKey& key : keys) array.push_back(CoseKeyToCbor(key));
  return Cbor(std::move(array)).Encode();
}

crypto::Sha256Digest CoseKeyThumbprint(const VerifyingKey& key) {
  return crypto::Sha256(RequiredMembers(key).Encode());
}

CoseKey WithThumbprint(const VerifyingKey& key) { return {ToBytes(ByteSpan(CoseKeyThumbprint(key))), key}; }

}  // namespace cloister::token
