// TPMT_PUBLIC of signing keys.
#include "base/byte_reader.h"
#include "evidence/tpm/structures.h"

namespace cloister::evidence {
namespace {

constexpr std::uint16_t kRsa = 0x0001;
constexpr std::uint16_t kEcc = 0x0023;
constexpr std::uint16_t kNull = 0x0010;
constexpr std::uint16_t kNistP256 = 0x0003;
constexpr std::uint16_t kNistP384 = 0x0004;
constexpr std::size_t kMaximumArea = 1024;
constexpr std::size_t kMaximumDigest = 64;

Error Unsupported(std::string what) { return Error(ErrorCode::kUnsupported, std::move(what)); }

// TPM2B of up to `most` bytes.
Result<ByteSpan> TakeSized(ByteReader& reader, std::size_t most) {
  const auto size = TRY(reader.Be<std::uint16_t>());
  if (size > most) return Error(ErrorCode::kLimit, "expected up to " + std::to_string(most) + " bytes, got " + std::to_string(size));
  return reader.Take(size);
}

struct Scheme {
  std::optional<TpmScheme> scheme;
  PcrBank hash = PcrBank::kSha256;
};

// TPMT_RSA_SCHEME or TPMT_ECC_SCHEME.
Result<Scheme> ReadScheme(ByteReader& reader) {
  const auto id = TRY(reader.Be<std::uint16_t>());
  if (id == kNull) return Scheme{};
  for (const TpmScheme scheme : {TpmScheme::kRsaSsa, TpmScheme::kRsaPss, TpmScheme::kEcdsa}) {
    if (static_cast<std::uint16_t>(scheme) != id) continue;
    const PcrBank hash = TRY(PcrBankFromId(TRY(reader.Be<std::uint16_t>())));
    return Scheme{scheme, hash};
  }
  return Unsupported("expected RSASSA, RSAPSS, ECDSA or none as scheme, got algorithm " + std::to_string(id));
}

Result<crypto::VerifyingKey> ReadRsa(ByteReader& reader, const Scheme& scheme) {
  const auto algorithm = TRY(TpmSignatureAlgorithm(scheme.scheme.value_or(TpmScheme::kRsaSsa), scheme.hash));
  if (!crypto::IsRsa(algorithm)) return Unsupported("a scheme of another kind of key");
  const auto bits = TRY(reader.Be<std::uint16_t>());
  const auto exponent = TRY(reader.Be<std::uint32_t>());
  // 0 stands for the usual one.
  if (exponent != 0 && exponent != 65537) return Unsupported("expected the RSA exponent 65537, got " + std::to_string(exponent));
  const ByteSpan modulus = TRY(TakeSized(reader, kMaximumArea));
  if (modulus.size() * 8 != bits || modulus.empty() || (modulus[0] & 0x80) == 0) {
    return Error(ErrorCode::kMalformed, "expected an RSA modulus of " + std::to_string(bits) + " bits");
  }
  return crypto::VerifyingKey::FromRsa(algorithm, modulus, Bytes{1, 0, 1});
}

Result<crypto::VerifyingKey> ReadEcc(ByteReader& reader, const Scheme& scheme) {
  const auto curve = TRY(reader.Be<std::uint16_t>());
  if (TRY(reader.Be<std::uint16_t>()) != kNull) return Unsupported("expected no key derivation");
  if (curve != kNistP256 && curve != kNistP384) return Unsupported("expected P-256 or P-384, got curve " + std::to_string(curve));
  const PcrBank hash = curve == kNistP256 ? PcrBank::kSha256 : PcrBank::kSha384;
  const auto algorithm = TRY(TpmSignatureAlgorithm(TpmScheme::kEcdsa, hash));
  if (scheme.scheme && (*scheme.scheme != TpmScheme::kEcdsa || scheme.hash != hash)) {
    return Unsupported("expected ECDSA with the hash of its curve");
  }
  const std::size_t size = crypto::EcCoordinateSize(algorithm);
  Bytes point[2];
  for (Bytes& coordinate : point) {
    const ByteSpan number = TRY(TakeSized(reader, size));
    coordinate.assign(size - number.size(), 0);
    coordinate.insert(coordinate.end(), number.begin(), number.end());
  }
  return crypto::VerifyingKey::FromEcPoint(algorithm, point[0], point[1]);
}

Result<Bytes> NameOf(PcrBank hash, ByteSpan area) {
  Bytes name;
  AppendBe(name, static_cast<std::uint16_t>(hash));
  const auto digest = TRY(crypto::HashParts(HashOf(hash), {area}));
  name.insert(name.end(), digest.begin(), digest.end());
  return name;
}

Result<TpmPublic> ReadPublic(ByteSpan area) {
  ByteReader reader(area);
  const auto type = TRY(reader.Be<std::uint16_t>());
  if (type != kRsa && type != kEcc) return Unsupported("expected a key of RSA or ECC, got algorithm " + std::to_string(type));
  const PcrBank name_hash = TRY(PcrBankFromId(TRY(reader.Be<std::uint16_t>())));
  const TpmAttributes attributes{TRY(reader.Be<std::uint32_t>())};
  Bytes policy = ToBytes(TRY(TakeSized(reader, kMaximumDigest)));
  if (TRY(reader.Be<std::uint16_t>()) != kNull) return Unsupported("expected a key that only signs, this one encrypts");
  const Scheme scheme = TRY(ReadScheme(reader));
  crypto::VerifyingKey key = TRY(type == kRsa ? ReadRsa(reader, scheme) : ReadEcc(reader, scheme));
  TRY(reader.Finish());
  Bytes name = TRY(NameOf(name_hash, area));
  return TpmPublic{name_hash, attributes, std::move(policy), scheme.scheme, scheme.hash, std::move(key), std::move(name)};
}

}  // namespace

Result<TpmPublic> ParseTpmPublic(ByteSpan area) {
  if (area.size() > kMaximumArea) {
    return Error(ErrorCode::kLimit, "TPM key: expected up to 1024 bytes, got " + std::to_string(area.size()));
  }
  return TRY_WITH("TPM key", ReadPublic(area));
}

}  // namespace cloister::evidence
