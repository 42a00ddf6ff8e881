#include "translog/receipt.h"

#include "translog/internal/cose.h"

namespace cloister::translog {
namespace {

using formats::Cbor;
using formats::CborForm;

// Header labels (RFC 9942 §4, RFC 9597) and CWT claims (RFC 8392).
constexpr int kKid = 4;
constexpr int kCwtClaims = 15;
constexpr int kVds = 395;
constexpr int kVdp = 396;
constexpr int kIssuer = 1;
constexpr int kSubject = 2;
constexpr int kIssuedAt = 6;
constexpr int kInclusion = -1;
constexpr int kConsistency = -2;
constexpr std::uint64_t kRfc9162Sha256 = 1;

constexpr std::size_t kMaxStatementBytes = 1u << 20;
constexpr std::size_t kMaxProofs = 16;

Error Malformed(std::string message) { return Error(ErrorCode::kMalformed, std::move(message)); }

// [first, second, [hash…]]: tree size and leaf index, or the two sizes of a consistency proof.
struct EncodedProof {
  std::uint64_t first;
  std::uint64_t second;
  MerkleProof path;
};

Result<EncodedProof> DecodeProof(const Cbor& wrapped) {
  const ByteSpan bytes = TRY(wrapped.AsBytes());
  const Cbor proof = TRY(Cbor::Decode(bytes, CborForm::kAnyWellFormed, {.max_bytes = kMaxReceiptBytes, .max_depth = 4}));
  const Cbor::Array& parts = *TRY(proof.AsArrayOf(3));
  EncodedProof out{TRY(parts[0].AsUint()), TRY(parts[1].AsUint()), {}};
  const Cbor::Array& path = *TRY(parts[2].AsArray());
  if (path.size() > kMaxProofHashes) return Error(ErrorCode::kLimit, "receipt: proof with too many hashes");
  for (const Cbor& hash : path) {
    const ByteSpan raw = TRY(hash.AsBytes());
    out.path.push_back(TRY(ToArray<32>(raw)));
  }
  return out;
}

Cbor EncodeProof(const EncodedProof& proof) {
  Cbor::Array path;
  for (const Hash& hash : proof.path) path.emplace_back(hash);
  return Cbor(Cbor::Array{proof.first, proof.second, std::move(path)}).Encode();
}

// A receipt of which only the structure is known, and the key that its kid names.
struct ParsedReceipt {
  CoseSign1 message;
  std::vector<EncodedProof> proofs;  // at least one
  const ReceiptKey* key;
};

Result<const ReceiptKey*> ChooseKey(const Cbor& header, std::span<const ReceiptKey> keys) {
  const ByteSpan kid = TRY_WITH("receipt: kid", header.GetBytes(kKid));
  for (const ReceiptKey& key : keys) {
    if (Equal(key.kid, kid)) return &key;
  }
  return Error(ErrorCode::kUntrusted, "receipt: kid names no known key");
}

// The data structure is read from the protected header only: an attacker could write another one beside it.
Result<void> CheckVds(const Cbor& header) {
  if (header.Find(kVds) == nullptr) return Malformed("receipt: no verifiable data structure (395) in its protected header");
  const std::int64_t vds = TRY_WITH("receipt", header.GetInt(kVds));
  if (vds != static_cast<std::int64_t>(kRfc9162Sha256)) {
    return Error(ErrorCode::kUnsupported, "receipt: expected verifiable data structure 1, got " + std::to_string(vds));
  }
  return {};
}

Result<ParsedReceipt> ParseReceipt(ByteSpan receipt, int proof_type, std::span<const ReceiptKey> keys) {
  ParsedReceipt out{TRY_WITH("receipt", ParseCoseSign1(receipt, kMaxReceiptBytes)), {}, nullptr};
  TRY(CheckVds(out.message.protected_header));
  const Cbor& vdp = *TRY_WITH("receipt: proofs", out.message.unprotected_header.GetMap(kVdp));
  const Cbor::Array& proofs = *TRY_WITH("receipt: proofs", vdp.GetArray(proof_type));
  if (proofs.empty()) return Malformed("receipt: no proof");
  if (proofs.size() > kMaxProofs) return Error(ErrorCode::kLimit, "receipt: too many proofs");
  for (const Cbor& proof : proofs) out.proofs.push_back(TRY_WITH("receipt: proof", DecodeProof(proof)));
  out.key = TRY(ChooseKey(out.message.protected_header, keys));
  return out;
}

// Checks an attached payload against `root`, and the signature over it.
Result<void> VerifyRoot(const ParsedReceipt& receipt, const Hash& root) {
  if (receipt.message.payload && !Equal(*receipt.message.payload, root)) {
    return Error(ErrorCode::kUntrusted, "receipt: the proof does not lead to the attached root");
  }
  TRY_WITH("receipt", VerifyCoseSign1(receipt.message, root, receipt.key->key));
  return {};
}

struct Claims {
  std::optional<std::string> issuer;
  std::optional<Time> issued_at;
};

Result<Claims> ReadClaims(const Cbor& header) {
  Claims out;
  if (header.Find(kCwtClaims) == nullptr) return out;
  const Cbor& claims = *TRY_WITH("receipt: claims", header.GetMap(kCwtClaims));
  if (claims.Find(kIssuer) != nullptr) out.issuer = std::string(TRY_WITH("receipt: claims", claims.GetText(kIssuer)));
  if (claims.Find(kIssuedAt) != nullptr) {
    out.issued_at = FromUnixSeconds(TRY_WITH("receipt: claims", claims.GetInt(kIssuedAt)));
  }
  return out;
}

Result<CoseSign1> SignRoot(const ReceiptIssuer& issuer, std::string_view subject, const Hash& root, int proof_type,
                           const EncodedProof& proof, Time now) {
  const Cbor header = Cbor::Map{
      {kKid, issuer.kid},
      {kCwtClaims, Cbor::Map{{kIssuer, issuer.issuer}, {kSubject, subject}, {kIssuedAt, ToUnixSeconds(now)}}},
      {kVds, kRfc9162Sha256}};
  CoseSign1 message = TRY(SignCoseSign1(header, root, issuer.key));
  message.unprotected_header = Cbor::Map{{kVdp, Cbor::Map{{proof_type, Cbor::Array{EncodeProof(proof)}}}}};
  return message;
}

Error WrongProof(const Error& why) { return Error(ErrorCode::kUsage, "receipt: " + why.message()); }

}  // namespace

Result<Bytes> EntryOfStatement(ByteSpan statement) {
  CoseSign1 message = TRY_WITH("statement", ParseCoseSign1(statement, kMaxStatementBytes));
  if (!message.payload) return Malformed("statement: payload is missing");
  message.unprotected_header = Cbor::Map{};
  return EncodeCoseSign1(message);
}

Result<Bytes> IssueInclusionReceipt(const ReceiptIssuer& issuer, const Hash& leaf, std::uint64_t index,
                                    const TreeHead& head, const MerkleProof& proof, Time now) {
  if (const auto holds = VerifyInclusion(leaf, index, head, proof); !holds) return WrongProof(holds.error());
  CoseSign1 message =
      TRY(SignRoot(issuer, "scitt.receipt", head.root, kInclusion, {head.size, index, proof}, now));
  message.payload.reset();
  return EncodeCoseSign1(message);
}

Result<Bytes> IssueConsistencyReceipt(const ReceiptIssuer& issuer, const TreeHead& earlier, const TreeHead& later,
                                      const MerkleProof& proof, Time now) {
  if (const auto holds = VerifyConsistency(earlier, later, proof); !holds) return WrongProof(holds.error());
  return EncodeCoseSign1(
      TRY(SignRoot(issuer, "scitt.consistency", later.root, kConsistency, {earlier.size, later.size, proof}, now)));
}

Result<VerifiedReceipt> VerifyInclusionReceipt(ByteSpan receipt, ByteSpan statement, std::span<const ReceiptKey> keys) {
  const ParsedReceipt parsed = TRY(ParseReceipt(receipt, kInclusion, keys));
  const Claims claims = TRY(ReadClaims(parsed.message.protected_header));
  const Hash leaf = LeafHash(TRY(EntryOfStatement(statement)));
  VerifiedReceipt out;
  out.index_ = parsed.proofs[0].second;
  out.head_.size = parsed.proofs[0].first;
  for (std::size_t i = 0; i < parsed.proofs.size(); ++i) {
    const EncodedProof& proof = parsed.proofs[i];
    const Hash root = TRY_WITH("receipt", RootFromInclusion(leaf, proof.second, proof.first, proof.path));
    if (i == 0) out.head_.root = root;
    if (root != out.head_.root) return Error(ErrorCode::kUntrusted, "receipt: its proofs lead to different roots");
  }
  TRY(VerifyRoot(parsed, out.head_.root));
  out.kid_ = parsed.key->kid;
  out.issuer_ = claims.issuer;
  out.issued_at_ = claims.issued_at;
  return out;
}

Result<VerifiedExtension> VerifyConsistencyReceipt(ByteSpan receipt, const TreeHead& earlier,
                                                   std::span<const ReceiptKey> keys) {
  const ParsedReceipt parsed = TRY(ParseReceipt(receipt, kConsistency, keys));
  VerifiedExtension out;
  out.earlier_ = earlier;
  for (std::size_t i = 0; i < parsed.proofs.size(); ++i) {
    const EncodedProof& proof = parsed.proofs[i];
    if (proof.first != earlier.size) {
      return Error(ErrorCode::kMismatch, "receipt: expected a proof from " + std::to_string(earlier.size) +
                                             " entries, got one from " + std::to_string(proof.first));
    }
    const Hash root = TRY_WITH("receipt", RootFromConsistency(earlier, proof.second, proof.path));
    if (i == 0) out.later_ = {proof.second, root};
    if (out.later_ != TreeHead{proof.second, root}) {
      return Error(ErrorCode::kUntrusted, "receipt: its proofs lead to different roots");
    }
  }
  TRY(VerifyRoot(parsed, out.later_.root));
  return out;
}

}  // namespace cloister::translog
